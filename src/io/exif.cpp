#include "io/exif.h"

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "io/utf8.h"

namespace imagine::io {

namespace {

using namespace std::string_view_literals;

constexpr auto kExifPrefix = "Exif\0\0"sv;
constexpr auto kUnicode = "UNICODE\0"sv;
constexpr auto kAscii = "ASCII\0\0\0"sv;
constexpr std::size_t kCharset = 8;
constexpr unsigned kOrientation = 0x0112;
constexpr unsigned kExifPointer = 0x8769;
constexpr unsigned kUserComment = 0x9286;
constexpr std::array<std::pair<unsigned, const char*>, 5> kTextTags{{{0x010e, "ImageDescription"},
                                                                     {0x010f, "Make"},
                                                                     {0x0110, "Model"},
                                                                     {0x0131, "Software"},
                                                                     {0x013b, "Artist"}}};
constexpr unsigned kTypeLong = 4;
constexpr unsigned kTypeUndefined = 7;

void append16(Bytes& bytes, unsigned value) {
  bytes += char(value >> 8);
  bytes += char(value & 0xff);
}

void append32(Bytes& bytes, std::size_t value) {
  append16(bytes, unsigned(value >> 16) & 0xffff);
  append16(bytes, unsigned(value) & 0xffff);
}

Bytes utf16_big_endian(std::string_view utf8) {
  Bytes bytes;
  while (!utf8.empty()) {
    const auto code = take_utf8(utf8);
    if (code < 0x10000) {
      append16(bytes, code);
    } else {
      append16(bytes, 0xd800 + ((code - 0x10000) >> 10));
      append16(bytes, 0xdc00 + ((code - 0x10000) & 0x3ff));
    }
  }
  return bytes;
}

/// How many of the characters are plain English ones, were the bytes in that order.
std::size_t plain_characters(std::string_view utf16, bool little) {
  std::size_t count = 0;
  for (std::size_t i = 0; i + 1 < utf16.size(); i += 2) {
    const auto low = static_cast<unsigned char>(utf16[little ? i : i + 1]);
    const auto high = static_cast<unsigned char>(utf16[little ? i + 1 : i]);
    count += high == 0 && (low == '\n' || (low >= 0x20 && low < 0x7f));
  }
  return count;
}

/// The standard does not tell the order of a UserComment's bytes, and programs differ: a mark
/// decides, then plain characters: a share of at least an eighth, and more than in the block's own
/// order (U+4E00 is N the other way round).
bool is_little_endian(std::string_view utf16, bool block_is_little) {
  if (utf16.starts_with("\xff\xfe")) return true;
  if (utf16.starts_with("\xfe\xff")) return false;
  const auto own = plain_characters(utf16, block_is_little);
  const auto other = plain_characters(utf16, !block_is_little);
  const bool clearly = other >= 2 && other > own && other * 8 >= utf16.size() / 2;
  return clearly ? !block_is_little : block_is_little;
}

std::string utf8_of_utf16(std::string_view utf16, bool block_is_little) {
  const bool little = is_little_endian(utf16, block_is_little);
  const auto unit = [&](std::size_t i) -> char32_t {
    const auto first = static_cast<unsigned char>(utf16[i]);
    const auto second = static_cast<unsigned char>(utf16[i + 1]);
    return little ? second << 8 | first : first << 8 | second;
  };
  std::string utf8;
  for (std::size_t i = 0; i + 1 < utf16.size(); i += 2) {
    char32_t code = unit(i);
    if (i == 0 && code == 0xfeff) continue;
    if (code >= 0xd800 && code < 0xe000) {
      const char32_t low = i + 3 < utf16.size() ? unit(i + 2) : 0;
      const bool pair = code < 0xdc00 && low >= 0xdc00 && low < 0xe000;
      code = pair ? 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00) : U'\ufffd';
      if (pair) i += 2;
    }
    append_utf8(utf8, code);
  }
  return utf8;
}

/// Reads numbers and entries of a TIFF block; nullopt beyond its end.
class Tiff {
 public:
  /// An "Exif\0\0" before the block is skipped.
  explicit Tiff(std::string_view bytes) : bytes_(bytes) {
    if (bytes_.starts_with(kExifPrefix)) bytes_.remove_prefix(kExifPrefix.size());
    little_ = bytes_.starts_with("II");
  }

  std::optional<std::uint32_t> number(std::size_t at, std::size_t size) const {
    if (at > bytes_.size() || size > bytes_.size() - at) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const auto place = at + (little_ ? size - 1 - i : i);
      value = value << 8 | static_cast<unsigned char>(bytes_[place]);
    }
    return value;
  }

  bool is_little_endian() const { return little_; }

  std::size_t first_directory() const { return number(4, 4).value_or(0); }

  /// Where the entry with this tag lies within the directory at `directory`.
  std::optional<std::size_t> find(std::size_t directory, unsigned tag) const {
    const std::size_t count = number(directory, 2).value_or(0);
    for (std::size_t i = 0; i < count; ++i) {
      const auto entry = directory + 2 + 12 * i;
      const auto found = number(entry, 2);
      if (!found) return std::nullopt;
      if (*found == tag) return entry;
    }
    return std::nullopt;
  }

  /// The bytes of the entry's value, for a type whose elements are one byte.
  std::string_view value(std::size_t entry) const {
    const std::size_t size = number(entry + 4, 4).value_or(0);
    return size <= 4 ? slice(entry + 8, size) : slice(number(entry + 8, 4).value_or(0), size);
  }

  std::string_view slice(std::size_t at, std::size_t size) const {
    if (at > bytes_.size() || size > bytes_.size() - at) return {};
    return bytes_.substr(at, size);
  }

 private:
  std::string_view bytes_;
  bool little_ = false;
};

constexpr auto kXmpBegin =
    "<?xpacket begin=\"\xef\xbb\xbf\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>"
    "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">"
    "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">"
    "<rdf:Description rdf:about=\"\" xmlns:imagine=\"urn:imagine:\">"
    "<imagine:provenance>"sv;
constexpr auto kXmpEnd =
    "</imagine:provenance></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end=\"r\"?>"sv;
constexpr auto kOpen = "<imagine:provenance>"sv;
constexpr auto kClose = "</imagine:provenance>"sv;

constexpr std::array<std::pair<char, std::string_view>, 4> kEntities{
    {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'\r', "&#xD;"}}};

}  // namespace

Bytes make_exif(std::string_view user_comment) {
  constexpr std::size_t kFirst = 8;
  constexpr std::size_t kDirectory = 2 + 12 + 4;  // of one entry
  const auto text = Bytes(kUnicode) + utf16_big_endian(user_comment);
  Bytes bytes = "MM";
  append16(bytes, 42);
  append32(bytes, kFirst);
  const auto directory = [&](unsigned tag, unsigned type, std::size_t count, std::size_t value) {
    append16(bytes, 1);
    append16(bytes, tag);
    append16(bytes, type);
    append32(bytes, count);
    append32(bytes, value);
    append32(bytes, 0);
  };
  directory(kExifPointer, kTypeLong, 1, kFirst + kDirectory);
  directory(kUserComment, kTypeUndefined, text.size(), kFirst + 2 * kDirectory);
  return bytes + text;
}

std::string user_comment(std::string_view exif) {
  const Tiff tiff(exif);
  const auto pointer = tiff.find(tiff.first_directory(), kExifPointer);
  if (!pointer) return {};
  const auto entry = tiff.find(tiff.number(*pointer + 8, 4).value_or(0), kUserComment);
  if (!entry) return {};
  const auto value = tiff.value(*entry);
  if (value.size() < kCharset) return {};
  const auto text = value.substr(kCharset);
  if (value.starts_with(kUnicode)) return utf8_of_utf16(text, tiff.is_little_endian());
  const bool is_plain = value.starts_with(kAscii) || value.starts_with(std::string(kCharset, '\0'));
  return is_plain ? std::string(text.substr(0, text.find('\0'))) : std::string();
}

void read_exif(std::string_view exif, Provenance& provenance) {
  provenance.parameters = user_comment(exif);
  const Tiff tiff(exif);
  for (const auto& [tag, name] : kTextTags) {
    const auto entry = tiff.find(tiff.first_directory(), tag);
    const auto value = entry ? tiff.value(*entry) : std::string_view();
    if (const auto text = value.substr(0, value.find('\0')); !text.empty()) {
      provenance.others[name] = text;
    }
  }
}

int orientation(std::string_view exif) {
  const Tiff tiff(exif);
  const auto entry = tiff.find(tiff.first_directory(), kOrientation);
  const auto value = entry ? tiff.number(*entry + 8, 2).value_or(1) : 1;
  return value >= 1 && value <= 8 ? int(value) : 1;
}

Bytes make_xmp(std::string_view json) {
  Bytes bytes(kXmpBegin);
  for (const char c : json) {
    std::string_view out(&c, 1);
    for (const auto& [plain, entity] : kEntities) {
      if (c == plain) out = entity;
    }
    bytes += out;
  }
  bytes += kXmpEnd;
  return bytes;
}

std::string json_of_xmp(std::string_view xmp) {
  const auto open = xmp.find(kOpen);
  const auto close = xmp.find(kClose);
  if (open == xmp.npos || close == xmp.npos || close < open + kOpen.size()) return {};
  auto text = xmp.substr(open + kOpen.size(), close - open - kOpen.size());
  std::string json;
  while (!text.empty()) {
    char out = text.front();
    std::size_t length = 1;
    for (const auto& [plain, entity] : kEntities) {
      if (text.starts_with(entity)) {
        out = plain;
        length = entity.size();
      }
    }
    json += out;
    text.remove_prefix(length);
  }
  return json;
}

}  // namespace imagine::io
