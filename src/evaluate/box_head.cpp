#include "evaluate/box_head.h"

#include <torch/utils.h>

#include "core/range.h"
#include "nn/residual_block.h"

namespace imagine::evaluate {

void BoxHeadConfig::validate() const { check_range("boxes.depth", depth, 0, 64); }

BoxHeadImpl::BoxHeadImpl(int64_t width, const BoxHeadConfig& c)
    : config((c.validate(), c)),
      blocks_(register_module("blocks", conv_blocks(c.depth, width))),
      norm_out_(register_module("norm_out", nn::group_norm(width))),
      out_(register_module("out", nn::conv(width, 4, 1))) {}

Tensor BoxHeadImpl::forward(const Tensor& seen) {
  const auto grid = seen.size(3);
  const auto said = out_(nn::normalised_silu(through(blocks_, seen), norm_out_));
  const auto cells = (torch::arange(grid, said.options()) + 0.5) / double(grid);
  // The middle of the box, off the cell by so many cells, and how large it is.
  const auto x = said.select(1, 0) / double(grid) + cells;               // [B, G, G]
  const auto y = said.select(1, 1) / double(grid) + cells.unsqueeze(1);  // [B, G, G]
  const auto size = said.narrow(1, 2, 2).sigmoid();                      // [B, 2, G, G]
  return torch::cat({torch::stack({x, y}, 1) - size / 2, size}, 1);
}

}  // namespace imagine::evaluate
