/// Which shards a dataset has.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/objects.h"

namespace imagine::data {

/// The parts of a dataset; each has shards of its own, so that training can begin with one.
inline constexpr std::string_view kParts[] = {"objects", "scenes"};
/// Both parts for training what judges pictures, never shown to what draws; scenes of every
/// combination.
inline constexpr std::string_view kJudgePart = "judge";

enum class Split { train, held_out, judge, judge_check };
/// What the names of its files begin with: "train", "heldout", "judge", "judgecheck".
std::string_view name_of(Split split);

struct DatasetOptions {
  int rows = 40000;
  std::int64_t seed = 1;
  std::vector<int> sizes = {64, 256};
  double scenes = 12000;
  ObjectMixture objects{};
  int grounds = 200;
  int rows_per_shard = 1000;
  bool labels = false;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("rows", self.rows,
          "pictures of each size in training, over all parts; 1024: a twentieth");
    field("seed", self.seed, "the same seed gives the same bytes");
    field("sizes", self.sizes, "pixels along each side: 64, 256, 1024");
    field("scenes", self.scenes, "share of ray-traced scenes");
    field("objects", self.objects, "shares of pictures made of cut-outs");
    field("grounds", self.grounds,
          "number of ray-traced backgrounds (grass, sand ...) that cut-outs stand on");
    field("rows_per_shard", self.rows_per_shard, "pictures in a shard");
    field("labels", self.labels,
          "whether a picture beside each says whose every pixel is and how near");
  }
};

/// ConfigError names the field that is out of its range.
void validate(const DatasetOptions& options);

struct ShardPlan {
  std::string file{};  ///< "train-64-objects-00000.tar", "heldout-64-objects-00000.tar"
  std::string part{};
  int size = 64;
  Split split = Split::train;
  int first = 0;  ///< row number of its first sample
  int rows = 0;
};

/// Training shards of each part and size, each followed by the held-out ones: a fortieth, at least
/// 16 rows. The part "judge" has `options.rows` of scenes and of objects, and a tenth for checking.
/// InputError for a part that does not exist.
std::vector<ShardPlan> plan_shards(const DatasetOptions& options,
                                   const std::vector<std::string>& parts);

}  // namespace imagine::data
