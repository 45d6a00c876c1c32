/// What a model is made of, for the engine.
#pragma once

#include <string>

#include "imagine/model.h"
#include "models/cascade.h"

namespace imagine {

struct Model::Parts {
  models::Cascade cascade;
  ModelInfo info;
  std::string folder;        ///< as the caller named it
  std::string text_encoder;  ///< as the caller named it, if not the model's own
};

}  // namespace imagine
