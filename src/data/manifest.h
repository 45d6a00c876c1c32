/// manifest.json: how a dataset was made and what is in it, and what training must never see.
#pragma once

#include <vector>

#include "data/shard_plan.h"
#include "io/file.h"

namespace imagine::data {

/// Before the first shard: ConfigError where `out` holds a dataset of other options.
void begin_manifest(const io::fs::path& out, const DatasetOptions& options);

/// The held-out nouns and the exclusions, as far as they follow from the packages.
void write_object_lists(const io::fs::path& out, const std::vector<Cutout>& cutouts);

/// The shards that are there, with their rows by domain and language and a hash of their bytes
/// (64-bit FNV-1a), added to the rest. `complete`: whether all shards of the options are there.
void finish_manifest(const io::fs::path& out, const DatasetOptions& options);

}  // namespace imagine::data
