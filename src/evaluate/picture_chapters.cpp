#include <algorithm>
#include <iomanip>
#include <numeric>
#include <sstream>

#include <torch/utils.h>

#include "core/check.h"
#include "evaluate/chapters.h"
#include "evaluate/copies.h"
#include "evaluate/distances.h"
#include "evaluate/retrieval.h"
#include "evaluate/sharpness.h"
#include "tensor/pixels.h"
#include "viz/grid.h"

namespace imagine::evaluate {
namespace {

constexpr int64_t kFactor = 4;
constexpr std::size_t kShownPairs = 20;
constexpr int64_t kShownEnlargements = 6;
constexpr int kLargeFigure = 256;

/// One picture of each prompt, by seeds 0, 1, 2 ...: from one seed all would begin with the same
/// noise, and stand on nearly the same ground.
std::vector<Image> painted(Desk& desk, const std::vector<std::string>& prompts, int size) {
  std::vector<Image> images;
  for (const auto& prompt : prompts) {
    images.push_back(desk.model.paint({.prompt = prompt, .seed = images.size(), .size = size}));
  }
  return images;
}

/// The same as the judges are shown them: bytes [N, 3, S, S].
Tensor drawn(Desk& desk, const std::vector<std::string>& prompts) {
  const auto images = painted(desk, prompts, desk.model.size);
  return ((tensor::to_pixels(images) + 1) * 127.5).round().to(torch::kByte);
}

std::vector<Image> images_of(const Tensor& bytes) { return tensor::to_images(unit_pixels(bytes)); }

/// What a space makes of pictures: bytes [N, 3, S, S] -> [N, D].
struct Space {
  std::string name;
  std::function<Tensor(const Tensor&)> features;
};

std::vector<Space> spaces_of(Desk& desk) {
  auto& judge = desk.panel.judges[0];
  std::vector<Space> spaces = {
      {"judge",
       [&judge](const Tensor& bytes) {
         return judge->features(fitted(unit_pixels(bytes), judge->config.size));
       }},
      {"colour layout", [](const Tensor& bytes) { return colour_layout(unit_pixels(bytes)); }}};
  auto& matcher = desk.panel.matcher;
  if (!matcher.is_empty()) {
    spaces.push_back({"matcher", [&matcher](const Tensor& bytes) {
                        return matcher->features(fitted(unit_pixels(bytes), matcher->config.size));
                      }});
  }
  return spaces;
}

Json compared(const Tensor& real, const Tensor& made) {
  const auto cover = cover_of(real, made);
  return {{"frechet", frechet_distance(real, made)},
          {"kernel", kernel_distance(real, made)},
          {"precision", cover.precision},
          {"recall", cover.recall},
          {"density", cover.density},
          {"coverage", cover.coverage}};
}

std::string rounded(double value) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(3) << value;
  return text.str();
}

/// As many captions of training pictures as of new ones, from all over the training.
std::vector<std::string> training_prompts(const Desk& desk) {
  const int64_t count = count_captions(desk);
  std::vector<std::string> prompts;
  for (int64_t i = 0; i < count; ++i) {
    const auto row = std::size_t(i * desk.training.count() / count);
    prompts.push_back(desk.training.samples[row].captions.at(0).text);
  }
  return prompts;
}

/// Each picture beside the one of the training that is nearest, the closest pairs first.
Image sheet_of_pairs(Desk& desk, const std::vector<Nearest>& nearest) {
  std::vector<std::size_t> order(nearest.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return nearest[i].distance; });
  order.resize(std::min(order.size(), kShownPairs));
  std::vector<Image> images;
  std::vector<std::string> captions;
  for (const auto i : order) {
    images.push_back(images_of(desk.made.narrow(0, int64_t(i), 1))[0]);
    images.push_back(images_of(desk.training.pixels.narrow(0, nearest[i].row, 1))[0]);
    captions.push_back("made " + rounded(nearest[i].distance));
    captions.emplace_back("training");
  }
  return viz::labelled_sheet(images, captions, 8, 96);
}

struct Method {
  std::string name;
  std::function<Tensor(const Tensor& low)> enlarge;  // [3, H, W] -> [3, 4 H, 4 W] in 0 .. 1
};

std::vector<Method> methods_of(Desk& desk) {
  const auto by_model = [&desk](const Tensor& low) {
    const Request request{
        .task = imagine::Task::upscale,
        .image = Source{.image = tensor::to_images(low.unsqueeze(0) * 2 - 1)[0], .name = "low"},
        .size = desk.model.enlarged};
    return (tensor::to_pixels({desk.model.paint(request)})[0] + 1) / 2;
  };
  return {{"model", by_model},
          {"bicubic", [](const Tensor& low) { return bicubic(low, kFactor); }},
          {"Lanczos", [](const Tensor& low) { return lanczos(low, kFactor); }}};
}

}  // namespace

int count_things(const Desk& desk) {
  int count = 0;
  for (const auto& group : groups_of(desk.real_objects, desk.options.things)) {
    count += int(group.prompts.size());
  }
  return count;
}

int count_captions(const Desk& desk) {
  const auto real = std::min(desk.real_scenes.count(), desk.real_objects.count());
  return int(std::min<int64_t>(desk.options.captions, real)) / 2 * 2;
}

int count_enlarged(const Desk& desk) {
  return int(std::min<int64_t>(desk.options.enlarged, desk.large.count()));
}

void add_things(Desk& desk, Report& report) {
  Json groups = Json::array();
  for (const auto& group : groups_of(desk.real_objects, desk.options.things)) {
    const auto made = unit_pixels(drawn(desk, group.prompts));
    groups.push_back(
        {{"group", group.name},
         {"made", json_of(recall_of(desk.panel.matcher, group, made))},
         {"real", json_of(recall_of(desk.panel.matcher, group, unit_pixels(group.pixels)))},
         {"shuffled", json_of(recall_of(desk.panel.matcher, group, made.roll(1, 0)))}});
    const auto shown = std::min<int64_t>(24, made.size(0));
    report.figures.push_back(
        {"things", "The first of " + group.name + ", seeds 0, 1, 2 ..., not picked",
         viz::labelled_sheet(tensor::to_images(made.narrow(0, 0, shown)),
                             {group.prompts.begin(), group.prompts.begin() + shown}, kSheetColumns,
                             kSheetCell)});
  }
  report.results["things"] = std::move(groups);
}

void add_distances(Desk& desk, Report& report) {
  torch::NoGradGuard no_grad;
  const int64_t count = count_captions(desk);
  // Half of the pictures are scenes, half objects; the first ones are drawn, the next compare.
  const auto part = [&](const Examples& examples, int64_t begin) {
    return examples.pixels.narrow(0, begin, count / 2);
  };
  const auto real = torch::cat({part(desk.real_scenes, 0), part(desk.real_objects, 0)});
  const auto others =
      torch::cat({part(desk.real_scenes, count / 2), part(desk.real_objects, count / 2)});
  std::vector<std::string> prompts;
  for (const auto* examples : {&desk.real_scenes, &desk.real_objects}) {
    for (int64_t i = 0; i < count / 2; ++i) {
      prompts.push_back(examples->samples[std::size_t(i)].captions.at(0).text);
    }
  }
  desk.made = drawn(desk, prompts);
  desk.never_made = torch::cat({real, others});
  Json spaces = Json::array();
  for (const auto& space : spaces_of(desk)) {
    const auto reference = space.features(others);
    spaces.push_back({{"space", space.name},
                      {"made", compared(reference, space.features(desk.made))},
                      {"real", compared(reference, space.features(real))}});
  }
  report.results["distances"] = {{"pictures", count}, {"spaces", std::move(spaces)}};
}

void add_copies(Desk& desk, Report& report) {
  const Neighbours training(desk.training.pixels);
  const auto told = training.nearest_of(drawn(desk, training_prompts(desk)));
  const auto made = training.nearest_of(desk.made);
  const auto real = training.nearest_of(desk.never_made);
  const auto judged = [&](const char* name, const std::vector<Nearest>& nearest) -> Json {
    const auto share = [&](int right) {
      return json_of(Share{.right = right, .all = int(nearest.size())});
    };
    return {{"pictures", name},
            {"copies", share(copies_in(nearest, real).copies)},
            {"copying_score", copying_score(nearest, real)},
            {"authentic", share(count_authentic(nearest, training))}};
  };
  report.results["copies"] = {
      {"training_pictures", desk.training.count()},
      {"limit", copies_in(real, real).limit},
      {"sets",
       {judged("drawn from new captions", made),
        judged("drawn from captions of the training", told), judged("real new ones", real)}}};
  report.figures.push_back(
      {"copies", "The closest pairs of a made picture and one of the training, with their distance",
       sheet_of_pairs(desk, made)});
}

void add_enlargement(Desk& desk, Report& report) {
  const int64_t count = count_enlarged(desk);
  Json rows = Json::array();
  std::vector<Image> images;
  std::vector<std::string> captions;
  for (const auto& method : methods_of(desk)) {
    double error = 0, edges = 0, structure = 0, seams = 0;
    for (int64_t i = 0; i < count; ++i) {
      const auto truth = desk.large.pixels[i].to(torch::kFloat) / 255;
      const auto low = torch::avg_pool2d(truth.unsqueeze(0), kFactor)[0];
      const auto low_bytes = (low * 255).round() / 255;
      const auto large = method.enlarge(low_bytes);
      error += psnr(large, truth), edges += gradient_psnr(large, truth);
      structure += ssim(large, truth), seams += seam(large, kFactor) / seam(truth, kFactor);
      if (i >= kShownEnlargements) continue;
      images.push_back(tensor::to_images(large.unsqueeze(0) * 2 - 1)[0]);
      captions.push_back(method.name);
    }
    rows.push_back({{"method", method.name},
                    {"psnr", error / double(count)},
                    {"gradient_psnr", edges / double(count)},
                    {"ssim", structure / double(count)},
                    {"seam", seams / double(count)}});
  }
  for (int64_t i = 0; i < std::min(count, kShownEnlargements); ++i) {
    images.push_back(tensor::to_images(unit_pixels(desk.large.pixels.narrow(0, i, 1)))[0]);
    captions.emplace_back("truth");
  }
  report.results["enlargement"] = {
      {"pictures", count}, {"from", 64}, {"to", 256}, {"methods", std::move(rows)}};
  report.figures.push_back(
      {"enlargement", "The same pictures enlarged from 64 to 256 pixels",
       viz::labelled_sheet(images, captions, int(std::min(count, kShownEnlargements)),
                           kLargeFigure)});
}

void add_sheet(Desk& desk, Report& report) {
  const auto images = painted(desk, desk.prompts, 0);
  report.results["sheet"] = {{"prompts", desk.prompts.size()}};
  report.figures.push_back({"sheet", "Seeds 0, 1, 2 ..., not picked",
                            viz::labelled_sheet(images, desk.prompts, kSheetColumns, kSheetCell)});
}

}  // namespace imagine::evaluate
