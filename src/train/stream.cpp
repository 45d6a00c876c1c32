#include "train/stream.h"

#include <algorithm>
#include <cmath>

#include <torch/utils.h>

#include "core/check.h"
#include "core/permutation.h"
#include "core/range.h"
#include "io/image_file.h"
#include "train/cutting.h"
#include "train/text_rows.h"

namespace imagine::train {
namespace {

constexpr int64_t kHeldOutOf = 512;
constexpr int kMostTries = 100;
constexpr int64_t kSortedTogether = 16;  // batches whose samples are sorted by their aspect
constexpr std::size_t kSortingsKept = 4;

/// Why a sample cannot be used.
struct Unusable {
  std::string reason;
};

void use_if(bool usable, const char* reason) {
  if (!usable) throw Unusable{reason};
}

/// Multiples of kHeldOutOf below `count`.
int64_t held_out_below(int64_t count) { return (count + kHeldOutOf - 1) / kHeldOutOf; }

}  // namespace

void StreamConfig::validate() const {
  check<ConfigError>(crop == "random" || crop == "center",
                     "stream.crop: expected random or center, got \"", crop, "\"");
  check<ConfigError>(!caption.empty(), "stream.caption: expected a key, got none");
  for (const auto& aspect : aspects) {
    check<ConfigError>(parse_ratio(aspect).has_value(), "stream.aspects: ", kRatioExpected,
                       ", got \"", aspect, '"');
  }
  check_range("stream.min_side", min_side, 0, 1 << 16);
  check_range("stream.min_caption", min_caption, 1, 1 << 20);
  check_range("stream.max_caption", max_caption, min_caption, 1 << 20);
  check_range("stream.window", window, 1, 1 << 20);
}

Stream::Stream(const StreamConfig& config, int64_t side, Split split, const data::WebIndex& index,
               const text::TextEncoder& encoder)
    : config_(config), side_(side), split_(split), index_(index), encoder_(encoder), before_{0} {
  for (const auto& aspect : config.aspects) ratios_.push_back(parse_ratio(aspect).value());
  for (int64_t shard = 0; shard < index.shards(); ++shard) {
    before_.push_back(before_.back() + index.count(shard));
    count_ += count_of(shard);
  }
  check<InputError>(count_ > 0, "stream: shards: expected at least 2 samples, got ",
                    before_.back());
}

void Stream::check_phase(const Phase& phase) const {
  check<ConfigError>(phase.weights.empty() && phase.kept.empty(),
                     "phases: weights, kept: expected none, a stream has no domains");
}

std::map<std::string, int64_t> Stream::skipped() const {
  const std::lock_guard lock(mutex_);
  return skipped_;
}

/// Samples of the shard that are in the split.
int64_t Stream::count_of(int64_t shard) const {
  const auto begin = before_[std::size_t(shard)], end = before_[std::size_t(shard) + 1];
  const auto held_out = held_out_below(end) - held_out_below(begin);
  return split_ == Split::held_out ? held_out : end - begin - held_out;
}

/// Sample `number` of the split in its shard: which of the shard's samples it is.
int64_t Stream::sample_of(int64_t shard, int64_t number) const {
  const auto begin = before_[std::size_t(shard)];
  const auto first = held_out_below(begin) * kHeldOutOf - begin;  // that is held out
  if (split_ == Split::held_out) return first + number * kHeldOutOf;
  return number < first ? number : number + 1 + (number - first) / (kHeldOutOf - 1);
}

std::shared_ptr<const Stream::Epoch> Stream::epoch(std::uint64_t seed) const {
  const std::lock_guard lock(mutex_);
  if (epoch_ && epoch_->seed == seed) return epoch_;
  Epoch epoch{.seed = seed, .shards = {}, .firsts = {0}};
  const Permutation order(std::uint64_t(index_.shards()), seed);
  for (int64_t i = 0; i < index_.shards(); ++i) {
    epoch.shards.push_back(int64_t(order(std::uint64_t(i))));
    epoch.firsts.push_back(epoch.firsts.back() + count_of(epoch.shards.back()));
  }
  epoch_ = std::make_shared<Epoch>(std::move(epoch));
  return epoch_;
}

Stream::Place Stream::place(int64_t view, std::uint64_t seed) const {
  const auto epoch = this->epoch(Random(seed, concat("epoch ", view / count_)).bits());
  const auto& firsts = epoch->firsts;
  const auto shard_at = [&](int64_t position) {
    return std::ranges::upper_bound(firsts, position) - firsts.begin() - 1;
  };
  // Shuffled among the samples of its window of shards.
  const auto window = shard_at(view % count_) / config_.window;
  const auto begin = firsts[std::size_t(window * config_.window)];
  const auto last = std::min(index_.shards(), (window + 1) * config_.window);
  const Permutation order(std::uint64_t(firsts[std::size_t(last)] - begin),
                          epoch->seed + std::uint64_t(window));
  const auto position = begin + int64_t(order(std::uint64_t(view % count_ - begin)));
  const auto at = std::size_t(shard_at(position));
  return {.shard = epoch->shards[at],
          .sample = sample_of(epoch->shards[at], position - firsts[at])};
}

Stream::Example Stream::example(Place place, Extent extent, Random& random) const {
  const auto where = index_.name(place.shard, place.sample);
  auto members = index_.read(place.shard, place.sample);
  const auto captions = data::captions_of(members, config_.caption, where);
  const auto number = std::size_t(random.below(int(captions.size())));
  const auto& caption = captions[number];
  use_if(int64_t(caption.size()) >= config_.min_caption, "captions too short");
  use_if(int64_t(caption.size()) <= config_.max_caption, "captions too long");
  const auto image = io::flatten(io::decode_image(data::picture_of(members, where), where));
  const double along = config_.crop == "random" ? random.uniform() : 0.5;
  const auto box = largest_box(image, extent, along);
  use_if(config_.min_side > 0 ? std::min(image.width, image.height) >= config_.min_side
                              : box.width >= extent.width && box.height >= extent.height,
         "pictures too small");
  return {.image = shrunk(cut_out(image, box), extent),
          .cut = cut_off(image, box),
          .caption = caption,
          .states = states_in_shard(members, number, captions.size(), where)};
}

/// Of caption `caption` of `captions`, where `imagine dataset encode` left them.
Tensor Stream::states_in_shard(std::map<std::string, io::Bytes>& members, std::size_t caption,
                               std::size_t captions, const std::string& where) const {
  const auto found = members.find(TextMember::kName);
  if (found == members.end()) return {};
  const auto member = TextMember::parse(std::move(found->second), where);
  check<ConfigError>(member.encoder == encoder_identity(), where, ": expected states of ",
                     encoder_identity(), ", which text_encoder names, got ", member.encoder,
                     "; `imagine dataset encode` makes them anew");
  check<FormatError>(member.rows.size() == captions, where, ": expected states of ", captions,
                     " captions, got ", member.rows.size());
  const auto& states = member.rows[caption];
  check<FormatError>(states.size(1) == encoder_.width(), where, ": expected states of width ",
                     encoder_.width(), ", got ", states.size(1));
  return states.clone();
}

const std::string& Stream::encoder_identity() const {
  std::call_once(identified_, [this] { encoder_identity_ = encoder_.identity(); });
  return encoder_identity_;
}

/// The sample of this view, or another where it cannot be used.
Stream::Example Stream::usable_example(int64_t view, Extent extent, std::uint64_t seed) const {
  Random random(seed, concat("view ", view));
  std::string reason;
  for (int tried = 0; tried < kMostTries; ++tried) {
    try {
      return example(place(view, seed), extent, random);
    } catch (const Unusable& unusable) {
      reason = unusable.reason;
      note_skipped(reason);
    } catch (const FormatError& error) {
      reason = error.what();
      note_skipped("broken");
    }
    view = int64_t(random.uniform() * double(count_));
  }
  throw FormatError(
      concat("stream: ", kMostTries, " samples in a row could not be used, the last: ", reason));
}

void Stream::note_skipped(const std::string& reason) const {
  const std::lock_guard lock(mutex_);
  ++skipped_[reason];
}

/// The aspect of the view's picture among those of the config; the first where it has none.
double Stream::nearest_ratio(int64_t view, std::uint64_t seed) const {
  const auto at = place(view, seed);
  const auto where = index_.name(at.shard, at.sample);
  try {
    const auto members = index_.read(at.shard, at.sample);
    const auto extent = io::image_extent(data::picture_of(members, where), where);
    const double own = double(extent.width) / double(extent.height);
    return *std::ranges::min_element(ratios_, {},
                                     [&](double ratio) { return std::abs(std::log(ratio / own)); });
  } catch (const FormatError&) {
    return ratios_.front();  // another takes its place, cut to that shape
  }
}

/// Of kSortedTogether batches from view `first` on. What stands between two shapes in a batch is
/// cut to the shape of its middle.
std::shared_ptr<const Stream::Sorting> Stream::sorting(int64_t first, int64_t batch,
                                                       std::uint64_t seed) const {
  const std::lock_guard lock(sorting_mutex_);
  auto& kept = sortings_[first];
  if (kept && kept->seed == seed && std::ssize(kept->views) == kSortedTogether * batch) {
    return kept;
  }
  std::vector<std::pair<double, int64_t>> sorted;
  for (auto view = first; view < first + kSortedTogether * batch; ++view) {
    sorted.emplace_back(nearest_ratio(view, seed), view);
  }
  std::ranges::sort(sorted);
  Sorting sorting{.seed = seed, .views = {}, .ratios = {}};
  for (const auto& [ratio, view] : sorted) sorting.views.push_back(view);
  for (int64_t i = 0; i < kSortedTogether; ++i) {
    sorting.ratios.push_back(sorted[std::size_t(i * batch + batch / 2)].first);
  }
  const auto made = kept = std::make_shared<const Sorting>(std::move(sorting));
  while (sortings_.size() > kSortingsKept) {
    sortings_.erase(sortings_.begin()->first == first ? std::prev(sortings_.end())
                                                      : sortings_.begin());
  }
  return made;
}

Stream::Showing Stream::showing(const Phase& phase, BatchKey key, Rows rows,
                                std::uint64_t seed) const {
  Showing showing{.views = {}, .extent = {.width = side_, .height = side_}};
  if (ratios_.empty()) {
    for (auto i = rows.begin; i < rows.begin + rows.count; ++i) {
      showing.views.push_back(key.views + i);
    }
    return showing;
  }
  const auto number = key.views / rows.total, group = number / kSortedTogether;
  const auto sorting = this->sorting(group * kSortedTogether * rows.total, rows.total, seed);
  const Permutation order(std::uint64_t(kSortedTogether), seed + std::uint64_t(group));
  const auto batch = int64_t(order(std::uint64_t(number % kSortedTogether)));
  const auto begin = sorting->views.begin() + batch * rows.total + rows.begin;
  showing.views.assign(begin, begin + rows.count);
  showing.extent = extent_of_ratio(sorting->ratios[std::size_t(batch)], phase.resolution);
  return showing;
}

Drawn Stream::draw(const Phase& phase, BatchKey key, Rows rows, std::uint64_t seed) const {
  torch::NoGradGuard no_grad;
  std::vector<Image> images;
  std::vector<Tensor> cuts, states;
  std::vector<std::string> unread;  // captions whose states are not in the shards
  const auto shown = showing(phase, key, rows, seed);
  for (const auto view : shown.views) {
    auto example = usable_example(view, shown.extent, seed);
    images.push_back(std::move(example.image));
    cuts.push_back(example.cut);
    states.push_back(example.states);
    if (!example.states.defined()) unread.push_back(std::move(example.caption));
  }
  const auto encoded = encode_rows(unread, encoder_, [](auto, auto) { return true; });
  auto read = encoded.begin();
  for (auto& row : states) {
    if (!row.defined()) row = *read++;
  }
  return {.images = std::move(images),
          .fitted = !ratios_.empty(),
          .text = padded(states),
          .cut = torch::stack(cuts)};
}

}  // namespace imagine::train
