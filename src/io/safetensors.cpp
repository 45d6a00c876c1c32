#include "io/safetensors.h"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#include "core/check.h"
#include "io/atomic_file.h"
#include "io/json_file.h"
#include "io/mistaken.h"

namespace imagine::io {

namespace {

constexpr std::uint64_t kMaxHeader = 100'000'000;  // as the reference implementation has it
constexpr std::size_t kAlignment = 64;
constexpr std::size_t kSizeBytes = 8;
constexpr auto kMetadata = "__metadata__";
constexpr auto kCutShort = "; the file is cut short: copy or download it again";

/// What the format calls a type, and the bits of an item; others have no DType of their own.
struct DTypeFacts {
  DType dtype;
  const char* name;
  std::int64_t bits;
};

constexpr std::array<DTypeFacts, 23> kDTypes{{
    {DType::f64, "F64", 64},          {DType::f32, "F32", 32},
    {DType::f16, "F16", 16},          {DType::bf16, "BF16", 16},
    {DType::f8_e4m3, "F8_E4M3", 8},   {DType::f8_e5m2, "F8_E5M2", 8},
    {DType::i64, "I64", 64},          {DType::i32, "I32", 32},
    {DType::i16, "I16", 16},          {DType::i8, "I8", 8},
    {DType::u64, "U64", 64},          {DType::u32, "U32", 32},
    {DType::u16, "U16", 16},          {DType::u8, "U8", 8},
    {DType::boolean, "BOOL", 8},      {DType::other, "C64", 64},
    {DType::other, "F8_E8M0", 8},     {DType::other, "F8_E4M3FNUZ", 8},
    {DType::other, "F8_E5M2FNUZ", 8}, {DType::other, "F6_E2M3", 6},
    {DType::other, "F6_E3M2", 6},     {DType::other, "F4", 4},
    {DType::q8_0, "Q8_0", 0},
}};

const DTypeFacts& facts(DType dtype) {
  return *std::ranges::find(kDTypes, dtype, &DTypeFacts::dtype);
}

const DTypeFacts* facts_named(const std::string& name) {
  const auto* found = std::ranges::find(kDTypes, name, &DTypeFacts::name);
  return found == kDTypes.end() ? nullptr : found;
}

/// One tensor of the header: what it is and where it lies within the data.
struct Entry {
  std::string name;
  TensorView view;
  std::uint64_t begin;
  std::uint64_t end;
};

/// Reads a header, naming the file and the tensor in every error.
class Header {
 public:
  Header(const std::string& where, std::span<const std::byte> file) : where_(where) {
    const auto json = parse(file);
    for (const auto& [name, value] : json.items()) {
      if (name == kMetadata) {
        read_metadata(value);
      } else {
        entries_.push_back(read_entry(name, value));
      }
    }
    place_entries();
  }

  Safetensors content;

 private:
  Json parse(std::span<const std::byte> file) {
    refuse_mistaken({reinterpret_cast<const char*>(file.data()), file.size()}, where_,
                    "safetensors");
    check<FormatError>(file.size() >= kSizeBytes, where_,
                       ": expected a safetensors file, got one of ", file.size(), " bytes");
    std::uint64_t size = 0;
    for (std::size_t i = kSizeBytes; i-- > 0;) size = size << 8 | std::uint64_t(file[i]);
    check<FormatError>(size <= std::min(kMaxHeader, file.size() - kSizeBytes), where_,
                       ": expected a safetensors header within the file and ", kMaxHeader,
                       " bytes, got one of ", size, " bytes", size <= kMaxHeader ? kCutShort : "");
    data_ = file.subspan(kSizeBytes + size);
    const std::string_view text(reinterpret_cast<const char*>(file.data()) + kSizeBytes, size);
    check<FormatError>(text.starts_with('{'), where_,
                       ": expected a safetensors header that begins with {");
    return parse_json(text, where_ + ": header");
  }

  void read_metadata(const Json& json) {
    if (json.is_null()) return;  // some programs write what they have none of
    check<FormatError>(json.is_object(), where_, ": ", kMetadata, ": expected an object, got ",
                       json.type_name());
    for (const auto& [key, value] : json.items()) {
      check<FormatError>(value.is_string(), where_, ": ", kMetadata, ": ", key,
                         ": expected a string, got ", value.type_name());
      content.metadata.emplace(key, value.get<std::string>());
    }
  }

  Entry read_entry(const std::string& name, const Json& json) const {
    const auto place = concat(where_, ": tensor ", name);
    check<FormatError>(json.is_object(), place, ": expected an object, got ", json.type_name());
    Entry entry{name, {}, 0, 0};
    read_dtype(member(json, "dtype", place), place, entry.view);
    for (const auto side : read_sizes(member(json, "shape", place), place + ": shape")) {
      entry.view.shape.push_back(std::int64_t(side));
    }
    const auto offsets = read_sizes(member(json, "data_offsets", place), place + ": data_offsets");
    check<FormatError>(offsets.size() == 2, place, ": expected two data_offsets, got ",
                       offsets.size());
    entry.begin = offsets[0];
    entry.end = offsets[1];
    check<FormatError>(entry.begin <= entry.end && entry.end <= data_.size(), place,
                       ": expected data_offsets within ", data_.size(), " bytes, got ", entry.begin,
                       " to ", entry.end, entry.begin <= entry.end ? kCutShort : "");
    const auto size = byte_size(type_name(entry.view), entry.view.shape);
    const bool known = facts_named(type_name(entry.view)) != nullptr;
    check<FormatError>(!known || size == entry.end - entry.begin, place,
                       ": expected as many bytes as its shape holds, got ",
                       entry.end - entry.begin);
    return entry;
  }

  static const Json& member(const Json& json, const char* name, const std::string& place) {
    const auto found = json.find(name);
    check<FormatError>(found != json.end(), place, ": expected a member ", name);
    return *found;
  }

  /// A name that we lack is kept: the tensor may not be needed.
  static void read_dtype(const Json& json, const std::string& place, TensorView& view) {
    check<FormatError>(json.is_string(), place, ": dtype: expected a name like F32, got ",
                       json.dump());
    const auto name = json.get<std::string>();
    const auto* found = facts_named(name);
    const bool ours = found != nullptr && found->dtype != DType::q8_0;  // GGUF's alone
    view.dtype = ours ? found->dtype : DType::other;
    if (view.dtype == DType::other) view.other = name;
  }

  static std::vector<std::uint64_t> read_sizes(const Json& json, const std::string& place) {
    check<FormatError>(json.is_array(), place, ": expected an array, got ", json.type_name());
    std::vector<std::uint64_t> sizes;
    for (const auto& item : json) {
      const bool is_size = item.is_number_unsigned() &&
                           item.get<std::uint64_t>() <= std::numeric_limits<std::int64_t>::max();
      check<FormatError>(is_size, place, ": expected whole numbers from 0, got ", item.dump());
      sizes.push_back(item.get<std::uint64_t>());
    }
    return sizes;
  }

  /// The tensors must cover the data once: no holes, no overlaps.
  void place_entries() {
    std::ranges::sort(entries_, {},
                      [](const Entry& entry) { return std::pair(entry.begin, entry.end); });
    std::uint64_t covered = 0;
    for (auto& entry : entries_) {
      check<FormatError>(entry.begin == covered, where_, ": tensor ", entry.name,
                         ": expected its data to begin at ", covered, ", got ", entry.begin);
      covered = entry.end;
      entry.view.bytes = data_.subspan(entry.begin, entry.end - entry.begin);
      content.tensors.emplace(entry.name, std::move(entry.view));
    }
    check<FormatError>(covered == data_.size(), where_, ": expected ", covered,
                       " bytes of tensors, got ", data_.size());
  }

  const std::string& where_;
  std::span<const std::byte> data_;
  std::vector<Entry> entries_;
};

using Named = const std::pair<const std::string, TensorView>*;

/// In the order of the file.
std::vector<Named> ordered(const std::map<std::string, TensorView>& tensors) {
  std::vector<Named> result;
  for (const auto& named : tensors) result.push_back(&named);
  std::ranges::stable_sort(result, std::greater(),
                           [](Named named) { return item_size(named->second.dtype); });
  return result;
}

Json describe(const std::vector<Named>& tensors) {
  Json header = Json::object();
  std::uint64_t begin = 0;
  for (const auto* named : tensors) {
    const auto& [name, view] = *named;
    check<InputError>(name != kMetadata, "safetensors: a tensor cannot be named ", name);
    check<InputError>(byte_size(type_name(view), view.shape) == view.bytes.size(),
                      "safetensors: ", name, ": expected as many bytes as its shape holds, got ",
                      view.bytes.size());
    const auto end = begin + view.bytes.size();
    header[name] = {
        {"dtype", type_name(view)}, {"shape", view.shape}, {"data_offsets", {begin, end}}};
    begin = end;
  }
  return header;
}

std::string padded(std::string header) {
  const auto size = kSizeBytes + header.size();
  return header.append((kAlignment - size % kAlignment) % kAlignment, ' ');
}

std::string little_endian(std::uint64_t value) {
  std::string bytes;
  for (std::size_t i = 0; i < kSizeBytes; ++i) bytes += char(value >> (8 * i) & 0xff);
  return bytes;
}

/// Hands the parts of a file to `write`, one after the other.
void compose(const std::map<std::string, TensorView>& tensors,
             const std::map<std::string, std::string>& metadata,
             const std::function<void(std::string_view)>& write) {
  const auto order = ordered(tensors);
  Json header = Json::object();
  if (!metadata.empty()) header[kMetadata] = metadata;
  header.update(describe(order));
  const auto text = padded(header.dump(-1, ' ', false, Json::error_handler_t::replace));
  write(little_endian(text.size()));
  write(text);
  for (const auto* named : order) {
    const auto bytes = named->second.bytes;
    write({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
}

}  // namespace

std::size_t item_size(DType dtype) {
  if (dtype == DType::q8_0 || dtype == DType::other) return 1;
  return std::size_t(facts(dtype).bits / 8);
}

std::string name_of(DType dtype) { return dtype == DType::other ? "other" : facts(dtype).name; }

std::string type_name(const TensorView& view) {
  return view.dtype == DType::other ? view.other : name_of(view.dtype);
}

std::optional<std::uint64_t> byte_size(const std::string& type,
                                       const std::vector<std::int64_t>& shape) {
  const auto* found = facts_named(type);
  if (found == nullptr) return std::nullopt;
  std::int64_t items = 1, bits = 0;
  for (const auto side : shape) {
    if (side < 0 || __builtin_mul_overflow(items, side, &items)) return std::nullopt;
  }
  if (found->dtype == DType::q8_0) {
    constexpr std::int64_t kBlock = 32, kBlockBytes = 34;
    if (shape.empty() || shape.back() % kBlock != 0) return std::nullopt;
    return std::uint64_t(items / kBlock) * kBlockBytes;
  }
  if (__builtin_mul_overflow(items, found->bits, &bits) || bits % 8 != 0) return std::nullopt;
  return std::uint64_t(bits / 8);
}

Safetensors parse_safetensors(std::span<const std::byte> bytes, const std::string& where) {
  return Header(where, bytes).content;
}

SafetensorsFile::SafetensorsFile(const fs::path& path)
    : path_(path),
      file_(std::make_shared<MappedFile>(path)),
      content_(parse_safetensors(file_->bytes(), path.string())) {}

void write_safetensors(const fs::path& path, const std::map<std::string, TensorView>& tensors,
                       const std::map<std::string, std::string>& metadata) {
  AtomicFile file(path);
  compose(tensors, metadata, [&](std::string_view bytes) { file.write(bytes); });
  file.commit();
}

Bytes safetensors_bytes(const std::map<std::string, TensorView>& tensors,
                        const std::map<std::string, std::string>& metadata) {
  Bytes all;
  compose(tensors, metadata, [&](std::string_view bytes) { all += bytes; });
  return all;
}

}  // namespace imagine::io
