#include "train/log.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <iomanip>
#include <sstream>

#include "core/fields.h"

namespace imagine::train {
namespace {

constexpr double kWidth = 900, kHeight = 420, kMargin = 60;

struct Curve {
  std::string name, colour;
  std::function<double(const LogEntry&)> value;
};

/// Where views and losses lie on the page.
struct Axes {
  double views, low, high;

  double x(double at) const { return kMargin + (kWidth - 2 * kMargin) * at / views; }
  double y(double at) const {
    return kHeight - kMargin - (kHeight - 2 * kMargin) * (at - low) / (high - low);
  }
};

void draw_axes(std::ostream& svg, const Axes& axes) {
  for (int i = 0; i <= 4; ++i) {
    const double value = axes.low + (axes.high - axes.low) * i / 4;
    const double views = axes.views * i / 4;
    svg << "<line x1='" << kMargin << "' x2='" << kWidth - kMargin << "' y1='" << axes.y(value)
        << "' y2='" << axes.y(value) << "' stroke='#ddd'/>\n"
        << "<text x='" << kMargin - 6 << "' y='" << axes.y(value) + 4 << "' text-anchor='end'>"
        << value << "</text>\n"
        << "<text x='" << axes.x(views) << "' y='" << kHeight - kMargin + 20
        << "' text-anchor='middle'>" << std::llround(views / 1000) << " k views</text>\n";
  }
}

void draw_curve(std::ostream& svg, const Axes& axes, const std::vector<LogEntry>& entries,
                const Curve& curve) {
  svg << "<polyline fill='none' stroke-width='1.5' stroke='" << curve.colour << "' points='";
  for (const auto& entry : entries) {
    const double value = curve.value(entry);
    if (value > 0)
      svg << axes.x(double(entry.views)) << ',' << axes.y(std::min(value, axes.high)) << ' ';
  }
  svg << "'/>\n";
}

}  // namespace

Log::Log(const io::fs::path& folder, int64_t update) : folder_(folder) {
  std::ifstream file(folder / "log.jsonl");
  std::string kept;
  for (std::string line; std::getline(file, line);) {
    const auto json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object()) break;  // a line cut short by a crash
    const auto entry = from_json<LogEntry>(json, (folder / "log.jsonl").string());
    if (entry.update > update) break;
    entries_.push_back(entry);
    kept += line + "\n";
  }
  io::write_file(folder / "log.jsonl", kept);
}

void Log::add(const LogEntry& entry) {
  entries_.push_back(entry);
  auto json = to_json(entry);
  if (entry.held_out_loss == 0) json.erase("held_out_loss");
  std::ofstream(folder_ / "log.jsonl", std::ios::app) << json.dump() << '\n';
}

void Log::draw() const {
  if (entries_.size() < 2) return;
  std::vector<double> losses;
  for (const auto& entry : entries_) losses.push_back(entry.loss);
  std::ranges::sort(losses);
  const Axes axes{.views = double(entries_.back().views),
                  .low = 0,
                  .high = 1.2 * losses[losses.size() * 95 / 100]};
  std::ostringstream svg;
  svg << std::setprecision(4) << "<svg xmlns='http://www.w3.org/2000/svg' width='" << kWidth
      << "' height='" << kHeight << "' font-family='sans-serif' font-size='12'>\n"
      << "<rect width='100%' height='100%' fill='white'/>\n";
  draw_axes(svg, axes);
  const Curve curves[] = {{"training loss", "#4477aa", [](const LogEntry& e) { return e.loss; }},
                          {"held-out loss of the averaged weights", "#cc6677",
                           [](const LogEntry& e) { return e.held_out_loss; }}};
  double y = 24;
  for (const auto& curve : curves) {
    draw_curve(svg, axes, entries_, curve);
    svg << "<text x='" << kMargin << "' y='" << y << "' fill='" << curve.colour << "'>"
        << curve.name << "</text>\n";
    y += 18;
  }
  io::write_file(folder_ / "loss.svg", svg.str() + "</svg>\n");
}

}  // namespace imagine::train
