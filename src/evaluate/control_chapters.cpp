#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include <torch/utils.h>

#include "core/check.h"
#include "core/random.h"
#include "evaluate/boxes.h"
#include "evaluate/chapters.h"
#include "evaluate/conv_block.h"
#include "evaluate/distances.h"
#include "evaluate/line_match.h"
#include "evaluate/palette_match.h"
#include "evaluate/placed.h"
#include "io/image_file.h"
#include "tensor/edges.h"
#include "tensor/pixels.h"
#include "viz/grid.h"

namespace imagine::evaluate {
namespace {

constexpr std::size_t kMostBodies = 3;
constexpr double kFits = 0.5;         // overlap from which on a body stands in its box
constexpr double kReach = 1.5;        // pixels between lines that count as the same
constexpr int kQuality = 75;          // of the JPEG that says how well lines can be met at all
constexpr int kTold = 4;              // colours
constexpr std::int64_t kFewest = 24;  // pictures that a distance needs

/// A real scene, and what is taken from it.
struct Scene {
  int64_t row = 0;
  CompositionPrompt prompt;
  std::string caption;
  std::vector<Placed> placed;  ///< whose boxes are around what is seen of them
};

/// The first English one that names the colours of all bodies; empty where none does.
std::string coloured_caption(const data::Sample& sample, const CompositionPrompt& prompt) {
  const auto names_all = [&](const data::Caption& caption) {
    return caption.language == "en" && std::ranges::all_of(prompt.things, [&](const Asked& thing) {
             return caption.text.find(thing.colour) != std::string::npos;
           });
  };
  const auto found = std::ranges::find_if(sample.captions, names_all);
  return found == sample.captions.end() ? "" : found->text;
}

std::optional<Scene> scene_of(const data::Sample& sample, int64_t row) {
  const auto prompt = whole_prompt_about(sample.facts, kMostBodies);
  if (!prompt || !sample.labels || sample.labels->nearness.empty()) return std::nullopt;
  const auto caption = coloured_caption(sample, *prompt);
  if (caption.empty()) return std::nullopt;
  const auto& bodies = sample.facts.at("bodies");
  const auto boxes = seen_boxes(*sample.labels, bodies.size());
  Scene scene{.row = row, .prompt = *prompt, .caption = caption, .placed = {}};
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    if (!boxes[i]) return std::nullopt;
    scene.placed.push_back(
        {.body = {.shape = bodies[i].at("shape"), .colour = bodies[i].at("colour")},
         .box = *boxes[i]});
  }
  return scene;
}

std::vector<Scene> scenes_of(const Desk& desk) {
  std::vector<Scene> scenes;
  for (const auto row : control_scenes(desk)) {
    scenes.push_back(*scene_of(desk.real_scenes.samples[std::size_t(row)], row));
  }
  return scenes;
}

Image real_picture(const Desk& desk, const Scene& scene) {
  return tensor::to_images(unit_pixels(desk.real_scenes.pixels.narrow(0, scene.row, 1)))[0];
}

/// What the scene of that number is told beside its caption.
using Tell = std::function<std::optional<Control>(std::size_t index)>;

std::vector<Image> drawn(Desk& desk, const std::vector<Scene>& scenes, const Tell& tell) {
  std::vector<Image> images;
  for (const auto& scene : scenes) {
    images.push_back(desk.model.paint({.prompt = scene.caption,
                                       .control = tell(images.size()),
                                       .seed = images.size(),
                                       .size = desk.model.size}));
  }
  return images;
}

std::optional<Control> nothing(std::size_t) { return std::nullopt; }

const data::Labels& labels_of(const Desk& desk, const Scene& scene) {
  return *desk.real_scenes.samples[std::size_t(scene.row)].labels;
}

/// A square of a label's values in grey as that kind of control; none where all are one.
template <class Grey>
std::optional<Control> told_values(const std::vector<std::uint8_t>& values, const Grey& grey,
                                   std::optional<Source> Control::*kind) {
  const auto side = int(std::lround(std::sqrt(double(values.size()))));
  Image image{.width = side, .height = side, .rgb = {}};
  for (const auto value : values) image.rgb.insert(image.rgb.end(), 3, grey(value));
  if (std::ranges::adjacent_find(image.rgb, std::not_equal_to()) == image.rgb.end()) return {};
  Control control;
  control.*kind = Source{.image = std::move(image), .name = "labels"};
  return control;
}

/// The share of judges, mean over pictures, that find exactly what the scene holds.
Json composition_of(Desk& desk, const std::vector<Scene>& scenes,
                    const std::vector<Image>& images) {
  MeanShare right;
  for (std::size_t i = 0; i < scenes.size(); ++i) {
    right.add(agreeing(bodies_in(desk.panel, images[i]),
                       [&](const auto& found) { return shows(scenes[i].prompt, found); }));
  }
  return json_of(right.estimate());
}

/// Between the pictures and the real scenes from which nothing was taken, by the first judge; null
/// where they are too few.
Json distance_of(Desk& desk, const std::vector<Scene>& scenes, const std::vector<Image>& images) {
  const torch::NoGradGuard no_grad;
  std::vector<int64_t> others;
  for (int64_t row = 0; row < desk.real_scenes.count(); ++row) {
    if (std::ranges::find(scenes, row, &Scene::row) == scenes.end()) others.push_back(row);
  }
  if (std::min(std::ssize(others), std::ssize(images)) < kFewest) return nullptr;
  auto& judge = desk.panel.judges[0];
  const auto features = [&](const Tensor& pixels) {
    return judge->features(fitted(pixels, judge->config.size));
  };
  const auto real = desk.real_scenes.pixels.index({torch::tensor(others)});
  return frechet_distance(features(unit_pixels(real)), features(tensor::to_pixels(images)));
}

Json quality_of(Desk& desk, const std::vector<Scene>& scenes, const std::vector<Image>& images) {
  return {{"composition", composition_of(desk, scenes, images)},
          {"frechet", distance_of(desk, scenes, images)}};
}

/// How well bodies stand in their boxes.
Json placing_of(Desk& desk, const std::vector<Scene>& scenes, const std::vector<Image>& images) {
  MeanShare seen, held_out, overlap;
  for (std::size_t i = 0; i < scenes.size(); ++i) {
    const auto judged = bodies_in(desk.panel, images[i]);
    for (const auto& placed : scenes[i].placed) {
      double fitting = 0, covered = 0;
      for (const auto& found : judged) {
        const double here = overlap_of(placed, found);
        fitting += here >= kFits, covered += here;
      }
      auto& kind = scenes[i].prompt.held_out ? held_out : seen;
      kind.add(fitting / double(judged.size()));
      overlap.add(covered / double(judged.size()));
    }
  }
  return {{"seen", json_of(seen.estimate())},
          {"held_out", json_of(held_out.estimate())},
          {"overlap", overlap.estimate().value}};
}

/// [side, side] 1 on lines.
Tensor lines_in(const Image& image, int64_t side) {
  return tensor::edges_of(fitted(tensor::to_pixels({image}), side))[0][0];
}

Image as_jpeg(const Image& image) {
  const auto bytes = io::encode_image(image, ImageFormat::jpeg, {}, kQuality);
  return io::flatten(io::decode_image(bytes, "picture"));
}

/// Lines white on black.
Image picture_of(const Tensor& lines) {
  return tensor::to_images((lines * 2 - 1).expand({1, 3, -1, -1}))[0];
}

double mean_match(const std::vector<Image>& images, const std::vector<Tensor>& told) {
  double sum = 0;
  for (std::size_t i = 0; i < images.size(); ++i) {
    sum += line_match(lines_in(images[i], told[i].size(0)), told[i], kReach);
  }
  return sum / double(images.size());
}

std::string hex_of(const io::Lab& colour) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text = "#";
  for (const auto byte : io::rgb_of(colour)) {
    text += kDigits[byte / 16], text += kDigits[byte % 16];
  }
  return text;
}

/// The next scene that stands on another ground; itself where there is none.
const Scene& other_ground(const Desk& desk, const std::vector<Scene>& scenes, std::size_t index) {
  const auto ground = [&](const Scene& scene) {
    return desk.real_scenes.samples[std::size_t(scene.row)].facts.at("ground");
  };
  for (std::size_t step = 1; step < scenes.size(); ++step) {
    const auto& other = scenes[(index + step) % scenes.size()];
    if (ground(other) != ground(scenes[index])) return other;
  }
  return scenes[index];
}

/// The value below which that part of them lies.
double quantile(std::vector<double> values, double part) {
  std::ranges::sort(values);
  return values[std::size_t(part * double(values.size() - 1) + 0.5)];
}

/// The first pictures of several lists, a list to a row.
Figure figure_of(const char* chapter, const std::string& title,
                 const std::vector<std::pair<std::string, std::vector<Image>>>& rows) {
  std::vector<Image> images;
  std::vector<std::string> captions;
  std::size_t columns = kSheetColumns;
  for (const auto& [name, pictures] : rows) columns = std::min(columns, pictures.size());
  for (const auto& [name, pictures] : rows) {
    images.insert(images.end(), pictures.begin(), pictures.begin() + std::ptrdiff_t(columns));
    captions.insert(captions.end(), columns, name);
  }
  return {chapter, title, viz::labelled_sheet(images, captions, int(columns), kSheetCell)};
}

/// Boxes of the bodies, in white on the scene's own picture.
Image framed(Image image, const std::vector<Placed>& placed) {
  const auto paint = [&](int x, int y) {
    const auto at = std::size_t(3 * (y * image.width + x));
    for (std::size_t i = 0; i < 3; ++i) image.rgb[at + i] = 255;
  };
  for (const auto& [body, box] : placed) {
    const auto pixel = [&](double part, int side) {
      return std::clamp(int(std::lround(part * side)), 0, side - 1);
    };
    const int left = pixel(box.x, image.width), right = pixel(box.x + box.width, image.width);
    const int top = pixel(box.y, image.height), bottom = pixel(box.y + box.height, image.height);
    for (int x = left; x <= right; ++x) paint(x, top), paint(x, bottom);
    for (int y = top; y <= bottom; ++y) paint(left, y), paint(right, y);
  }
  return image;
}

}  // namespace

std::vector<int64_t> control_scenes(const Desk& desk) {
  std::vector<int64_t> rows;
  for (int64_t row = 0; row < desk.real_scenes.count(); ++row) {
    if (std::ssize(rows) == desk.options.control) break;
    if (scene_of(desk.real_scenes.samples[std::size_t(row)], row)) rows.push_back(row);
  }
  return rows;
}

int count_controlled(const Desk& desk, int ways) { return ways * int(control_scenes(desk).size()); }

void add_layout(Desk& desk, Report& report) {
  const auto scenes = scenes_of(desk);
  const auto boxed = drawn(desk, scenes, [&](std::size_t index) {
    Control control;
    for (const auto& [body, box] : scenes[index].placed) {
      control.layout.push_back({.box = box, .phrase = phrase_of(body, data::Language::english)});
    }
    return std::optional(control);
  });
  const auto cut_out = drawn(desk, scenes, [&](std::size_t index) {
    return told_values(
        labels_of(desk, scenes[index]).things,
        [](std::uint8_t thing) { return std::uint8_t(thing > 0 ? 255 : 0); }, &Control::silhouette);
  });
  const auto deep = drawn(desk, scenes, [&](std::size_t index) {
    return told_values(labels_of(desk, scenes[index]).nearness, std::identity(), &Control::depth);
  });
  const auto plain = drawn(desk, scenes, nothing);
  std::vector<Image> real, frames;
  for (const auto& scene : scenes) {
    real.push_back(real_picture(desk, scene));
    frames.push_back(framed(real.back(), scene.placed));
  }
  Json ways = Json::array();
  const auto add = [&](const char* way, const std::vector<Image>& images) {
    auto row = placing_of(desk, scenes, images);
    row["way"] = way;
    row.update(quality_of(desk, scenes, images));
    ways.push_back(std::move(row));
  };
  add("told boxes", boxed), add("told silhouettes", cut_out), add("told depth", deep);
  add("words alone", plain), add("the real pictures", real);
  report.results["layout"] = {{"pictures", scenes.size()}, {"ways", std::move(ways)}};
  report.figures.push_back(figure_of("layout", "The first scenes, not picked",
                                     {{"real, and its boxes", frames},
                                      {"told boxes", boxed},
                                      {"told silhouettes", cut_out},
                                      {"told depth", deep},
                                      {"words alone", plain}}));
}

void add_lines(Desk& desk, Report& report) {
  const auto scenes = scenes_of(desk);
  std::vector<Image> real, pressed, sheets;
  std::vector<Tensor> told;
  for (const auto& scene : scenes) {
    real.push_back(real_picture(desk, scene));
    pressed.push_back(as_jpeg(real.back()));
    told.push_back(lines_in(real.back(), real.back().width));
    sheets.push_back(picture_of(told.back()));
  }
  const auto drawn_along = [&](std::optional<Source> Control::*kind) {
    return drawn(desk, scenes, [&](std::size_t index) {
      Control control;
      if (told[index].any().item<bool>()) {
        control.*kind = Source{.image = sheets[index], .name = concat("edges ", index)};
      }
      return std::optional(control);
    });
  };
  const auto lined = drawn_along(&Control::edges), sketched = drawn_along(&Control::sketch);
  const auto plain = drawn(desk, scenes, nothing);
  Json ways = Json::array();
  const auto add = [&](const std::string& way, const std::vector<Image>& images) {
    auto row = quality_of(desk, scenes, images);
    row["way"] = way, row["match"] = mean_match(images, told);
    ways.push_back(std::move(row));
  };
  add("told edges", lined), add("told them as a sketch", sketched), add("words alone", plain);
  add(concat("the real pictures as JPEG of quality ", kQuality), pressed);
  report.results["lines"] = {
      {"pictures", scenes.size()}, {"reach", kReach}, {"ways", std::move(ways)}};
  report.figures.push_back(figure_of("lines", "The first scenes, not picked",
                                     {{"real", real},
                                      {"its edges", sheets},
                                      {"told edges", lined},
                                      {"told them as a sketch", sketched},
                                      {"words alone", plain}}));
}

void add_palettes(Desk& desk, Report& report) {
  const auto scenes = scenes_of(desk);
  std::vector<std::vector<io::Swatch>> told;
  std::vector<Image> givers;
  for (std::size_t i = 0; i < scenes.size(); ++i) {
    givers.push_back(real_picture(desk, other_ground(desk, scenes, i)));
    told.push_back(io::palette_of(givers.back(), kTold));
  }
  const auto coloured = drawn(desk, scenes, [&](std::size_t index) {
    Control control;
    for (const auto& swatch : told[index]) {
      control.palette.push_back({.colour = hex_of(swatch.colour), .share = swatch.share});
    }
    return std::optional(control);
  });
  const auto plain = drawn(desk, scenes, nothing);
  Json ways = Json::array();
  const auto add = [&](const char* way, const std::vector<Image>& images) {
    std::vector<double> distances;
    for (std::size_t i = 0; i < images.size(); ++i) {
      distances.push_back(palette_distance(told[i], images[i]));
    }
    ways.push_back({{"way", way},
                    {"median", quantile(distances, 0.5)},
                    {"quartiles", {quantile(distances, 0.25), quantile(distances, 0.75)}},
                    {"composition", composition_of(desk, scenes, images)}});
  };
  add("told colours", coloured), add("words alone", plain);
  report.results["palettes"] = {
      {"pictures", scenes.size()}, {"colours", kTold}, {"ways", std::move(ways)}};
  report.figures.push_back(
      figure_of("palettes", "The first scenes, not picked",
                {{"colours of", givers}, {"told colours", coloured}, {"words alone", plain}}));
}

}  // namespace imagine::evaluate
