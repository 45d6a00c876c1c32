/// Puts the text encoder's states into anybody's shards: `imagine dataset encode`.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "data/skipped.h"
#include "io/file.h"

namespace imagine::train {

struct EncodeOptions {
  std::vector<std::string> shards = {};
  std::string out = {};
  std::string text_encoder = {};
  std::string reading = "plain";
  std::string caption = "caption";
  std::string device = "cpu";

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("shards", self.shards,
          "WebDataset tars: files, folders, or lists of both; with braces and wildcards");
    field("out", self.out, "folder of the new shards, which bear the names of the old");
    field("text_encoder", self.text_encoder, "folder of the frozen text encoder");
    field("reading", self.reading,
          "how captions are tokenised: plain, or deepfloyd_if: lower case, 77 tokens");
    field("caption", self.caption, "the JSON's key of the caption, where there is no .txt");
    field("device", self.device, "cpu or cuda");
  }
};

struct EncodeProgress {
  std::int64_t shard = 0, shards = 0;  ///< shards that are done, and all
  std::int64_t captions = 0;           ///< encoded so far
  data::SkippedSamples without =
      {};  ///< samples without a caption, or broken ones, which are left out
};

/// Answers whether to go on.
using OnEncoded = std::function<bool(const EncodeProgress&)>;

/// Copies each shard with a member more in every sample, which `imagine train` reads instead of
/// encoding the captions (TextMember). A sample without usable captions is copied as it is and
/// counted. Shards that are there already are kept, unless what they were made of has changed
/// (OUT's encoded.json tells), so the same command goes on; memory does not grow with the shards.
/// InputError for another reading, where two shards share a name or lie in `out`, where a file is
/// there that has no states, or another process writes there, ConfigError where one that is there
/// was made by another encoder, FormatError for a broken one; Interrupted.
EncodeProgress encode_shards(const EncodeOptions& options, const OnEncoded& on_progress);

}  // namespace imagine::train
