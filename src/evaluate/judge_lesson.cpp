#include "evaluate/judge_lesson.h"

#include <algorithm>
#include <cmath>

#include <torch/utils.h>

#include "data/grammar.h"

namespace imagine::evaluate {
namespace {

constexpr double kSpread = 0.8;  // standard deviation of a middle, in cells
constexpr double kNear = 0.25;   // cells that say at least so much of a middle learn what it is

template <class Words>
int64_t index_of(const Words& words, const std::string& name) {
  const auto found = std::ranges::find(words, name);
  return found - words.begin();
}

std::vector<std::string> shape_names() {
  std::vector<std::string> names;
  for (const auto& shape : data::shapes()) names.emplace_back(shape.singular.english);
  return names;
}

/// After the colours stands wood, which has none.
std::vector<std::string> colour_names() {
  std::vector<std::string> names;
  for (const auto& colour : data::colours()) names.emplace_back(colour.english);
  names.emplace_back("");
  return names;
}

/// logits [B, classes, G, G], index [B, G, G] -> [B, G, G]
Tensor cross_entropy(const Tensor& logits, const Tensor& index) {
  return torch::cross_entropy_loss(logits, index, /*weight=*/{}, at::Reduction::None);
}

}  // namespace

JudgeTarget target_of(const Json& facts, std::int64_t grid) {
  static const auto shapes = shape_names(), colours = colour_names();
  const auto indices = torch::zeros({grid, grid}, torch::kLong);
  JudgeTarget target{.middle = torch::zeros({grid, grid}),
                     .shape = indices,
                     .colour = indices.clone(),
                     .place = torch::zeros({2, grid, grid})};
  auto middle = target.middle.accessor<float, 2>();
  auto shape = target.shape.accessor<int64_t, 2>();
  auto colour = target.colour.accessor<int64_t, 2>();
  auto place = target.place.accessor<float, 3>();
  for (const auto& body : facts.at("bodies")) {
    const auto box = body.at("box").get<std::array<double, 4>>();
    const auto cell = [&](double part) {
      return std::clamp<int64_t>(int64_t(part * double(grid)), 0, grid - 1);
    };
    const auto left = cell((box[0] + box[2]) / 2), top = cell((box[1] + box[3]) / 2);
    for (int64_t y = 0; y < grid; ++y) {
      for (int64_t x = 0; x < grid; ++x) {
        const double away = std::hypot(double(x - left), double(y - top));
        const auto share = float(std::exp(-away * away / (2 * kSpread * kSpread)));
        if (share <= middle[y][x]) continue;
        middle[y][x] = share;
        shape[y][x] = index_of(shapes, body.at("shape"));
        colour[y][x] = index_of(colours, body.at("colour"));
        for (int64_t i = 0; i < 2; ++i) place[i][y][x] = body.at("place").at(std::size_t(i));
      }
    }
  }
  return target;
}

Tensor judge_loss(const Verdict& verdict, const JudgeTarget& targets) {
  const auto& logit = verdict.middle;
  const auto p = torch::sigmoid(logit);
  const auto is_middle = (targets.middle == 1).to(torch::kFloat);
  const auto bodies = is_middle.sum().clamp_min(1);
  const auto hit = is_middle * (1 - p).square() * torch::log_sigmoid(logit);
  const auto miss =
      (1 - is_middle) * (1 - targets.middle).pow(4) * p.square() * torch::log_sigmoid(-logit);
  const auto near = targets.middle * (targets.middle > kNear).to(torch::kFloat);
  const auto named =
      cross_entropy(verdict.shape, targets.shape) + cross_entropy(verdict.colour, targets.colour);
  const auto placed = (verdict.place - targets.place).abs().sum(1);  // [B, G, G]
  return -(hit + miss).sum() / bodies + (near * (named + placed)).sum() / near.sum().clamp_min(1);
}

}  // namespace imagine::evaluate
