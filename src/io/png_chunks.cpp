#include "io/png_chunks.h"

#include <array>
#include <cctype>
#include <optional>
#include <zlib.h>

#include "core/check.h"
#include "io/utf8.h"

namespace imagine::io {
namespace {

constexpr std::size_t kSignature = 8, kHead = 8, kAround = 12;  // length, type; and checksum
constexpr std::size_t kLargestText = 16 << 20;

std::uint32_t number(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | std::uint8_t(bytes[at + i]);
  return value;
}

bool is_sound(std::string_view type_and_data, std::uint32_t checksum) {
  const auto* bytes = reinterpret_cast<const Bytef*>(type_and_data.data());
  return crc32_z(0, bytes, type_and_data.size()) == checksum;
}

bool is_needed(std::string_view type) {
  return std::isupper(static_cast<unsigned char>(type[0])) != 0;
}

/// What zlib packed; nullopt where it is broken or too much.
std::optional<std::string> inflated(std::string_view packed, std::size_t most) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return std::nullopt;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = uInt(packed.size());
  std::string text;
  std::array<char, 1 << 14> part;
  int status = Z_OK;
  while (status == Z_OK && text.size() <= most) {
    stream.next_out = reinterpret_cast<Bytef*>(part.data());
    stream.avail_out = uInt(part.size());
    status = inflate(&stream, Z_NO_FLUSH);
    text.append(part.data(), part.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  const bool whole = status == Z_STREAM_END && text.size() <= most;
  return whole ? std::optional(std::move(text)) : std::nullopt;
}

std::string latin1_to_utf8(std::string_view text) {
  std::string utf8;
  for (const char c : text) append_utf8(utf8, static_cast<unsigned char>(c));
  return utf8;
}

/// Takes what stands before the next zero byte off the front; all where there is none.
std::string_view take_field(std::string_view& data) {
  const auto end = data.find('\0');
  const auto field = data.substr(0, end);
  data.remove_prefix(end == data.npos ? data.size() : end + 1);
  return field;
}

/// The text after the keyword of an iTXt chunk: two flags, two fields, UTF-8.
std::optional<std::string> international_text(std::string_view data, std::size_t most) {
  if (data.size() < 2) return std::nullopt;
  const bool packed = data[0] != 0;
  data.remove_prefix(2);
  take_field(data), take_field(data);  // language, keyword in it
  return packed ? inflated(data, most) : std::string(data);
}

std::optional<std::string> text_of(std::string_view type, std::string_view data, std::size_t most) {
  if (type == "iTXt") return international_text(data, most);
  if (type == "tEXt") return latin1_to_utf8(data);
  if (data.empty()) return std::nullopt;
  const auto text = inflated(data.substr(1), most);  // after the method
  return text ? std::optional(latin1_to_utf8(*text)) : std::nullopt;
}

/// The profile of an iCCP chunk: a name, a method, packed bytes.
ColorProfile embedded_profile(std::string_view data) {
  take_field(data);
  if (data.empty()) return {};
  const auto icc = inflated(data.substr(1), kLargestText);
  return icc ? ColorProfile::of_icc(*icc) : ColorProfile();
}

/// Numbers of cHRM and gAMA are in units of 1/100000.
double fraction(std::string_view data, std::size_t index) {
  return number(data, 4 * index) / 100'000.0;
}

}  // namespace

PngChunks::PngChunks(std::string_view bytes, const std::string& where) {
  for (auto at = kSignature; at + kAround <= bytes.size();) {
    const std::size_t length = number(bytes, at), left = bytes.size() - at - kAround;
    check<FormatError>(length <= left, where, ": expected a whole PNG, got a chunk of ", length,
                       " bytes with ", left, " bytes left");
    const auto type = bytes.substr(at + 4, 4), data = bytes.substr(at + kHead, length);
    const bool sound =
        is_sound(bytes.substr(at + 4, 4 + length), number(bytes, at + kHead + length));
    check<FormatError>(sound || !is_needed(type), where,
                       ": expected a whole PNG, got: a wrong checksum of ", type);
    if (sound) chunks_.push_back({type, data});
    if (type == "IEND") return;
    at += kAround + length;
  }
}

std::string_view PngChunks::find(std::string_view type) const {
  for (const auto& chunk : chunks_) {
    if (chunk.type == type) return chunk.data;
  }
  return {};
}

ColorProfile PngChunks::colors(const std::string& where) const {
  if (const auto code = find("cICP"); code.size() == 4) {
    return ColorProfile::of_code_points(std::uint8_t(code[0]), std::uint8_t(code[1]), where);
  }
  if (const auto icc = find("iCCP"); !icc.empty()) {
    if (auto profile = embedded_profile(icc)) return profile;
  }
  if (!find("sRGB").empty()) return {};
  const auto gamma = find("gAMA"), chromaticities = find("cHRM");
  if (gamma.size() != 4 && chromaticities.size() != 32) return {};
  auto c = kSrgbChromaticities;
  if (chromaticities.size() == 32) {
    const auto at = [&](std::size_t i) { return fraction(chromaticities, i); };
    c = {at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7)};
  }
  const auto power = gamma.size() == 4 ? std::optional(fraction(gamma, 0)) : std::nullopt;
  return ColorProfile::of_gamma(power, c);
}

Provenance PngChunks::provenance() const {
  Provenance provenance;
  std::size_t left = kLargestText;
  for (const auto& [type, data] : chunks_) {
    if (type != "tEXt" && type != "zTXt" && type != "iTXt") continue;
    auto rest = data;
    const auto keyword = latin1_to_utf8(take_field(rest));
    auto text = text_of(type, rest, left);
    if (!text || text->size() > left) continue;
    left -= text->size();
    if (keyword == "parameters") {
      provenance.parameters = std::move(*text);
    } else if (keyword == "imagine") {
      provenance.json = std::move(*text);
    } else {
      provenance.others[keyword] = std::move(*text);
    }
  }
  return provenance;
}

}  // namespace imagine::io
