/// Many pictures that are asked for at once, and how they are divided: into shards, and not among
/// processes, so that any number of these makes the same files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "imagine/image_file.h"
#include "imagine/model.h"
#include "imagine/request.h"
#include "io/prompt_file.h"

namespace imagine::bulk {

struct Assignment {
  io::fs::path file = {};  ///< of the prompts, for errors
  std::vector<io::ListedPrompt> prompts = {};
  Request request = {};  ///< of each prompt but its text and seed: `count` pictures of each
  ImageFormat format = ImageFormat::png;
  std::int64_t per_shard = 256;  ///< prompts

  std::int64_t pictures() const { return std::int64_t(prompts.size()) * request.count; }
  std::int64_t shards() const { return (std::int64_t(prompts.size()) + per_shard - 1) / per_shard; }
};

/// What stands in one shard.
struct ShardRange {
  std::int64_t begin = 0, end = 0;  ///< of the prompts
};

ShardRange range_of(const Assignment& assignment, std::int64_t shard);

/// Of one prompt, from 0: prompt i begins with seed + i * count, so that no two pictures of the
/// assignment have the same noise.
Request request_for(const Assignment& assignment, std::int64_t prompt);

/// InputError, which names the file and the line, for the first prompt that the model cannot draw,
/// before anything is drawn; for less than one prompt a shard.
void check_assignment(const Assignment& assignment, const Model& model);

}  // namespace imagine::bulk
