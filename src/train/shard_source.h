/// What `imagine dataset` made, all in memory.
#pragma once

#include <memory>
#include <vector>

#include "core/random.h"
#include "train/shards.h"
#include "train/source.h"
#include "train/text_table.h"

namespace imagine::train {

/// Pictures drawn at random, again and again, by the shares of their domains.
class ShardSource : public Source {
 public:
  /// `phrases`: of shards with labels; null: their pictures get no annotations.
  ShardSource(ShardSet shards, std::unique_ptr<TextTable> texts,
              std::unique_ptr<TextTable> phrases = nullptr);

  Drawn draw(const Phase& phase, BatchKey key, Rows rows, std::uint64_t seed) const override;
  void check_phase(const Phase& phase) const override;

 private:
  /// A picture, its row, and what chance there is in its annotations.
  struct Annotated {
    const Row& row;
    const Image& image;
    Random random;
  };

  Annotations annotations_of(const std::vector<Annotated>& pictures) const;

  ShardSet shards_;
  std::unique_ptr<TextTable> texts_, phrases_;
};

}  // namespace imagine::train
