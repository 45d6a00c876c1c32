/// What `imagine dataset` made, all in memory.
#pragma once

#include <memory>

#include "train/shards.h"
#include "train/source.h"
#include "train/text_table.h"

namespace imagine::train {

/// Pictures drawn at random, again and again, by the shares of their domains.
class ShardSource : public Source {
 public:
  ShardSource(ShardSet shards, std::unique_ptr<TextTable> texts);

  Drawn draw(const Phase& phase, BatchKey key, Rows rows, std::uint64_t seed) const override;
  void check_phase(const Phase& phase) const override;

 private:
  ShardSet shards_;
  std::unique_ptr<TextTable> texts_;
};

}  // namespace imagine::train
