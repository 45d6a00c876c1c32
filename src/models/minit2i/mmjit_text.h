/// What an MM-JiT takes from the texts of a picture, and which of their words are seen from where.
#pragma once

#include <optional>
#include <vector>

#include "models/minit2i/mmjit_config.h"
#include "models/minit2i/rotation.h"
#include "tensor/types.h"

namespace imagine::models {

/// Where words have weights, or regions words of their own: what is known of the W rows of a text,
/// which are a student's prefix of P rows, the picture's own text and the regions' texts.
struct Sight {
  Rotation rotation;  // [W, head_dim / 2]: where they stand
  Tensor owner;       // [W] long: the text that a row is of, 0 the prefix, 1 the picture's own
  Tensor places;  // [texts, N] float: the logarithm of how much of each place belongs to each text
  Tensor weight;  // [W] float: what the picture's places add to the scores of words
  Tensor copies;  // [W] float: the logarithm of how many tokens a row stands for

  /// What is added to the scores of all tokens, the text's and then the picture's: [1, 1, W + N, W
  /// + N] float. A place sees the words of its texts, as far as it belongs to them. The picture's
  /// own words and the prefix see each other and all places, as ever; a region's words see the
  /// prefix, each other and their own places. Weights are the picture's alone to feel: words go on
  /// reading each other as they stand.
  Tensor bias() const;
};

/// The text's part, the same at every step.
struct MmJitText {
  Tensor rows;  // [B, P + prompt_length, D] float: the student's prefix, then the text; with a
                // sight [B, W, D]
  std::optional<Sight> sight = {};  ///< of all B pictures; none: every token sees every other
};

/// One of the texts of a picture.
struct PlacedText {
  Tensor rows;         // [1, P + prompt_length, D], read as if it were the only one
  TextEmbedding text;  // what they were read from: [1, T, ...]
  Tensor places = {};  // [N] float: the logarithm of how much of each place belongs to it
};

/// The picture's own text, then those of its regions, whose prefixes are left out. Of the mask
/// tokens that fill up a region's text one in several stays, and counts for all of them.
MmJitText with_sight(const MmJitConfig& config, const std::vector<PlacedText>& texts);

}  // namespace imagine::models
