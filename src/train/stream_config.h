/// Which of anybody's pictures are trained on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace imagine::train {

/// None where `shards` is empty.
struct StreamConfig {
  std::vector<std::string> shards = {};
  std::string caption = "caption";
  std::string crop = "random";
  std::vector<std::string> aspects = {};
  std::int64_t min_side = 0;
  std::int64_t min_caption = 1;
  std::int64_t max_caption = 2000;
  std::int64_t window = 32;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field(
        "shards", self.shards,
        "WebDataset tars to read instead of shards: files, folders, or lists of both; with braces "
        "and wildcards");
    field("caption", self.caption, "the JSON's key of the caption, where there is no .txt");
    field("crop", self.crop, "which part of a picture is seen: random or center");
    field("aspects", self.aspects,
          "widths to heights of the batches, \"3:2\", each of pictures nearest to it; empty: "
          "squares");
    field("min_side", self.min_side,
          "pictures with a shorter side, in pixels, are skipped; 0: smaller than shown");
    field("min_caption", self.min_caption, "captions with fewer bytes are skipped");
    field("max_caption", self.max_caption, "captions with more bytes are skipped");
    field("window", self.window, "shards whose samples are shuffled together");
  }

  /// ConfigError naming the field.
  void validate() const;
};

}  // namespace imagine::train
