#include "evaluate/judge_lesson.h"

#include <algorithm>
#include <cmath>

#include <torch/utils.h>

#include "data/grammar.h"
#include "evaluate/boxes.h"

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

/// For each cell that the middle of a body is nearer to than those of the bodies before it: how
/// near goes to `share` [G, G], 1 in the middle itself, and `visit` is told the body's number and
/// the cell.
template <class Visit>
void visit_cells(const Json& facts, const Tensor& share, const Visit& visit) {
  const auto grid = share.size(0);
  auto nearest = share.accessor<float, 2>();
  const auto& bodies = facts.at("bodies");
  for (std::size_t number = 0; number < bodies.size(); ++number) {
    const auto box = bodies[number].at("box").get<std::array<double, 4>>();
    const auto cell = [&](double part) {
      return std::clamp<int64_t>(int64_t(part * double(grid)), 0, grid - 1);
    };
    const auto left = cell((box[0] + box[2]) / 2), top = cell((box[1] + box[3]) / 2);
    for (int64_t y = 0; y < grid; ++y) {
      for (int64_t x = 0; x < grid; ++x) {
        const double away = std::hypot(double(x - left), double(y - top));
        const auto here = float(std::exp(-away * away / (2 * kSpread * kSpread)));
        if (here <= nearest[y][x]) continue;
        nearest[y][x] = here;
        visit(number, y, x);
      }
    }
  }
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
  auto shape = target.shape.accessor<int64_t, 2>();
  auto colour = target.colour.accessor<int64_t, 2>();
  auto place = target.place.accessor<float, 3>();
  visit_cells(facts, target.middle, [&](std::size_t number, int64_t y, int64_t x) {
    const auto& body = facts.at("bodies").at(number);
    shape[y][x] = index_of(shapes, body.at("shape"));
    colour[y][x] = index_of(colours, body.at("colour"));
    for (int64_t i = 0; i < 2; ++i) place[i][y][x] = body.at("place").at(std::size_t(i));
  });
  return target;
}

BoxTarget box_target_of(const Json& facts, const data::Labels& labels, std::int64_t grid) {
  const auto seen = seen_boxes(labels, facts.at("bodies").size());
  BoxTarget target{.near = torch::zeros({grid, grid}), .box = torch::zeros({4, grid, grid})};
  const auto known = torch::zeros({grid, grid});
  auto is_known = known.accessor<float, 2>();
  auto box = target.box.accessor<float, 3>();
  visit_cells(facts, target.near, [&](std::size_t number, int64_t y, int64_t x) {
    is_known[y][x] = seen[number] ? 1 : 0;
    const auto is = seen[number].value_or(Box{});
    box[0][y][x] = float(is.x), box[1][y][x] = float(is.y);
    box[2][y][x] = float(is.width), box[3][y][x] = float(is.height);
  });
  target.near *= known * (target.near > kNear).to(torch::kFloat);
  return target;
}

Tensor box_loss(const Tensor& boxes, const BoxTarget& targets) {
  const auto ends = [](const Tensor& box) {
    const auto begin = box.narrow(1, 0, 2), size = box.narrow(1, 2, 2);
    return std::pair(begin, begin + size);
  };
  const auto area = [](const Tensor& size) { return size.prod(1); };  // [B, 2, ...] -> [B, ...]
  const auto [begin, end] = ends(boxes);
  const auto [true_begin, true_end] = ends(targets.box);
  const auto both =
      area((torch::minimum(end, true_end) - torch::maximum(begin, true_begin)).clamp_min(0));
  const auto either = area(end - begin) + area(true_end - true_begin) - both;
  const auto off = (boxes - targets.box).abs().sum(1);  // [B, G, G]
  const auto lacking = 1 - both / either.clamp_min(1e-6);
  return (targets.near * (off + lacking)).sum() / targets.near.sum().clamp_min(1);
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
