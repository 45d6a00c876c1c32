#include "train/stream.h"

#include <algorithm>

#include <torch/utils.h>

#include "core/check.h"
#include "core/permutation.h"
#include "core/range.h"
#include "data/resample.h"
#include "io/image_file.h"
#include "train/text_rows.h"

namespace imagine::train {
namespace {

constexpr int64_t kHeldOutOf = 512;
constexpr int kMostTries = 100;

/// Why a sample cannot be used.
struct Unusable {
  std::string reason;
};

void use_if(bool usable, const char* reason) {
  if (!usable) throw Unusable{reason};
}

/// Multiples of kHeldOutOf below `count`.
int64_t held_out_below(int64_t count) { return (count + kHeldOutOf - 1) / kHeldOutOf; }

/// A square of the picture's shorter side.
struct Square {
  int side, left, top;
};

/// `along` (0 .. 1) puts it on the longer side.
Square square_in(const Image& image, double along) {
  const int side = std::min(image.width, image.height);
  return {.side = side,
          .left = int(std::lround(along * (image.width - side))),
          .top = int(std::lround(along * (image.height - side)))};
}

/// What lies around it, in its sides: left, above, right, below. [4]
Tensor cut_off(const Image& image, const Square& square) {
  const auto right = image.width - square.side - square.left;
  const auto below = image.height - square.side - square.top;
  return torch::tensor({square.left, square.top, right, below}, torch::kFloat) / square.side;
}

Image cut_out(const Image& image, const Square& square) {
  Image cut{.width = square.side, .height = square.side, .rgb = {}};
  cut.rgb.reserve(std::size_t(square.side) * std::size_t(square.side) * 3);
  for (int y = square.top; y < square.top + square.side; ++y) {
    const auto* row = image.at(square.left, y);
    cut.rgb.insert(cut.rgb.end(), row, row + square.side * 3);
  }
  return cut;
}

/// A square whose pixels are the means of blocks of `factor` by `factor`; what is left over at the
/// right and below is dropped.
Image averaged(const Image& image, int factor) {
  const int side = image.width / factor;
  Image small{.width = side, .height = side, .rgb = {}};
  small.rgb.reserve(std::size_t(side) * std::size_t(side) * 3);
  std::vector<unsigned> sums(std::size_t(side) * 3);
  const auto count = unsigned(factor * factor);
  for (int y = 0; y < side; ++y) {
    std::ranges::fill(sums, 0U);
    for (int row = y * factor; row < (y + 1) * factor; ++row) {
      const auto* pixel = image.at(0, row);
      for (int x = 0; x < side * factor; ++x, pixel += 3) {
        auto* sum = &sums[std::size_t(x / factor) * 3];
        sum[0] += pixel[0], sum[1] += pixel[1], sum[2] += pixel[2];
      }
    }
    for (const auto sum : sums) small.rgb.push_back(std::uint8_t((sum + count / 2) / count));
  }
  return small;
}

/// By means of blocks as far as four times the side, which is faster, and by a better filter from
/// there.
Image resized(const Image& square, int side) {
  if (square.width == side) return square;
  const int factor = square.width / (4 * side);
  const auto image = factor > 1 ? averaged(square, factor) : square;
  return data::to_image(data::resize(data::to_picture(image), side, side));
}

}  // namespace

void StreamConfig::validate() const {
  check<ConfigError>(crop == "random" || crop == "center",
                     "stream.crop: expected random or center, got \"", crop, "\"");
  check<ConfigError>(!caption.empty(), "stream.caption: expected a key, got none");
  check_range("stream.min_side", min_side, 0, 1 << 16);
  check_range("stream.min_caption", min_caption, 1, 1 << 20);
  check_range("stream.max_caption", max_caption, min_caption, 1 << 20);
  check_range("stream.window", window, 1, 1 << 20);
}

Stream::Stream(const StreamConfig& config, int64_t side, Split split, const data::WebIndex& index,
               const text::TextEncoder& encoder)
    : config_(config), side_(side), split_(split), index_(index), encoder_(encoder), before_{0} {
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

Stream::Example Stream::example(Place place, Random& random) const {
  const auto where = index_.name(place.shard, place.sample);
  auto members = index_.read(place.shard, place.sample);
  const auto captions = data::captions_of(members, config_.caption, where);
  const auto number = std::size_t(random.below(int(captions.size())));
  const auto& caption = captions[number];
  use_if(int64_t(caption.size()) >= config_.min_caption, "captions too short");
  use_if(int64_t(caption.size()) <= config_.max_caption, "captions too long");
  const auto image = io::flatten(io::decode_image(data::picture_of(members, where), where));
  const auto least = config_.min_side > 0 ? config_.min_side : side_;
  use_if(std::min(image.width, image.height) >= least, "pictures too small");
  const double along = config_.crop == "random" ? random.uniform() : 0.5;
  const auto square = square_in(image, along);
  return {.image = resized(cut_out(image, square), int(side_)),
          .cut = cut_off(image, square),
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
  return member.rows[caption].clone();
}

const std::string& Stream::encoder_identity() const {
  std::call_once(identified_, [this] { encoder_identity_ = encoder_.identity(); });
  return encoder_identity_;
}

/// The sample of this view, or another where it cannot be used.
Stream::Example Stream::usable_example(int64_t view, std::uint64_t seed) const {
  Random random(seed, concat("view ", view));
  std::string reason;
  for (int tried = 0; tried < kMostTries; ++tried) {
    try {
      return example(place(view, seed), random);
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

Drawn Stream::draw(const Phase&, BatchKey key, Rows rows, std::uint64_t seed) const {
  torch::NoGradGuard no_grad;
  std::vector<Image> images;
  std::vector<Tensor> cuts, states;
  std::vector<std::string> unread;  // captions whose states are not in the shards
  for (auto i = rows.begin; i < rows.begin + rows.count; ++i) {
    auto example = usable_example(key.views + i, seed);
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
  return {.images = std::move(images), .text = padded(states), .cut = torch::stack(cuts)};
}

}  // namespace imagine::train
