#include "kernels/byte_attention.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

#define HWY_WANT_AVX3_DL
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/byte_attention.cpp"
#include <hwy/foreach_target.h>

#include "kernels/dot_inl.h"
#include "kernels/product_inl.h"

HWY_BEFORE_NAMESPACE();
namespace imagine::kernels::HWY_NAMESPACE {
namespace {

using Floats = hn::ScalableTag<float>;

constexpr std::size_t kQueries = 6;  // of a tile, whose sums stay in registers
constexpr std::size_t kVectors = 4;  // of keys or channels, beside them
constexpr std::size_t kBlock = 128;  // keys whose shares have one scale
constexpr std::size_t kMostLanes = 16;
constexpr std::size_t kQuad = 4;      // bytes that one sum takes at once
constexpr float kLargestShare = 255;  // of a byte

// Keys lie as [keys / lanes][dim / 4][lanes][4]; values as [keys / 4][dim][4], where the four are
// those of as many vectors of keys in the same lane: so shares need not change their lanes to
// become bytes.

/// The mean of each number over all keys.
template <class Number>
std::vector<float> mean_of(const Number* rows, std::size_t count, std::size_t dim) {
  std::vector<float> sum(dim);
  for (std::size_t row = 0; row < count; ++row) {
    for_lanes(dim, [&](auto d, std::size_t i) {
      const auto number = load(d, rows + row * dim + i);
      hn::StoreU(hn::Add(hn::LoadU(d, sum.data() + i), number), d, sum.data() + i);
    });
  }
  for (auto& number : sum) number /= static_cast<float>(count);
  return sum;
}

template <class Number>
void pack_keys(const HeadToPack<Number>& task) {
  const auto [count, dim] = std::pair(task.to.count, task.to.dim);
  const auto width = HeadBytes::padded_dim(dim), lanes = hn::Lanes(Whole());
  const auto mean = mean_of(task.key, count, dim);
  std::vector<float> kept(dim);
  std::vector<std::uint8_t> bytes(width, kZeroByte);
  for (std::size_t key = 0; key < HeadBytes::padded_keys(count); ++key) {
    if (key < count) {
      const Rows<float> row{.bytes = bytes.data(), .steps = task.to.key_steps + key};
      write_row(row, 0, dim, kept.data(), [&](auto d, std::size_t i) {
        return hn::Sub(load(d, task.key + key * dim + i), hn::LoadU(d, mean.data() + i));
      });
    } else {
      task.to.key_steps[key] = 0;
    }
    auto* to = task.to.keys + key / lanes * lanes * width + key % lanes * kQuad;
    for (std::size_t i = 0; i < width; i += kQuad) {
      std::memcpy(to + i * lanes, bytes.data() + i, kQuad);
    }
  }
}

/// A step for each channel, and what a number is multiplied by to be counted in them.
template <class Number>
void measure_values(const HeadToPack<Number>& task, std::vector<float>& inverse) {
  const auto dim = task.to.dim;
  std::fill_n(task.to.value_steps, HeadBytes::padded_dim(dim), 0.0F);
  for_lanes(dim, [&](auto d, std::size_t i) {
    auto most = bits_of_size(d, hn::Zero(d));
    for (std::size_t key = 0; key < task.to.count; ++key) {
      most = hn::Max(most, bits_of_size(d, load(d, task.value + key * dim + i)));
    }
    hn::StoreU(hn::Mul(hn::BitCast(d, most), hn::Set(d, 1.0F / 127)), d, task.to.value_steps + i);
  });
  for (std::size_t i = 0; i < dim; ++i) {
    const auto step = task.to.value_steps[i];
    inverse[i] = step > 0 ? 1 / step : 0;
  }
}

template <class Number>
void pack_values(const HeadToPack<Number>& task) {
  const auto [count, dim] = std::pair(task.to.count, task.to.dim);
  const auto width = HeadBytes::padded_dim(dim);
  std::vector<float> inverse(dim);
  measure_values(task, inverse);
  const auto lanes = hn::Lanes(Whole());
  for (std::size_t quad = 0; quad < HeadBytes::padded_keys(count) / kQuad; ++quad) {
    const auto first = quad / lanes * lanes * kQuad + quad % lanes;
    auto* to = task.to.values + quad * width * kQuad;
    std::memset(to, 0, width * kQuad);
    for_lanes(dim, [&](auto d, std::size_t i) {
      const hn::RebindToSigned<decltype(d)> whole;
      auto bytes = hn::Zero(whole);
      for (std::size_t j = kQuad; j-- > 0;) {
        bytes = hn::ShiftLeft<8>(bytes);
        const auto key = first + j * lanes;
        if (key >= count) continue;
        const auto number = load(d, task.value + key * dim + i);
        const auto steps = hn::NearestInt(hn::Mul(number, hn::LoadU(d, inverse.data() + i)));
        bytes = hn::Or(bytes, hn::And(steps, hn::Set(whole, 0xFF)));
      }
      std::int32_t quads[kMostLanes];  // NOLINT(modernize-avoid-c-arrays)
      hn::StoreU(bytes, whole, quads);
      std::memcpy(to + i * kQuad, quads, kQuad * hn::Lanes(d));
    });
  }
}

/// A key that is not a number makes every answer none, which a largest score might not show.
template <class Number>
void pack_head(const HeadToPack<Number>& task) {
  pack_keys(task);
  pack_values(task);
  float none = 0;
  for (std::size_t key = 0; key < task.to.count; ++key) none += 0 * task.to.key_steps[key];
  for (std::size_t i = 0; i < task.to.dim; ++i) task.to.value_steps[i] += none;
}

/// Some queries as bytes, and what is computed of them.
struct Tile {
  explicit Tile(std::size_t width)
      : row(width),
        kept(width),
        bytes(kQueries * width),
        scores(kQueries * kBlock),
        shares(kQueries * kBlock / kQuad),
        read(kQueries * width),
        width(width) {}

  /// Four bytes of a query from the number `at` on.
  std::int32_t quad(std::size_t query, std::size_t at) const {
    std::int32_t four;
    std::memcpy(&four, bytes.data() + query * width + at, kQuad);
    return four;
  }

  std::vector<std::uint8_t> row;     // [width], of a query, around kZeroByte
  std::vector<float> kept;           // [width]
  std::vector<std::int8_t> bytes;    // [kQueries, width]
  std::vector<float> scores;         // [kQueries, kBlock], in steps of the queries; see add_bias()
  std::vector<std::int32_t> shares;  // [kQueries, kBlock / kQuad], bytes of four keys each
  std::vector<float> read;           // [kQueries, width], in steps of the values
  std::size_t width;
  float steps[kQueries] = {};          // NOLINT(modernize-avoid-c-arrays)
  int zeros[kQueries] = {};            // NOLINT: what a key of zero bytes would make
  const float* biases[kQueries] = {};  // NOLINT: of all keys, or null: none
};

template <class Number>
void load_queries(const ByteAttention<Number>& task, std::size_t first, std::size_t count,
                  Tile& tile) {
  const auto dim = task.head.dim;
  for (std::size_t i = 0; i < count; ++i) {
    const auto* from = task.query + (first + i) * dim;
    write_row(Rows<float>{.bytes = tile.row.data(), .steps = tile.steps + i}, 0, dim,
              tile.kept.data(), [&](auto d, std::size_t at) { return load(d, from + at); });
    int sum = 0;
    for (std::size_t at = 0; at < tile.width; ++at) {
      const auto byte = at < dim ? tile.row[at] - kZeroByte : 0;
      tile.bytes[i * tile.width + at] = static_cast<std::int8_t>(byte);
      sum += byte;
    }
    tile.zeros[i] = -kZeroByte * sum;
    // In powers of two; more than none, which would show keys that are hidden.
    tile.steps[i] = std::max(tile.steps[i] * task.scale * std::numbers::log2e_v<float>, 1e-30F);
    if (task.bias != nullptr) tile.biases[i] = task.bias + (first + i) * task.bias_stride;
  }
}

/// The scores of a tile's queries and kVectors vectors of keys from `key` on, which go to `to` on
/// of each query's.
HWY_INLINE void score(const HeadBytes& head, std::size_t key, std::size_t to, Tile& tile) {
  const auto lanes = hn::Lanes(Whole());
  Sum sums[kQueries][kVectors];  // NOLINT(modernize-avoid-c-arrays): stays in registers
  for (std::size_t i = 0; i < kQueries; ++i) {
    for (auto& sum : sums[i]) sum = hn::Set(Whole(), tile.zeros[i]);
  }
  const auto* keys = head.keys + key * tile.width;
  for (std::size_t at = 0; at < tile.width; at += kQuad) {
    Bytes some[kVectors];  // NOLINT(modernize-avoid-c-arrays): stays in registers
    for (std::size_t j = 0; j < kVectors; ++j) {
      some[j] = load_bytes(keys + (j * tile.width + at) * lanes);
    }
    for (std::size_t i = 0; i < kQueries; ++i) {
      const auto query = as_signed_bytes(hn::Set(Whole(), tile.quad(i, at)));
      for (std::size_t j = 0; j < kVectors; ++j) sums[i][j] = dot(sums[i][j], some[j], query);
    }
  }
  const Floats d;
  hn::Vec<Floats> steps[kVectors];  // NOLINT(modernize-avoid-c-arrays): stays in registers
  for (std::size_t j = 0; j < kVectors; ++j) {
    steps[j] = hn::LoadU(d, head.key_steps + key + j * lanes);
  }
  auto* scores = tile.scores.data() + to;
#pragma GCC unroll 6
  for (std::size_t i = 0; i < kQueries; ++i) {
#pragma GCC unroll 4
    for (std::size_t j = 0; j < kVectors; ++j) {
      const auto score = hn::Mul(hn::ConvertTo(d, sums[i][j]), steps[j]);
      hn::StoreU(score, d, scores + i * kBlock + j * lanes);
    }
  }
}

/// Adds a query's biases of `count` keys to its scores, which were in steps of `step` powers of two
/// and are natural logarithms then.
HWY_INLINE void add_bias(const float* bias, std::size_t count, float step, float* scores) {
  const float natural = step * std::numbers::ln2_v<float>;
  for_lanes(count, [&](auto d, std::size_t i) {
    const auto score = hn::LoadU(d, scores + i);
    hn::StoreU(hn::MulAdd(score, hn::Set(d, natural), hn::LoadU(d, bias + i)), d, scores + i);
  });
}

/// The largest of some scores, a whole number of vectors.
HWY_INLINE float largest_of(const float* scores, std::size_t count) {
  const Floats d;
  auto most = hn::LoadU(d, scores);
  for (std::size_t i = hn::Lanes(d); i < count; i += hn::Lanes(d)) {
    most = hn::Max(most, hn::LoadU(d, scores + i));
  }
  return hn::GetLane(hn::MaxOfLanes(d, most));
}

/// What each of `count` keys gets, the most 255: bytes of powers of two. Returns sums of them.
HWY_INLINE Sum share(const float* scores, std::size_t count, float step, float most,
                     std::int32_t* shares) {
  const Floats d;
  const Whole whole;
  const auto lanes = hn::Lanes(d);
  const auto shift = hn::Set(d, std::log2(kLargestShare) - most);
  const auto bits = [&](std::size_t at) {
    const auto power =
        power_of_two(d, hn::MulAdd(hn::LoadU(d, scores + at), hn::Set(d, step), shift));
    return hn::BitCast(whole, hn::Add(power, hn::Set(d, kRounding)));  // the lowest are the byte
  };
  const auto low = hn::Set(whole, 0xFF), ones = hn::Set(whole, 0x01010101);
  auto sum = hn::Zero(whole);
  for (std::size_t at = 0; at < count; at += kQuad * lanes) {
    const auto first = hn::And(bits(at), low);
    const auto second = hn::ShiftLeft<8>(hn::And(bits(at + lanes), low));
    const auto third = hn::ShiftLeft<16>(hn::And(bits(at + 2 * lanes), low));
    const auto fourth = hn::ShiftLeft<24>(bits(at + 3 * lanes));
    const auto bytes = hn::Or(hn::Or(first, second), hn::Or(third, fourth));
    hn::StoreU(bytes, whole, shares + at / kQuad);
    sum = dot(sum, as_bytes(bytes), as_signed_bytes(ones));
  }
  return sum;
}

/// Of what was read before a block, and of what is read of it.
struct Weights {
  float before, here;
};

/// Keys that are read together.
struct Block {
  std::size_t first, count;
};

/// Adds what a tile's queries read of a block's values, of channels from `channel` on.
template <std::size_t vectors>
HWY_INLINE void read(const HeadBytes& head, const Block& block, std::size_t channel,
                     const Weights* weights, Tile& tile) {
  const auto lanes = hn::Lanes(Whole());
  Sum sums[kQueries][vectors];  // NOLINT(modernize-avoid-c-arrays): stays in registers
  for (auto& line : sums) {
    for (auto& sum : line) sum = hn::Zero(Whole());
  }
  for (std::size_t at = 0; at < block.count; at += kQuad) {
    const auto* values = head.values + (block.first + at) * tile.width + channel * kQuad;
    SignedBytes some[vectors];  // NOLINT(modernize-avoid-c-arrays): stays in registers
    for (std::size_t j = 0; j < vectors; ++j) {
      some[j] = load_bytes(values + j * lanes * kQuad);
    }
    for (std::size_t i = 0; i < kQueries; ++i) {
      const auto shares = as_bytes(hn::Set(Whole(), tile.shares[(i * kBlock + at) / kQuad]));
      for (std::size_t j = 0; j < vectors; ++j) sums[i][j] = dot(sums[i][j], shares, some[j]);
    }
  }
  const Floats d;
  auto* sofar = tile.read.data() + channel;
  const auto width = tile.width;
#pragma GCC unroll 6
  for (std::size_t i = 0; i < kQueries; ++i) {
#pragma GCC unroll 4
    for (std::size_t j = 0; j < vectors; ++j) {
      auto* to = sofar + i * width + j * lanes;
      const auto before = hn::Mul(hn::LoadU(d, to), hn::Set(d, weights[i].before));
      const auto part = hn::ConvertTo(d, sums[i][j]);
      hn::StoreU(hn::MulAdd(part, hn::Set(d, weights[i].here), before), d, to);
    }
  }
}

void read_block(const HeadBytes& head, const Block& block, const Weights* weights, Tile& tile) {
  const auto lanes = hn::Lanes(Whole());
  std::size_t channel = 0;
  for (; channel + kVectors * lanes <= tile.width; channel += kVectors * lanes) {
    read<kVectors>(head, block, channel, weights, tile);
  }
  for (; channel < tile.width; channel += lanes) {
    read<1>(head, block, channel, weights, tile);
  }
}

constexpr float kLowest = std::numeric_limits<float>::lowest();

/// What the softmax of the keys before is, without its division: their largest score, and sums of
/// their shares of it (Milakov & Gimelshein 2018, "Online normalizer calculation for softmax").
struct Softmax {
  float most = kLowest;
  float sums[kMostLanes] = {};  // NOLINT(modernize-avoid-c-arrays)
};

/// Makes shares of a query's scores of `count` keys, and says what they weigh.
HWY_INLINE Weights share_block(const float* scores, std::size_t count, float step,
                               std::int32_t* shares, Softmax& softmax) {
  const Floats d;
  const hn::CappedTag<float, 1> one;
  // A number where no key is seen, too.
  const float here = std::max(largest_of(scores, count) * step, kLowest);
  const float gap = softmax.most - here;
  const float less = hn::GetLane(power_of_two(one, hn::Set(one, -std::abs(gap))));
  const Weights weights{.before = gap < 0 ? less : 1, .here = gap < 0 ? 1 : less};
  const auto sum = hn::ConvertTo(d, share(scores, count, step, here, shares));
  const auto before = hn::Mul(hn::LoadU(d, softmax.sums), hn::Set(d, weights.before));
  hn::StoreU(hn::MulAdd(sum, hn::Set(d, weights.here), before), d, softmax.sums);
  softmax.most = std::max(softmax.most, here);
  return weights;
}

void attend_tile(const HeadBytes& head, Tile& tile, Softmax* softmax) {
  const auto keys = HeadBytes::padded_keys(head.count);
  std::fill_n(tile.read.data(), kQueries * tile.width, 0.0F);
  for (std::size_t key = 0; key < keys; key += kBlock) {
    const auto count = std::min(kBlock, keys - key), real = std::min(count, head.count - key);
    for (std::size_t at = 0; at < count; at += kVectors * hn::Lanes(Whole())) {
      score(head, key + at, at, tile);
    }
    Weights weights[kQueries];  // NOLINT(modernize-avoid-c-arrays)
    for (std::size_t i = 0; i < kQueries; ++i) {
      auto* scores = tile.scores.data() + i * kBlock;
      auto step = tile.steps[i];
      if (tile.biases[i] != nullptr) {
        add_bias(tile.biases[i] + key, real, step, scores);
        step = std::numbers::log2e_v<float>;
      }
      std::fill(scores + real, scores + count, -std::numeric_limits<float>::infinity());
      auto* shares = tile.shares.data() + i * kBlock / kQuad;
      weights[i] = share_block(scores, count, step, shares, softmax[i]);
    }
    read_block(head, {key, count}, weights, tile);
  }
}

template <class Number>
void attend_rows(const ByteAttention<Number>& task) {
  const auto& head = task.head;
  const Floats all;
  Tile tile(HeadBytes::padded_dim(head.dim));
  for (std::size_t first = 0; first < task.queries; first += kQueries) {
    const auto count = std::min(kQueries, task.queries - first);
    load_queries(task, first, count, tile);
    Softmax softmax[kQueries];  // NOLINT(modernize-avoid-c-arrays)
    // The rest of a tile that is not full repeats what it last held, which nobody reads.
    attend_tile(head, tile, softmax);
    for (std::size_t i = 0; i < count; ++i) {
      const float sum = hn::GetLane(hn::SumOfLanes(all, hn::LoadU(all, softmax[i].sums)));
      const float inverse = 1 / sum + 0 * tile.steps[i];  // of a query that is no number, none
      for_lanes(head.dim, [&](auto d, std::size_t at) {
        const auto steps = hn::Mul(hn::LoadU(d, head.value_steps + at), hn::Set(d, inverse));
        const auto number = hn::Mul(hn::LoadU(d, tile.read.data() + i * tile.width + at), steps);
        store(d, number, task.out + (first + i) * task.stride + at);
      });
    }
  }
}

void pack_float(const HeadToPack<float>& task) { pack_head(task); }
void pack_bfloat16(const HeadToPack<Bfloat16>& task) { pack_head(task); }
void attend_float(const ByteAttention<float>& task) { attend_rows(task); }
void attend_bfloat16(const ByteAttention<Bfloat16>& task) { attend_rows(task); }
bool is_fast() { return IMAGINE_KERNELS_VNNI != 0; }

}  // namespace
}  // namespace imagine::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace imagine::kernels {

HWY_EXPORT(pack_float);
HWY_EXPORT(pack_bfloat16);
HWY_EXPORT(attend_float);
HWY_EXPORT(attend_bfloat16);
HWY_EXPORT(is_fast);

bool attends_fast_in_bytes() { return HWY_DYNAMIC_DISPATCH(is_fast)(); }
void pack(const HeadToPack<float>& task) { HWY_DYNAMIC_DISPATCH(pack_float)(task); }
void pack(const HeadToPack<Bfloat16>& task) { HWY_DYNAMIC_DISPATCH(pack_bfloat16)(task); }
void attend(const ByteAttention<float>& task) { HWY_DYNAMIC_DISPATCH(attend_float)(task); }
void attend(const ByteAttention<Bfloat16>& task) { HWY_DYNAMIC_DISPATCH(attend_bfloat16)(task); }

}  // namespace imagine::kernels
#endif
