/// A run that goes on from the network of a whole model that draws from noise.
#pragma once

#include "models/imagine/model_file.h"
#include "train/config.h"

namespace imagine::train {

/// Starts from the weights of the only base of `model`, which lies in `folder`, or from those of
/// its quick network, with its text encoder and pictures of its size; what it learns, and where
/// from, is left to the caller. ConfigError for a model with other than one base.
TrainConfig training_of_base(const io::fs::path& folder, const models::ModelFile& model,
                             bool quick = false);

/// Starts from the network of a MiniT2I, with its text encoder, pictures of its size and noise as
/// its authors train it (upstream's lora/train_lora.py); the rest is left to the caller.
TrainConfig training_of_minit2i(const io::fs::path& folder);

/// Copies a text encoder's folder to `to`, and the tokenizer that a T5 may have in a folder beside
/// it. ResourceError.
void copy_text_encoder(const io::fs::path& encoder, const io::fs::path& to);

}  // namespace imagine::train
