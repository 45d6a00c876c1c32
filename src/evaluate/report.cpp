#include "evaluate/report.h"

#include <functional>
#include <sstream>

#include "core/base64.h"
#include "evaluate/chart.h"
#include "evaluate/control_report.h"
#include "evaluate/html.h"
#include "io/image_file.h"

namespace imagine::evaluate {
namespace {

constexpr const char* kStyle = R"(
body { font: 15px/1.5 system-ui, sans-serif; color: #222; max-width: 1100px; margin: 2em auto; padding: 0 1em; }
h1 { font-size: 1.6em; } h2 { margin-top: 2em; border-bottom: 1px solid #ddd; }
table { border-collapse: collapse; margin: 1em 0; } td, th { padding: .25em .9em .25em 0; text-align: right; }
td:first-child, th:first-child { text-align: left; } tr + tr td { border-top: 1px solid #eee; }
img, svg { max-width: 100%; height: auto; } figure { margin: 1em 0; } figcaption { color: #666; }
.headline { font-size: 1.25em; } .note { color: #666; }
)";

const char* kind_name(const std::string& key) { return key == "seen" ? "seen" : "held out"; }

std::vector<std::string> scores_in_words(const Json& composition) {
  std::vector<std::string> lines;
  for (const auto& [key, score] : composition.at("score").items()) {
    const double ceiling = composition.at("ceiling").at(key);
    lines.push_back(concat("CompScore, ", kind_name(key), ": ", share(score), ", ",
                           number(100 * double(score.at("value")) / ceiling, 0),
                           " % of the ceiling ", number(100 * ceiling, 1), " %"));
  }
  return lines;
}

double mean_share(const Json& shares) {
  double sum = 0;
  for (const auto& each : shares) sum += double(each.at("value"));
  return shares.empty() ? 0 : sum / double(shares.size());
}

std::vector<Cells> control_rows(const Json& composition) {
  std::vector<Cells> rows;
  const auto add = [&](const std::string& name, const Json& scores) {
    Cells row = {name};
    for (const char* key : {"seen", "held_out"}) {
      row.push_back(scores.contains(key) ? share(scores.at(key)) : "");
    }
    rows.push_back(row);
  };
  add("the model", composition.at("score"));
  add("its pictures against another prompt", composition.at("shuffled"));
  if (composition.contains("nearest_caption")) {
    add("the training picture with the nearest caption", composition.at("nearest_caption"));
  }
  return rows;
}

std::string composition_html(const Json& composition) {
  std::vector<Bar> bars;
  std::vector<Cells> rows;
  for (const auto& task : composition.at("tasks")) {
    const bool held_out = task.at("held_out");
    const auto label = concat(task.at("task").get<std::string>(), held_out ? ", held out" : "");
    bars.push_back({.label = label,
                    .share = estimate_of(task.at("score")),
                    .mark = mean_share(task.at("ceilings")),
                    .other_colour = held_out});
    Cells row = {label, concat(task.at("pictures").get<int>()), share(task.at("score"))};
    for (const auto& judge : task.at("judges"))
      row.push_back(number(100 * double(judge.at("value")), 1) + " %");
    row.push_back(number(100 * mean_share(task.at("ceilings")), 1) + " %");
    row.push_back(number(100 * double(task.at("agreement").at("value")), 1) + " %");
    rows.push_back(row);
  }
  std::string html;
  for (const auto& line : scores_in_words(composition)) html += paragraph(line, "headline");
  html +=
      bar_chart(bars) +
      paragraph(
          "The green mark is what the judges say of real pictures: the ceiling. "
          "A picture is right if the bodies in it are those that were asked for, no "
          "more and no fewer, in their colours and places. Lines: 95 % intervals.",
          "note") +
      table({"task", "pictures", "score", "first judge", "second", "ceiling", "agreement"}, rows) +
      table({"controls", "seen", "held out"}, control_rows(composition));
  if (composition.contains("languages")) {
    const auto& languages = composition.at("languages");
    html += table({"language", "score"},
                  {{"English", share(languages.at("english"))},
                   {"Italian, the same prompts", share(languages.at("italian"))},
                   {"Italian over English", share(languages.at("italian_over_english"))}});
  }
  return html;
}

std::string comparison_html(const Json& comparison) {
  std::vector<Cells> rows;
  for (const auto& [key, gain] : comparison.at("gain").items()) {
    rows.push_back({kind_name(key), share(comparison.at("score").at(key)), share(gain),
                    gain.at("verdict").get<std::string>()});
  }
  return paragraph(concat("Against ", comparison.at("other").get<std::string>(),
                          ", on the same prompts and seeds:")) +
         table({"", "the other", "difference", "this model is"}, rows);
}

std::string things_html(const Json& things) {
  std::vector<Cells> rows;
  for (const auto& group : things) {
    for (const char* kind : {"made", "real", "shuffled"}) {
      const auto& recall = group.at(kind);
      rows.push_back({concat(group.at("group").get<std::string>(), ", ", kind),
                      concat(recall.at("candidates").get<int>()),
                      share(recall.at("picture_to_text_1")), share(recall.at("picture_to_text_5")),
                      share(recall.at("text_to_picture_1")),
                      share(recall.at("text_to_picture_5"))});
    }
  }
  return paragraph(
             "Whether the matcher finds the prompt by its picture, and the picture by its "
             "prompt, among all prompts or pictures of a group: first, or among five.") +
         table({"", "candidates", "prompt R@1", "R@5", "picture R@1", "R@5"}, rows);
}

std::string distances_html(const Json& distances) {
  std::vector<Cells> rows;
  for (const auto& space : distances.at("spaces")) {
    for (const char* kind : {"made", "real"}) {
      const auto& row = space.at(kind);
      Cells cells = {concat(space.at("space").get<std::string>(), ", ", kind)};
      for (const char* key : {"frechet", "kernel", "precision", "recall", "density", "coverage"}) {
        cells.push_back(number(row.at(key), 3));
      }
      rows.push_back(cells);
    }
  }
  return paragraph(
             concat("Between ", distances.at("pictures").get<int>(),
                    " real pictures and as many made from other real captions, or the real "
                    "pictures of those captions (the floor). The features are our own: no FID.")) +
         table({"space", "Fréchet", "kernel", "precision", "recall", "density", "coverage"}, rows);
}

std::string copies_html(const Json& copies) {
  std::vector<Cells> rows;
  for (const auto& set : copies.at("sets")) {
    rows.push_back({set.at("pictures").get<std::string>(), share(set.at("copies")),
                    number(set.at("copying_score"), 1), share(set.at("authentic"))});
  }
  return paragraph(
             "Copies are nearer to one of the training than 99 % of real new pictures. C_T says "
             "whether all of them together are nearer than real ones (below -3) or not. Authentic "
             "pictures are further from the nearest of the training than that is from its own "
             "nearest.") +
         table({"pictures", "copies", "C_T", "authentic"}, rows);
}

std::string enlargement_html(const Json& enlargement) {
  std::vector<Cells> rows;
  for (const auto& method : enlargement.at("methods")) {
    rows.push_back({method.at("method").get<std::string>(), number(method.at("psnr"), 2),
                    number(method.at("gradient_psnr"), 2), number(method.at("ssim"), 4),
                    number(method.at("seam"), 3)});
  }
  return paragraph(concat(enlargement.at("pictures").get<int>(),
                          " real pictures shrunk to 64 pixels and enlarged to 256. Seam: contrast "
                          "on every fourth line over that on others, 1 as in the real picture.")) +
         table({"", "PSNR, dB", "of edges, dB", "SSIM", "seam"}, rows);
}

std::string curves_html(const Json& curves) {
  const auto chart = [&](const char* key, const char* name) {
    std::vector<Point> points;
    for (const auto& point : curves.at(key)) {
      points.push_back({.x = point.at(key), .share = estimate_of(point.at("score"))});
    }
    return line_chart(points, name);
  };
  return paragraph(concat("CompScore, seen combinations, ",
                          curves.at("pictures_of_each").get<int>(),
                          " pictures a point, drawn by the base itself where the model has a quick "
                          "network.")) +
         chart("steps", "steps") + chart("guidance", "guidance scale");
}

std::string sheet_html(const Json& sheet) {
  return paragraph(concat(sheet.at("prompts").get<std::size_t>(),
                          " prompts of your own, for no judge but your eyes."));
}

struct Section {
  const char* key;
  const char* title;
  std::function<std::string(const Json&)> html;
};

const std::vector<Section>& sections() {
  static const std::vector<Section> all = {
      {"composition", "Does it draw what the prompt says?", composition_html},
      {"comparison", "Is it better than the other?", comparison_html},
      {"things", "Can its things be told?", things_html},
      {"distances", "Are its pictures like real ones?", distances_html},
      {"copies", "Does it copy its training?", copies_html},
      {"regions", "Does each region show its own words?", regions_html},
      {"weights", "Do words count by their weight?", weights_html},
      {"layout", "Do things stand in their boxes?", layout_html},
      {"lines", "Does it follow lines?", lines_html},
      {"palettes", "Does it take the colours that it is told?", palettes_html},
      {"enlargement", "Super-resolution", enlargement_html},
      {"curves", "Steps and guidance", curves_html},
      {"sheet", "Would you say so too?", sheet_html}};
  return all;
}

std::string figure_html(const Figure& figure) {
  const auto bytes = io::encode_image(figure.image, ImageFormat::webp);
  return concat("<figure><img src='data:image/webp;base64,", base64(bytes), "'><figcaption>",
                escaped(figure.title), "</figcaption></figure>\n");
}

}  // namespace

std::vector<std::string> headlines_of(const Json& results) {
  auto lines = scores_in_words(results.at("composition"));
  for (auto& line : control_headlines(results)) lines.push_back(std::move(line));
  const auto comparison = results.find("comparison");
  if (comparison == results.end()) return lines;
  for (const auto& [key, gain] : comparison->at("gain").items()) {
    lines.push_back(concat("against ", comparison->at("other").get<std::string>(), ", ",
                           kind_name(key), ": ", share(gain), ", ",
                           gain.at("verdict").get<std::string>()));
  }
  return lines;
}

std::string html_of(const Report& report) {
  std::ostringstream html;
  const auto name = escaped(report.results.at("model").get<std::string>());
  html << "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'><title>Evaluation of "
       << name << "</title>\n<style>" << kStyle << "</style></head><body>\n<h1>Evaluation of "
       << name << "</h1>\n";
  for (const auto& section : sections()) {
    const auto found = report.results.find(section.key);
    if (found == report.results.end()) continue;
    html << "<h2>" << section.title << "</h2>\n" << section.html(*found);
    for (const auto& figure : report.figures) {
      if (figure.chapter == section.key) html << figure_html(figure);
    }
  }
  const auto left_out = report.results.find("left_out");
  if (left_out != report.results.end() && !left_out->empty()) {
    html << "<h2>Not measured</h2>\n<ul>\n";
    for (const auto& [key, reason] : left_out->items()) {
      html << "<li>" << escaped(key) << ": " << escaped(reason.get<std::string>()) << "</li>\n";
    }
    html << "</ul>\n";
  }
  html << "<h2>How</h2>\n<pre>" << escaped(report.results.at("options").dump(2))
       << "</pre>\n</body></html>\n";
  return html.str();
}

}  // namespace imagine::evaluate
