/// Builds the training data: packages -> tar shards with captions, and a manifest.
///
/// Same options, same packages: same bytes. Every shard has random streams of its own and appears
/// only when it is whole, so a build that was stopped goes on with the shards that are missing.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "data/shard_plan.h"
#include "io/file.h"

namespace imagine::data {

struct BuildFolders {
  io::fs::path packages;
  io::fs::path out;
};

struct BuildProgress {
  std::string stage;  ///< "reading packages", "ray-tracing grounds", "train-64-objects-00007.tar"
  int done = 0;       ///< rows of the missing shards
  int total = 0;
};

/// Asked often, from several threads but one at a time; false stops the build.
using OnBuildProgress = std::function<bool(const BuildProgress&)>;

/// Writes the missing shards of `parts`, then out/manifest.json. InputError where another process
/// writes to `out`, ConfigError where it holds a dataset of other options; Interrupted where
/// `progress` said no, all finished shards kept.
void build_dataset(const BuildFolders& folders, const DatasetOptions& options,
                   const std::vector<std::string>& parts, const OnBuildProgress& progress);

}  // namespace imagine::data
