#include "io/gguf.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "core/check.h"
#include "io/mistaken.h"
#include "io/utf8.h"

namespace imagine::io {
namespace {

constexpr std::string_view kMagic = "GGUF";
constexpr std::size_t kMaxText = std::size_t(1) << 24;
constexpr std::uint64_t kMaxKeys = 1 << 16, kMaxTensors = 1 << 20;
constexpr std::uint64_t kMaxItems = 1 << 22;  // of all lists together
constexpr std::uint32_t kMaxSides = 4;        // as ggml has it
constexpr std::uint64_t kDefaultAlignment = 32, kMaxAlignment = 1 << 20;
constexpr auto kAlignmentKey = "general.alignment";

/// A value's kind, as the format numbers them.
enum class Kind : std::uint32_t {
  u8,
  i8,
  u16,
  i16,
  u32,
  i32,
  f32,
  boolean,
  text,
  list,
  u64,
  i64,
  f64
};

/// ggml's types: blocks of `block` numbers in `bytes` bytes.
struct GgmlType {
  std::uint32_t number;
  DType dtype;
  const char* name;
  std::uint64_t block, bytes;
};

constexpr std::array<GgmlType, 33> kTypes{{
    {0, DType::f32, "F32", 1, 4},           {1, DType::f16, "F16", 1, 2},
    {2, DType::other, "Q4_0", 32, 18},      {3, DType::other, "Q4_1", 32, 20},
    {6, DType::other, "Q5_0", 32, 22},      {7, DType::other, "Q5_1", 32, 24},
    {8, DType::q8_0, "Q8_0", 32, 34},       {10, DType::other, "Q2_K", 256, 84},
    {11, DType::other, "Q3_K", 256, 110},   {12, DType::other, "Q4_K", 256, 144},
    {13, DType::other, "Q5_K", 256, 176},   {14, DType::other, "Q6_K", 256, 210},
    {15, DType::other, "Q8_K", 256, 292},   {16, DType::other, "IQ2_XXS", 256, 66},
    {17, DType::other, "IQ2_XS", 256, 74},  {18, DType::other, "IQ3_XXS", 256, 98},
    {19, DType::other, "IQ1_S", 256, 50},   {20, DType::other, "IQ4_NL", 32, 18},
    {21, DType::other, "IQ3_S", 256, 110},  {22, DType::other, "IQ2_S", 256, 82},
    {23, DType::other, "IQ4_XS", 256, 136}, {24, DType::i8, "I8", 1, 1},
    {25, DType::i16, "I16", 1, 2},          {26, DType::i32, "I32", 1, 4},
    {27, DType::i64, "I64", 1, 8},          {28, DType::f64, "F64", 1, 8},
    {29, DType::other, "IQ1_M", 256, 56},   {30, DType::bf16, "BF16", 1, 2},
    {34, DType::other, "TQ1_0", 256, 54},   {35, DType::other, "TQ2_0", 256, 66},
    {39, DType::other, "MXFP4", 32, 17},    {40, DType::other, "NVFP4", 64, 36},
    {41, DType::other, "Q1_0", 128, 18},
}};

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Goes through a file from its begin to its end, never beyond.
class Cursor {
 public:
  Cursor(std::span<const std::byte> bytes, const std::string& where)
      : bytes_(bytes), where_(where) {}

  std::span<const std::byte> take(std::uint64_t count) {
    check<FormatError>(count <= bytes_.size() - at_, where_, ": expected ", count,
                       " more bytes at ", at_, ", got ", bytes_.size() - at_,
                       "; the file is cut short: copy or download it again");
    const auto taken = bytes_.subspan(at_, count);
    at_ += count;
    return taken;
  }

  template <class Number>
  Number number() {
    static_assert(std::endian::native == std::endian::little);
    Number value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }

  std::string text(const char* what) {
    const auto size = number<std::uint64_t>();
    check<FormatError>(size <= kMaxText, where_, ": ", what, ": expected at most ", kMaxText,
                       " bytes, got ", size);
    auto read = text_of(take(size));
    std::string valid;  // what is no UTF-8 could not be shown
    while (!read.empty()) append_utf8(valid, take_utf8(read));
    return valid;
  }

  std::uint64_t count(const char* what, std::uint64_t most) {
    const auto value = number<std::uint64_t>();
    check<FormatError>(value <= most, where_, ": expected at most ", most, ' ', what, ", got ",
                       value);
    return value;
  }

  std::size_t at() const { return at_; }

 private:
  std::span<const std::byte> bytes_;
  const std::string& where_;
  std::size_t at_ = 0;
};

/// A tensor of the list; its bytes begin at `begin` of the data.
struct Entry {
  std::string name;
  TensorView view;
  std::uint64_t begin = 0;
  std::optional<std::uint64_t> size = {};  // of a type that is known
};

class Reader {
 public:
  Reader(std::span<const std::byte> bytes, const std::string& where)
      : bytes_(bytes), where_(where), cursor_(bytes, where) {}

  Gguf read() {
    refuse_mistaken(text_of(bytes_), where_, "GGUF");
    check<FormatError>(is_gguf(bytes_), where_, ": expected a file that begins with GGUF");
    cursor_.take(kMagic.size());
    check_version(cursor_.number<std::uint32_t>());
    const auto tensors = cursor_.count("tensors", kMaxTensors);
    const auto keys = cursor_.count("keys", kMaxKeys);
    for (std::uint64_t i = 0; i < keys; ++i) read_key();
    for (std::uint64_t i = 0; i < tensors; ++i) read_entry();
    place_entries();
    return std::move(content_);
  }

 private:
  void check_version(std::uint32_t version) const {
    check<FormatError>((version & 0xffff) != 0, where_,
                       ": expected little-endian numbers, got big-endian ones");
    check<FormatError>(version == 2 || version == 3, where_, ": expected version 2 or 3, got ",
                       version);
  }

  void read_key() {
    const auto key = cursor_.text("key");
    const auto kind = Kind(cursor_.number<std::uint32_t>());
    auto value = kind == Kind::list ? read_list(key) : read_value(kind, key);
    check<FormatError>(keys_.insert(key).second, where_, ": expected each key once, got \"", key,
                       "\" twice");
    auto& members = content_.metadata.get_ref<Json::object_t&>();
    static_cast<Json::object_t::Container&>(members).emplace_back(key, std::move(value));
  }

  /// A list of lists is not read: nothing that we know of has one.
  Json read_list(const std::string& key) {
    const auto kind = Kind(cursor_.number<std::uint32_t>());
    const auto size = cursor_.count("items of lists", kMaxItems - items_);
    items_ += size;
    Json list = Json::array();
    for (std::uint64_t i = 0; i < size; ++i) list.push_back(read_value(kind, key));
    return list;
  }

  Json read_value(Kind kind, const std::string& key) {
    switch (kind) {
      case Kind::u8:
        return cursor_.number<std::uint8_t>();
      case Kind::i8:
        return cursor_.number<std::int8_t>();
      case Kind::u16:
        return cursor_.number<std::uint16_t>();
      case Kind::i16:
        return cursor_.number<std::int16_t>();
      case Kind::u32:
        return cursor_.number<std::uint32_t>();
      case Kind::i32:
        return cursor_.number<std::int32_t>();
      case Kind::f32:
        return cursor_.number<float>();
      case Kind::boolean:
        return cursor_.number<std::uint8_t>() != 0;
      case Kind::text:
        return cursor_.text(key.c_str());
      case Kind::u64:
        return cursor_.number<std::uint64_t>();
      case Kind::i64:
        return cursor_.number<std::int64_t>();
      case Kind::f64:
        return cursor_.number<double>();
      case Kind::list:
        break;
    }
    throw FormatError(concat(where_, ": ", key, ": expected a value of kind 0 to 12, or a list of ",
                             "them, got ", std::uint32_t(kind)));
  }

  void read_entry() {
    Entry entry{.name = cursor_.text("name of a tensor"), .view = {}};
    const auto place = concat(where_, ": tensor ", entry.name);
    const auto sides = cursor_.number<std::uint32_t>();
    check<FormatError>(sides <= kMaxSides, place, ": expected at most ", kMaxSides, " sides, got ",
                       sides);
    std::uint64_t items = 1;
    for (std::uint32_t i = 0; i < sides; ++i) {
      const auto side = cursor_.number<std::uint64_t>();
      const bool fits = side <= std::uint64_t(std::numeric_limits<std::int64_t>::max()) &&
                        !__builtin_mul_overflow(items, side, &items);
      check<FormatError>(fits, place, ": expected sides whose product fits 64 bits, got ", side);
      entry.view.shape.push_back(std::int64_t(side));
    }
    std::ranges::reverse(entry.view.shape);
    read_type(entry, items, place);
    entry.begin = cursor_.number<std::uint64_t>();
    entries_.push_back(std::move(entry));
  }

  /// A number that we lack is kept: the tensor may not be needed.
  void read_type(Entry& entry, std::uint64_t items, const std::string& place) {
    const auto number = cursor_.number<std::uint32_t>();
    const auto* type = std::ranges::find(kTypes, number, &GgmlType::number);
    if (type == kTypes.end()) {
      entry.view.dtype = DType::other;
      entry.view.other = concat("type ", number);
      return;
    }
    entry.view.dtype = type->dtype;
    if (type->dtype == DType::other) entry.view.other = type->name;
    const auto row = entry.view.shape.empty() ? 1 : std::uint64_t(entry.view.shape.back());
    std::uint64_t size = 0;
    const bool fits =
        row % type->block == 0 && !__builtin_mul_overflow(items / type->block, type->bytes, &size);
    check<FormatError>(fits, place, ": expected rows of whole blocks of ", type->block, " for ",
                       type->name, ", got ", row);
    entry.size = size;
  }

  std::uint64_t alignment() const {
    const auto found = content_.metadata.find(kAlignmentKey);
    if (found == content_.metadata.end()) return kDefaultAlignment;
    const auto value = found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
    check<FormatError>(std::has_single_bit(value) && value <= kMaxAlignment, where_, ": ",
                       kAlignmentKey, ": expected a power of two up to ", kMaxAlignment, ", got ",
                       found->is_number_unsigned() ? found->dump() : found->type_name());
    return value;
  }

  /// Tensors may stand apart, but not on one another.
  void place_entries() {
    const auto step = alignment();
    const auto begin = std::min((cursor_.at() + step - 1) / step * step, bytes_.size());
    const auto data = bytes_.subspan(begin);
    std::ranges::sort(entries_, {},
                      [](const Entry& entry) { return std::pair(entry.begin, entry.size); });
    std::uint64_t covered = 0;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      auto& [name, view, from, known] = entries_[i];
      const auto place = concat(where_, ": tensor ", name);
      check<FormatError>(from % step == 0 && from >= covered, place,
                         ": expected data at a multiple of ", step, " from ", covered, ", got ",
                         from);
      const auto end = i + 1 < entries_.size() ? entries_[i + 1].begin : data.size();
      const auto size = known.value_or(std::max(end, from) - from);
      check<FormatError>(from <= data.size() && size <= data.size() - from, place,
                         ": expected data within ", data.size(), " bytes, got ", size, " from ",
                         from, "; the file is cut short: copy or download it again");
      view.bytes = data.subspan(from, size);
      covered = from + size;
      check<FormatError>(content_.tensors.emplace(name, std::move(view)).second, place,
                         ": expected it once, found it twice");
    }
  }

  std::span<const std::byte> bytes_;
  const std::string& where_;
  Cursor cursor_;
  std::set<std::string> keys_;
  std::uint64_t items_ = 0;
  std::vector<Entry> entries_;
  Gguf content_;
};

}  // namespace

bool is_gguf(std::span<const std::byte> bytes) { return text_of(bytes).starts_with(kMagic); }

Gguf parse_gguf(std::span<const std::byte> bytes, const std::string& where) {
  return Reader(bytes, where).read();
}

}  // namespace imagine::io
