#include "evaluate/control_report.h"

#include <algorithm>

#include "core/check.h"
#include "evaluate/chart.h"
#include "evaluate/html.h"
#include "imagine/prompt.h"

namespace imagine::evaluate {
namespace {

/// The first of the ways with that name, as all of a chapter have one.
const Json& way_named(const Json& chapter, const std::string& name) {
  return *std::ranges::find_if(chapter.at("ways"),
                               [&](const Json& way) { return way.at("way") == name; });
}

std::string distance(const Json& json) { return json.is_null() ? "" : number(json, 3); }

std::string regions_line(const Json& regions) {
  std::string line = "regions right: ";
  for (const auto& way : regions.at("ways")) {
    const bool usual = way.at("own_prompt") == regions.at("ways").at(0).at("own_prompt") &&
                       way.at("strength") == Region{}.strength &&
                       way.at("feather") == Region{}.feather;
    if (!usual) continue;
    const bool first = line.ends_with(": ");
    line +=
        concat(first ? "" : ", ", way.at("way").get<std::string>(), " ", share(way.at("right")));
  }
  return line;
}

std::string weights_line(const Json& weights) {
  std::string line = "weights: ";
  for (const auto& series : weights.at("series")) {
    line += concat(line.ends_with(": ") ? "" : ", ", series.at("weighed").get<std::string>(),
                   " correlates by ", number(series.at("rank_correlation"), 2), ", rises for ",
                   share(series.at("rising")));
  }
  return line;
}

std::string layout_line(const Json& layout) {
  const auto& told = way_named(layout, "told boxes");
  return concat("bodies in their boxes: seen ", share(told.at("seen")), ", held out ",
                share(told.at("held_out")));
}

std::string lines_line(const Json& lines) {
  const double told = way_named(lines, "told edges").at("match");
  const double own = lines.at("ways").back().at("match");
  return concat("lines followed: F1 ", number(told, 3), ", ", number(100 * told / own, 0),
                " % of real pictures' own");
}

std::string palettes_line(const Json& palettes) {
  return concat("palette: median distance ",
                number(way_named(palettes, "told colours").at("median"), 1), ", without telling ",
                number(way_named(palettes, "words alone").at("median"), 1));
}

}  // namespace

std::string regions_html(const Json& regions) {
  std::vector<Cells> rows;
  for (const auto& way : regions.at("ways")) {
    const bool by_attention = way.at("way") == "attention";
    rows.push_back({way.at("way").get<std::string>(), way.at("own_prompt").get<std::string>(),
                    by_attention ? number(way.at("strength"), 2) : "",
                    by_attention ? number(way.at("feather"), 2) : "", share(way.at("right")),
                    share(way.at("swapped")), share(way.at("related"))});
  }
  return paragraph(regions_line(regions), "headline") +
         paragraph(concat("Two bodies of different shape and colour, ",
                          regions.at("pictures").get<int>(),
                          " pictures a row, each couple also with its colours changed over. Right: "
                          "the middle of the one asked for is in each region, and no other body is "
                          "anywhere. Swapped: in a region is the other's colour. Related: both are "
                          "there and stand as the words say, wherever.")) +
         table({"way", "the picture's own prompt names", "strength", "feather", "right", "swapped",
                "related"},
               rows);
}

std::string weights_html(const Json& weights) {
  std::string html = paragraph(weights_line(weights), "headline");
  std::vector<Cells> rows;
  for (const auto& series : weights.at("series")) {
    std::vector<Point> points;
    const auto name = series.at("weighed").get<std::string>();
    for (const auto& point : series.at("points")) {
      rows.push_back({name, number(point.at("weight"), 2), number(point.at("believed"), 3),
                      share(point.at("shown"))});
      points.push_back({.x = point.at("weight"), .share = estimate_of(point.at("shown"))});
    }
    html += line_chart(points, concat("weight of ", name));
  }
  return html +
         paragraph(
             concat("How sure the judges are, in the mean, that a body is there as the weighed "
                    "words say, and the share of pictures where they find it. Rising: "
                    "pictures of one seed that never fall by more than ",
                    number(weights.at("tolerance"), 2),
                    " from weight to weight, and end "
                    "higher than they begin."),
             "note") +
         table({"weighed", "weight", "how sure", "found"}, rows);
}

std::string layout_html(const Json& layout) {
  std::vector<Cells> rows;
  for (const auto& way : layout.at("ways")) {
    rows.push_back({way.at("way").get<std::string>(), share(way.at("seen")),
                    share(way.at("held_out")), number(way.at("overlap"), 3),
                    share(way.at("composition")), distance(way.at("frechet"))});
  }
  return paragraph(layout_line(layout), "headline") +
         paragraph(concat("Boxes and captions of ", layout.at("pictures").get<int>(),
                          " real scenes of one to three bodies. A body is in its box where both "
                          "overlap by half or more and shape and colour are right. Composition: "
                          "exactly the scene's bodies are there. The distance is to other real "
                          "scenes.")) +
         table({"", "in its box, seen", "held out", "mean overlap", "composition", "Fréchet"},
               rows);
}

std::string lines_html(const Json& lines) {
  std::vector<Cells> rows;
  for (const auto& way : lines.at("ways")) {
    rows.push_back({way.at("way").get<std::string>(), number(way.at("match"), 3),
                    share(way.at("composition")), distance(way.at("frechet"))});
  }
  return paragraph(lines_line(lines), "headline") +
         paragraph(concat("Canny's edges of ", lines.at("pictures").get<int>(),
                          " real scenes against those of what was drawn, within ",
                          number(lines.at("reach"), 1),
                          " pixels. What JPEG leaves of the real pictures' own edges says how "
                          "much can be met.")) +
         table({"", "F1", "composition", "Fréchet"}, rows);
}

std::string palettes_html(const Json& palettes) {
  std::vector<Cells> rows;
  for (const auto& way : palettes.at("ways")) {
    rows.push_back(
        {way.at("way").get<std::string>(), number(way.at("median"), 1),
         concat(number(way.at("quartiles").at(0), 1), " to ", number(way.at("quartiles").at(1), 1)),
         share(way.at("composition"))});
  }
  return paragraph(palettes_line(palettes), "headline") +
         paragraph(concat(palettes.at("colours").get<int>(),
                          " colours of a real scene on another ground than the prompt's, ",
                          palettes.at("pictures").get<int>(),
                          " times. The distance is the mean CIEDE2000 from each told colour, by "
                          "its share, to the nearest of the picture's; 1 is just seen.")) +
         table({"", "median distance", "quartiles", "composition"}, rows);
}

std::vector<std::string> control_headlines(const Json& results) {
  struct Line {
    const char* chapter;
    std::string (*text)(const Json&);
  };
  std::vector<std::string> lines;
  for (const auto& [chapter, text] :
       {Line{"regions", regions_line}, Line{"weights", weights_line}, Line{"layout", layout_line},
        Line{"lines", lines_line}, Line{"palettes", palettes_line}}) {
    if (results.contains(chapter)) lines.push_back(text(results.at(chapter)));
  }
  return lines;
}

}  // namespace imagine::evaluate
