#include "evaluate/chart.h"

#include <iomanip>
#include <sstream>

namespace imagine::evaluate {
namespace {

constexpr double kWidth = 760, kLeft = 210, kRight = 60, kRow = 24;
constexpr double kHeight = 260, kTop = 16, kBottom = 44;

std::ostringstream begin(double width, double height) {
  std::ostringstream svg;
  svg << std::setprecision(5) << "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 " << width
      << ' ' << height << "' width='" << width << "' font-family='sans-serif' font-size='12'>\n";
  return svg;
}

void line(std::ostream& svg, const std::pair<double, double>& from,
          const std::pair<double, double>& to, const char* style) {
  svg << "<line x1='" << from.first << "' y1='" << from.second << "' x2='" << to.first << "' y2='"
      << to.second << "' " << style << "/>\n";
}

void text(std::ostream& svg, const std::pair<double, double>& at, const char* anchor,
          const std::string& words) {
  svg << "<text x='" << at.first << "' y='" << at.second << "' text-anchor='" << anchor << "'>"
      << escaped(words) << "</text>\n";
}

std::string percent(double share) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(0) << 100 * share << " %";
  return out.str();
}

}  // namespace

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string bar_chart(const std::vector<Bar>& bars) {
  const double height = kTop + kRow * double(bars.size()) + kBottom;
  auto svg = begin(kWidth, height);
  const auto x = [](double share) { return kLeft + (kWidth - kLeft - kRight) * share; };
  const double bottom = height - kBottom;
  for (int i = 0; i <= 4; ++i) {
    line(svg, {x(i / 4.0), kTop}, {x(i / 4.0), bottom}, "stroke='#ddd'");
    text(svg, {x(i / 4.0), bottom + 18}, "middle", percent(i / 4.0));
  }
  for (std::size_t i = 0; i < bars.size(); ++i) {
    const auto& bar = bars[i];
    const double y = kTop + kRow * double(i) + kRow / 2;
    svg << "<rect x='" << x(0) << "' y='" << y - 7 << "' width='" << x(bar.share.value) - x(0)
        << "' height='14' fill='" << (bar.other_colour ? "#cc9966" : "#6699cc") << "'/>\n";
    line(svg, {x(bar.share.interval.low), y}, {x(bar.share.interval.high), y},
         "stroke='#333' stroke-width='1.5'");
    if (bar.mark)
      line(svg, {x(*bar.mark), y - 10}, {x(*bar.mark), y + 10},
           "stroke='#228833' stroke-width='2.5'");
    text(svg, {kLeft - 8, y + 4}, "end", bar.label);
    text(svg, {kWidth - kRight + 50, y + 4}, "end", percent(bar.share.value));
  }
  return svg.str() + "</svg>\n";
}

std::string line_chart(const std::vector<Point>& points, const std::string& x_name) {
  auto svg = begin(kWidth / 2, kHeight);
  const double left = 48, right = kWidth / 2 - 16, bottom = kHeight - kBottom;
  const auto y = [&](double share) { return bottom - (bottom - kTop) * share; };
  const auto x = [&](std::size_t i) {
    return left + (right - left) * (double(i) + 0.5) / double(points.size());
  };
  for (int i = 0; i <= 4; ++i) {
    line(svg, {left, y(i / 4.0)}, {right, y(i / 4.0)}, "stroke='#ddd'");
    text(svg, {left - 6, y(i / 4.0) + 4}, "end", percent(i / 4.0));
  }
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto& [at, share] = points[i];
    std::ostringstream number;
    number << at;
    text(svg, {x(i), bottom + 18}, "middle", number.str());
    line(svg, {x(i), y(share.interval.low)}, {x(i), y(share.interval.high)},
         "stroke='#6699cc' stroke-width='5' opacity='0.4'");
    if (i > 0) {
      line(svg, {x(i - 1), y(points[i - 1].share.value)}, {x(i), y(share.value)},
           "stroke='#225588' stroke-width='2'");
    }
    svg << "<circle cx='" << x(i) << "' cy='" << y(share.value) << "' r='3.5' fill='#225588'/>\n";
  }
  text(svg, {(left + right) / 2, kHeight - 8}, "middle", x_name);
  return svg.str() + "</svg>\n";
}

}  // namespace imagine::evaluate
