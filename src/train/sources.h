/// The pictures of a run: those that are trained on, and those that are not.
#pragma once

#include <functional>
#include <memory>

#include "data/web_shard.h"
#include "text/text_encoder.h"
#include "train/source.h"

namespace imagine::train {

struct Sources {
  std::unique_ptr<data::WebIndex> index;  // of a stream
  std::unique_ptr<Source> training, held_out;
};

/// "encoding captions", done, all: answers whether to go on.
using OnPreparing = std::function<bool(const char* what, int64_t done, int64_t all)>;

/// `encoder` must outlive them. Leaves files beside the shards or in the run's folder that make the
/// next time faster. InputError, ConfigError and FormatError name the shard or the field;
/// Interrupted.
Sources open_sources(const TrainConfig& config, const text::TextEncoder& encoder,
                     const OnPreparing& on_preparing);

}  // namespace imagine::train
