/// What is known of a batch's pictures beside their captions, for training control.
#pragma once

#include "tensor/types.h"

namespace imagine::train {

/// Undefined where nothing is known.
struct Annotations {
  Tensor labels = {};   // [B, 3, S, S] uint8: data::image_of(Labels)
  Tensor phrases = {};  // [B, R, D] float: the mean of the states of a phrase of each thing
  Tensor palette = {};  // [B, K, 5] float: models::palette_rows()

  bool exist() const { return labels.defined(); }

  /// What `change` makes of each of them.
  template <class Change>
  Annotations each(const Change& change) const {
    if (!exist()) return {};
    return {.labels = change(labels), .phrases = change(phrases), .palette = change(palette)};
  }
};

}  // namespace imagine::train
