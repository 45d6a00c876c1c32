/// Anybody's pictures, read from their shards as they are shown.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <set>

#include "core/extent.h"
#include "core/random.h"
#include "data/web_shard.h"
#include "text/text_encoder.h"
#include "train/held_out.h"
#include "train/source.h"
#include "train/stream_config.h"

namespace imagine::train {

/// See HeldOut.
enum class Split { train, held_out };

/// Each sample once before any is shown again, in an order that is computed and not stored: shards
/// in a new order each time, and the samples of some shards at a time shuffled. A sample that is
/// broken, too small or said in too few words is replaced by another and counted. Where the config
/// names aspects the samples of some batches at a time are sorted by theirs, so that a batch has
/// pictures of one shape and little of them is cut off.
class Stream : public Source {
 public:
  /// `index` and `encoder` must outlive it. Pictures are shrunk to squares of `side` pixels, or
  /// with aspects to about as many pixels as the phase's resolution has. InputError for less than
  /// two samples, FormatError where less than two of up to 512 can be used.
  Stream(const StreamConfig& config, int64_t side, Split split, const data::WebIndex& index,
         const text::TextEncoder& encoder);

  Drawn draw(const Phase& phase, BatchKey key, Rows rows, std::uint64_t seed) const override;
  void check_phase(const Phase& phase) const override;
  data::SkippedSamples skipped() const override;

  /// Samples of the split.
  int64_t count() const { return count_; }

 private:
  struct Place {
    int64_t shard, sample;
  };
  /// Where the shards of one time through all samples begin.
  struct Epoch {
    std::uint64_t seed;
    std::vector<int64_t> shards;  // in their order
    std::vector<int64_t> firsts;  // samples before each of them, and all
  };
  /// The views of some batches, sorted: each batch's share of them, and its width to height.
  struct Sorting {
    std::uint64_t seed;
    std::vector<int64_t> views;
    std::vector<double> ratios;
  };
  /// Views of a batch, and how large they are shown.
  struct Showing {
    std::vector<int64_t> views;
    Extent extent;
  };
  struct Read {
    std::string where;
    data::WebSample sample;
    std::vector<std::string> captions;
  };
  struct Example {
    Image image;
    Tensor cut;  // [4], see Drawn
    std::string caption;
    Tensor states;  // [T, D] of the caption; undefined where the shard has none
  };

  int64_t count_of(int64_t shard) const;
  int64_t sample_of(int64_t shard, int64_t number) const;
  std::shared_ptr<const Epoch> epoch(std::uint64_t seed) const;
  Place place(int64_t view, std::uint64_t seed) const;
  Showing showing(const Phase& phase, BatchKey key, Rows rows, std::uint64_t seed) const;
  std::shared_ptr<const Sorting> sorting(int64_t first, int64_t batch, std::uint64_t seed) const;
  double nearest(int64_t width, int64_t height) const;
  double nearest_ratio(int64_t view, std::uint64_t seed) const;
  Example usable_example(int64_t view, Extent extent, std::uint64_t seed) const;
  Example example(Place place, Extent extent, Random& random) const;
  std::string fault_of(int64_t sample) const;
  Place place_of(int64_t sample) const;
  Read read(Place place) const;
  void check_caption(const Read& read, const std::string& caption) const;
  void check_size(const Read& read, const Image& image, Extent extent) const;
  std::vector<Tensor> states_in_shard(Read& read) const;
  const std::string& encoder_identity() const;

  StreamConfig config_;
  int64_t side_;
  std::vector<double> ratios_;  // of config_.aspects
  Split split_;
  const data::WebIndex& index_;
  const text::TextEncoder& encoder_;
  std::vector<int64_t> before_;  // samples of the shards before each, and of all
  int64_t count_ = 0;
  std::optional<HeldOut> held_out_;
  mutable std::once_flag identified_;
  mutable std::string encoder_identity_;
  mutable std::mutex sorting_mutex_;  // of the sortings in use, by their first view
  mutable std::map<int64_t, std::shared_ptr<const Sorting>> sortings_;
  mutable std::mutex mutex_;  // of what follows
  mutable std::shared_ptr<const Epoch> epoch_;
  mutable data::SkippedSamples skipped_;
  mutable std::set<std::pair<int64_t, int64_t>> unusable_;  // those, by shard and sample
};

}  // namespace imagine::train
