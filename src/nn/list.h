/// A ModuleList that remembers the type of its elements.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

namespace imagine::nn {

/// `for (auto& block : *blocks_) x = block(x);` Keys are the indices, as in torch::nn::ModuleList.
template <class Block>
class ListImpl : public torch::nn::Module {
 public:
  /// Appends Block(args...).
  template <class... Args>
  Block& emplace(Args&&... args) {
    Block block(std::forward<Args>(args)...);
    register_module(std::to_string(blocks_.size()), block);
    return blocks_.emplace_back(std::move(block));
  }
  auto begin() { return blocks_.begin(); }
  auto end() { return blocks_.end(); }
  Block& at(std::size_t index) { return blocks_.at(index); }
  std::size_t size() const { return blocks_.size(); }

 private:
  std::vector<Block> blocks_;
};

template <class Block>
class List : public torch::nn::ModuleHolder<ListImpl<Block>> {
 public:
  using torch::nn::ModuleHolder<ListImpl<Block>>::ModuleHolder;
};

}  // namespace imagine::nn
