/// manifest.json: what a folder of shards holds the pictures of, so that nobody mixes others in.
#pragma once

#include <string>

#include "bulk/assignment.h"
#include "core/fields.h"

namespace imagine::bulk {

/// With what is drawn, as far as pictures depend on it.
struct Painting {
  std::string model;        ///< its name
  std::string fingerprint;  ///< of all its files, and of what is added to it
  std::string dtype;        ///< of the computation: bf16, fp32 or int8
  std::string device;       ///< cpu or cuda
};

/// All that decides what stands in the shards, and nothing of who draws them.
Json manifest_of(const Assignment& assignment, const Painting& painting);

/// Makes the folder where there is none, and writes the manifest where there is none. Of processes
/// that begin at once one writes it, and all others read what that one asked for. InputError where
/// the folder is of another assignment: it names the first thing that differs.
void settle_manifest(const io::fs::path& folder, const Json& asked);

}  // namespace imagine::bulk
