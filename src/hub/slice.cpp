#include "hub/slice.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/mman.h>
#include <utility>

#include "core/check.h"
#include "core/fields.h"
#include "hub/selection.h"
#include "io/safetensors.h"

namespace imagine::hub {
namespace {

constexpr std::uint64_t kSizeBytes = 8;            // before the header: its length
constexpr std::uint64_t kFirstRead = 100'001;      // most headers are shorter
constexpr std::uint64_t kMostHeader = 25'000'000;  // bytes
constexpr std::uint64_t kGap = 2 << 20;            // cheaper to read than another request
constexpr std::uint64_t kMostSpan = 128 << 20;
constexpr std::size_t kMostSpans = 64;
constexpr double kMuch = 0.8;  // of the file
constexpr std::size_t kAlignment = 64;

/// Addresses in a file's size, of which its first bytes are known and all others are zero and take
/// no memory: what reads a file on disk can read this one's header.
class Outline {
 public:
  Outline(std::string_view begin, const SliceOrigin& origin) : size_(origin.size) {
    data_ = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    check<ResourceError>(data_ != MAP_FAILED, origin.where, ": expected addresses for ", size_,
                         " bytes, got none: ", std::strerror(errno));
    std::memcpy(data_, begin.data(), begin.size());
  }
  ~Outline() { ::munmap(data_, size_); }
  Outline(const Outline&) = delete;
  Outline& operator=(const Outline&) = delete;

  std::span<const std::byte> bytes() const { return {static_cast<const std::byte*>(data_), size_}; }

 private:
  std::size_t size_;
  void* data_;
};

std::string read_begin(const ReadRange& read, const SliceOrigin& origin) {
  std::string begin;
  const auto take = [&](std::string_view bytes) { begin += bytes; };
  check<FormatError>(origin.size > kSizeBytes, origin.where,
                     ": expected a safetensors file, got one of ", origin.size, " bytes");
  read({0, std::min(origin.size, kFirstRead)}, take);
  std::uint64_t length = 0;
  for (std::size_t i = kSizeBytes; i-- > 0;) length = length << 8 | std::uint8_t(begin.at(i));
  check<FormatError>(length <= std::min(kMostHeader, origin.size - kSizeBytes), origin.where,
                     ": expected a safetensors header within the file and ", kMostHeader,
                     " bytes, got one of ", length, " bytes");
  const auto end = kSizeBytes + length;
  if (begin.size() < end) read({begin.size(), end}, take);
  begin.resize(end);
  return begin;
}

struct Taken {
  std::string name;
  const io::TensorView* view;
  Range range;  // in the old file
};

/// In the old file's order, which keeps each aligned that was.
std::vector<Taken> taken_from(const io::Safetensors& content, const Outline& outline,
                              const std::vector<std::string>& tensors) {
  std::vector<Taken> result;
  for (const auto& [name, view] : content.tensors) {
    if (!is_wanted(name, tensors)) continue;
    const auto begin = std::uint64_t(view.bytes.data() - outline.bytes().data());
    result.push_back({name, &view, {begin, begin + view.bytes.size()}});
  }
  std::ranges::sort(result, {}, [](const Taken& taken) {
    return std::tuple(taken.range.begin, taken.range.end, taken.name);
  });
  return result;
}

std::string header_of(const std::vector<Taken>& taken,
                      std::map<std::string, std::string> metadata) {
  Json header = Json::object();
  header["__metadata__"] = metadata;
  std::uint64_t at = 0;
  for (const auto& [name, view, range] : taken) {
    header[name] = {{"dtype", io::type_name(*view)},
                    {"shape", view->shape},
                    {"data_offsets", {at, at + range.size()}}};
    at += range.size();
  }
  auto text = header.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.append((kAlignment - (kSizeBytes + text.size()) % kAlignment) % kAlignment, ' ');
  std::string length;
  for (std::size_t i = 0; i < kSizeBytes; ++i) length += char(text.size() >> (8 * i) & 0xff);
  return length + text;
}

}  // namespace

std::uint64_t Slice::size() const {
  std::uint64_t sum = begin.size();
  for (const auto& piece : pieces) sum += piece.size();
  return sum;
}

Slice plan_slice(const ReadRange& read, const SliceOrigin& origin,
                 const std::vector<std::string>& tensors) {
  const auto begin = read_begin(read, origin);
  const Outline outline(begin, origin);
  const auto content = io::parse_safetensors(outline.bytes(), origin.where);
  const auto taken = taken_from(content, outline, tensors);
  check<InputError>(!taken.empty(), origin.where, ": expected a tensor called ", tensors.front(),
                    "..., found none");
  auto metadata = content.metadata;
  metadata["imagine.part_of"] = origin.provenance;
  Slice slice{.begin = header_of(taken, metadata),
              .pieces = {},
              .tensors = taken.size(),
              .all_tensors = content.tensors.size()};
  for (const auto& [name, view, range] : taken) {
    if (range.size() == 0) continue;
    if (!slice.pieces.empty() && slice.pieces.back().end == range.begin) {
      slice.pieces.back().end = range.end;
    } else {
      slice.pieces.push_back(range);
    }
  }
  return slice;
}

bool is_better_whole(const Slice& slice, std::uint64_t size) {
  std::uint64_t sum = 0, end = 0;
  std::size_t apart = 0;  // spans that do not only continue the one before
  for (const auto& span : spans_of(slice.pieces)) {
    if (apart == 0 || span.begin != end) ++apart;
    sum += span.size();
    end = span.end;
  }
  return double(sum) > kMuch * double(size) || apart > kMostSpans;
}

std::vector<Range> spans_of(const std::vector<Range>& pieces) {
  std::vector<Range> joined;
  for (const auto& piece : pieces) {
    if (!joined.empty() && piece.begin - joined.back().end <= kGap) {
      joined.back().end = piece.end;
    } else {
      joined.push_back(piece);
    }
  }
  std::vector<Range> spans;
  for (const auto& [begin, end] : joined) {
    for (auto at = begin; at < end; at += kMostSpan) {
      spans.push_back({at, std::min(end, at + kMostSpan)});
    }
  }
  return spans;
}

void read_slice(const Slice& slice, std::uint64_t from, const ReadRange& read, const Take& take) {
  if (from < slice.begin.size()) take(std::string_view(slice.begin).substr(from));
  auto done = from - std::min<std::uint64_t>(from, slice.begin.size());
  std::vector<Range> left;
  for (auto piece : slice.pieces) {
    const auto skipped = std::min(done, piece.size());
    done -= skipped;
    piece.begin += skipped;
    if (piece.size() > 0) left.push_back(piece);
  }
  auto piece = left.begin();
  for (const auto& span : spans_of(left)) {
    auto at = span.begin;
    read(span, [&](std::string_view bytes) {
      while (!bytes.empty() && piece != left.end()) {  // what lies in a gap is dropped
        const auto gap =
            std::min<std::uint64_t>(piece->begin - std::min(piece->begin, at), bytes.size());
        at += gap;
        bytes.remove_prefix(gap);
        const auto part = bytes.substr(0, std::min<std::uint64_t>(bytes.size(), piece->end - at));
        if (!part.empty()) take(part);
        at += part.size();
        bytes.remove_prefix(part.size());
        if (at == piece->end) ++piece;
      }
    });
  }
}

}  // namespace imagine::hub
