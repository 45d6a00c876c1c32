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

constexpr int kMostTries = 100;
constexpr int64_t kSortedTogether = 16;  // batches whose samples are sorted by their aspect
constexpr std::size_t kSortingsKept = 4;

int64_t ceil_div(int64_t number, int64_t by) { return (number + by - 1) / by; }

Image picture_in(const data::WebSample& sample, const std::string& where) {
  const auto& bytes = data::picture_of(sample, where);
  return data::with_fault(data::Fault::broken_picture,
                          [&] { return io::flatten(io::decode_image(bytes, where)); });
}

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
  }
  check<InputError>(before_.back() >= 2, "stream: shards: expected at least 2 samples, got ",
                    before_.back());
  held_out_.emplace(before_.back(), [this](int64_t sample) { return fault_of(sample); });
  for (int64_t shard = 0; shard < index.shards(); ++shard) count_ += count_of(shard);
}

void Stream::check_phase(const Phase& phase) const {
  check<ConfigError>(phase.weights.empty() && phase.kept.empty(),
                     "phases: weights, kept: expected none, a stream has no domains");
}

data::SkippedSamples Stream::skipped() const {
  const std::lock_guard lock(mutex_);
  return skipped_;
}

/// Places of the shard that are in the split.
int64_t Stream::count_of(int64_t shard) const {
  const auto begin = before_[std::size_t(shard)], end = before_[std::size_t(shard) + 1];
  const auto part = held_out_->part_size();
  const auto held_out = ceil_div(end, part) - ceil_div(begin, part);
  return split_ == Split::held_out ? held_out : end - begin - held_out;
}

/// Place `number` of the split in its shard: which of all samples is there.
int64_t Stream::sample_of(int64_t shard, int64_t number) const {
  const auto begin = before_[std::size_t(shard)];
  const auto part = held_out_->part_size();
  const auto first = ceil_div(begin, part) * part - begin;  // that begins a part
  if (split_ == Split::held_out) return held_out_->at(begin + first + number * part);
  const auto passed = number < first ? 0 : 1 + (number - first) / (part - 1);
  return held_out_->at(begin + number + passed);
}

Stream::Place Stream::place_of(int64_t sample) const {
  const auto shard = std::ranges::upper_bound(before_, sample) - before_.begin() - 1;
  return {.shard = shard, .sample = sample - before_[std::size_t(shard)]};
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
  return place_of(sample_of(epoch->shards[at], position - firsts[at]));
}

Stream::Read Stream::read(Place place) const {
  Read read{.where = {}, .sample = index_.read(place.shard, place.sample), .captions = {}};
  read.where = concat(index_.name(place.shard), ": ", read.sample.stem);
  read.captions = data::captions_of(read.sample, config_.caption, read.where);
  return read;
}

void Stream::check_caption(const Read& read, const std::string& caption) const {
  const auto size = int64_t(caption.size());
  data::check_usable(size >= config_.min_caption, data::Fault::caption_too_short, read.where,
                     ": expected a caption of at least ", config_.min_caption, " bytes, got ",
                     size);
  data::check_usable(size <= config_.max_caption, data::Fault::caption_too_long, read.where,
                     ": expected a caption of at most ", config_.max_caption, " bytes, got ", size);
}

/// Of a picture that is shown in `extent`.
void Stream::check_size(const Read& read, const Image& image, Extent extent) const {
  if (config_.min_side > 0) {
    data::check_usable(std::min(image.width, image.height) >= config_.min_side,
                       data::Fault::picture_too_small, read.where,
                       ": expected a shorter side of at least ", config_.min_side, ", got ",
                       image.width, 'x', image.height);
    return;
  }
  const auto box = largest_box(image, extent, 0.5);
  data::check_usable(box.width >= extent.width && box.height >= extent.height,
                     data::Fault::picture_too_small, read.where, ": expected at least ",
                     extent.width, 'x', extent.height, ", got ", image.width, 'x', image.height);
}

Stream::Example Stream::example(Place place, Extent extent, Random& random) const {
  auto read = this->read(place);
  const auto number = std::size_t(random.below(int(read.captions.size())));
  check_caption(read, read.captions[number]);
  const auto image = picture_in(read.sample, read.where);
  const auto box = largest_box(image, extent, config_.crop == "random" ? random.uniform() : 0.5);
  check_size(read, image, extent);
  const auto states = states_in_shard(read);
  return {.image = shrunk(cut_out(image, box), extent),
          .cut = cut_off(image, box),
          .caption = read.captions[number],
          .states = states.empty() ? Tensor() : states[number].clone()};
}

/// Why a sample cannot be used, whatever view shows it; empty if it can.
std::string Stream::fault_of(int64_t sample) const {
  try {
    auto read = this->read(place_of(sample));
    const bool has_caption = std::ranges::any_of(read.captions, [&](const auto& caption) {
      return int64_t(caption.size()) >= config_.min_caption &&
             int64_t(caption.size()) <= config_.max_caption;
    });
    if (!has_caption) check_caption(read, read.captions.front());
    const auto image = picture_in(read.sample, read.where);
    const auto ratio = ratios_.empty() ? 1 : nearest(image.width, image.height);
    check_size(read, image, extent_of_ratio(ratio, side_));
    states_in_shard(read);
  } catch (const data::UnusableSample& unusable) {
    return unusable.what();
  }
  return {};
}

/// Of all its captions, where `imagine dataset encode` left them; else none.
std::vector<Tensor> Stream::states_in_shard(Read& read) const {
  const auto found = read.sample.members.find(TextMember::kName);
  if (found == read.sample.members.end()) return {};
  auto member = data::with_fault(data::Fault::broken_states, [&] {
    return TextMember::parse(std::move(found->second), read.where);
  });
  check<ConfigError>(member.encoder == encoder_identity(), read.where, ": expected states of ",
                     encoder_identity(), ", which text_encoder names, got ", member.encoder,
                     "; `imagine dataset encode` makes them anew");
  data::check_usable(member.rows.size() == read.captions.size(), data::Fault::broken_states,
                     read.where, ": expected states of ", read.captions.size(), " captions, got ",
                     member.rows.size());
  for (const auto& states : member.rows) {
    data::check_usable(states.size(1) == encoder_.width(), data::Fault::broken_states, read.where,
                       ": expected states of width ", encoder_.width(), ", got ", states.size(1));
  }
  return std::move(member.rows);
}

const std::string& Stream::encoder_identity() const {
  std::call_once(identified_, [this] { encoder_identity_ = encoder_.identity(); });
  return encoder_identity_;
}

/// The sample of this view, or another where it cannot be used.
Stream::Example Stream::usable_example(int64_t view, Extent extent, std::uint64_t seed) const {
  Random random(seed, concat("view ", view));
  std::string last;
  for (int tried = 0; tried < kMostTries; ++tried) {
    const auto at = place(view, seed);
    try {
      return example(at, extent, random);
    } catch (const data::UnusableSample& unusable) {
      last = unusable.what();
      const std::lock_guard lock(mutex_);
      const bool is_new = unusable_.emplace(at.shard, at.sample).second;
      if (is_new) note(skipped_, unusable);
    }
    view = int64_t(random.uniform() * double(count_));
  }
  throw FormatError(
      concat("stream: ", kMostTries, " samples in a row could not be used, the last: ", last,
             "; members of a sample follow each other, as `tar --sort=name` packs them"));
}

/// Of the config's aspects that of a picture of this size.
double Stream::nearest(int64_t width, int64_t height) const {
  const double own = double(width) / double(height);
  return *std::ranges::min_element(ratios_, {},
                                   [&](double ratio) { return std::abs(std::log(ratio / own)); });
}

/// The aspect of the view's picture among those of the config; the first where it has none.
double Stream::nearest_ratio(int64_t view, std::uint64_t seed) const {
  const auto at = place(view, seed);
  try {
    const auto sample = index_.read(at.shard, at.sample);
    const auto& where = index_.name(at.shard);
    const auto extent = io::image_extent(data::picture_of(sample, where), where);
    return nearest(extent.width, extent.height);
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
