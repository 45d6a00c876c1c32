#include "evaluate/judge.h"

#include <torch/utils.h>

#include "core/range.h"
#include "nn/residual_block.h"

namespace imagine::evaluate {
namespace {

constexpr int64_t kMostBodies = 8;

int64_t count_shapes() { return std::ssize(data::shapes()); }
int64_t count_colours() { return std::ssize(data::colours()) + 1; }  // and wood

/// [B, 4 C, H, W] -> [B, C, 2 H, 2 W]
Tensor doubled(const Tensor& x) { return torch::pixel_shuffle(x, 2); }

Box box_of(const Tensor& numbers) {
  const auto at = [&](int64_t i) { return numbers[i].item<double>(); };
  return {.x = at(0), .y = at(1), .width = at(2), .height = at(3)};
}

/// `at` gives what one cell says: [C, G, G] -> [C]
template <class At>
Found found_at(const Verdict& verdict, const At& at) {
  const Tensor shape = at(verdict.shape), colour = at(verdict.colour), place = at(verdict.place);
  const auto colour_index = std::size_t(colour.argmax().item<int64_t>());
  const auto colours = data::colours();
  return {.shape = std::string(
              data::shapes()[std::size_t(shape.argmax().item<int64_t>())].singular.english),
          .colour = colour_index < colours.size() ? std::string(colours[colour_index].english) : "",
          .x = place[0].item<double>(),
          .z = place[1].item<double>(),
          .box = verdict.box.defined() ? std::optional(box_of(at(verdict.box))) : std::nullopt};
}

}  // namespace

void JudgeConfig::validate() const {
  fields(*this, [](const char* name, int64_t value, const char*) {
    check_range(concat("judge.", name), value, 1, 4096);
  });
  check<ConfigError>(size % 8 == 0, "judge.size: expected a multiple of 8, got ", size);
}

JudgeImpl::JudgeImpl(const JudgeConfig& c)
    : config((c.validate(), c)),
      half_(register_module("half", conv_blocks(c.depth, c.width))),
      quarter_(register_module("quarter", conv_blocks(c.depth, 2 * c.width))),
      eighth_(register_module("eighth", conv_blocks(c.depth, 4 * c.width))),
      quarter_up_(register_module("quarter_up", conv_blocks(c.depth, 2 * c.width))),
      half_up_(register_module("half_up", conv_blocks(c.depth, c.width))),
      in_(register_module("in", halving(3, c.width))),
      to_quarter_(register_module("to_quarter", halving(c.width, 2 * c.width))),
      to_eighth_(register_module("to_eighth", halving(2 * c.width, 4 * c.width))),
      from_eighth_(register_module("from_eighth", nn::conv(4 * c.width, 8 * c.width, 1))),
      from_quarter_(register_module("from_quarter", nn::conv(2 * c.width, 4 * c.width, 1))),
      out_(register_module("out", nn::conv(c.width, 1 + count_shapes() + count_colours() + 2, 1))),
      norm_out_(register_module("norm_out", nn::group_norm(c.width))) {
  torch::NoGradGuard no_grad;
  out_->bias[0].fill_(-4);  // most cells are the middle of nothing
}

std::array<Tensor, 3> JudgeImpl::levels(const Tensor& pixels) {
  const auto half = through(half_, in_(pixels.contiguous(torch::MemoryFormat::ChannelsLast)));
  const auto quarter = through(quarter_, to_quarter_(half));
  return {half, quarter, through(eighth_, to_eighth_(quarter))};
}

Tensor JudgeImpl::seen(const Tensor& pixels) {
  const auto [half, quarter, eighth] = levels(pixels);
  const auto x = through(quarter_up_, quarter + doubled(from_eighth_(eighth)));
  return through(half_up_, half + doubled(from_quarter_(x)));
}

Verdict JudgeImpl::forward(const Tensor& pixels) {
  const auto x = seen(pixels);
  const auto parts = out_(nn::normalised_silu(x, norm_out_))
                         .split_with_sizes({1, count_shapes(), count_colours(), 2}, 1);
  return {.middle = parts[0].squeeze(1),
          .shape = parts[1],
          .colour = parts[2],
          .place = parts[3],
          .box = knows_boxes() ? boxes_(x) : Tensor()};
}

Tensor JudgeImpl::features(const Tensor& pixels) { return levels(pixels)[2].mean({2, 3}); }

std::vector<std::vector<Found>> bodies_of(const Verdict& verdict) {
  const auto around = torch::max_pool2d(verdict.middle.unsqueeze(1), 3, 1, 1).squeeze(1);
  const auto peaks = (verdict.middle == around).logical_and(verdict.middle > 0);
  std::vector<std::vector<Found>> all(std::size_t(verdict.middle.size(0)));
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto row = int64_t(i);
    const auto cells = peaks[row].flatten().nonzero().flatten();
    const auto count = std::min(cells.size(0), kMostBodies);
    const auto strongest =
        std::get<1>(verdict.middle[row].flatten().index({cells}).topk(count)).contiguous();
    for (int64_t k = 0; k < count; ++k) {
      const auto cell = cells[strongest[k].item<int64_t>()].item<int64_t>();
      const auto at = [&](const Tensor& maps) { return maps[row].flatten(1).select(1, cell); };
      all[i].push_back(found_at(verdict, at));
    }
  }
  return all;
}

std::vector<std::vector<Found>> look_at(Judge judge, const Tensor& pixels) {
  torch::NoGradGuard no_grad;
  return bodies_of(judge(fitted(pixels, judge->config.size)));
}

}  // namespace imagine::evaluate
