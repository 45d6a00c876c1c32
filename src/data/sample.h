/// One row of the training data: a picture, what people would ask for to get it, and the facts.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/fields.h"
#include "data/labels.h"
#include "imagine/image.h"

namespace imagine::data {

/// A prompt that the picture answers. `language` is "en" or "it".
struct Caption {
  std::string text;
  std::string language;
};

struct Sample {
  std::string key;     ///< unique in the dataset; of a-z, 0-9, '-' and '_'
  std::string domain;  ///< "scene", "photo", "emoji", ...: what the parts of the mixture are called
  Image image;
  std::vector<Caption> captions;  ///< several of different length for the same picture
  Json facts = Json::object();    ///< what is in the picture, for the manifest and the evaluation
  std::optional<Labels> labels = {};  ///< where the dataset was asked for them
  bool held_out = false;  ///< for evaluation only: training must never see it (holdout.h)
};

}  // namespace imagine::data
