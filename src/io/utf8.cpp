#include "io/utf8.h"

#include <cstddef>

namespace imagine::io {

namespace {

constexpr char32_t kReplacement = 0xfffd;

/// Bytes of the character that begins with `lead`; 0 if none does.
std::size_t length_of(unsigned lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xc2) return 0;  // a continuation, or a longer spelling of ASCII
  if (lead < 0xe0) return 2;
  if (lead < 0xf0) return 3;
  return lead < 0xf5 ? 4 : 0;
}

/// Whether `code` needs `length` bytes and stands for a character.
bool is_proper(char32_t code, std::size_t length) {
  if (length == 3) return code >= 0x800 && (code < 0xd800 || code > 0xdfff);
  return length != 4 || (code >= 0x10000 && code <= 0x10ffff);
}

}  // namespace

char32_t take_utf8(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto length = length_of(byte(0));
  bool good = length > 0 && length <= text.size();
  char32_t code = length == 1 ? byte(0) : byte(0) & (0x7fu >> length);
  for (std::size_t i = 1; good && i < length; ++i) {
    good = (byte(i) & 0xc0) == 0x80;
    code = code << 6 | (byte(i) & 0x3f);
  }
  good = good && is_proper(code, length);
  text.remove_prefix(good ? length : 1);
  return good ? code : kReplacement;
}

bool is_utf8(std::string_view text) {
  constexpr char32_t kReplacement = 0xFFFD;
  while (!text.empty()) {
    const auto before = text;
    if (take_utf8(text) == kReplacement && !before.starts_with("\xEF\xBF\xBD")) return false;
  }
  return true;
}

void append_utf8(std::string& text, char32_t code) {
  if (code < 0x80) {
    text += char(code);
  } else if (code < 0x800) {
    text += char(0xc0 | code >> 6);
    text += char(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    text += char(0xe0 | code >> 12);
    text += char(0x80 | (code >> 6 & 0x3f));
    text += char(0x80 | (code & 0x3f));
  } else {
    text += char(0xf0 | code >> 18);
    text += char(0x80 | (code >> 12 & 0x3f));
    text += char(0x80 | (code >> 6 & 0x3f));
    text += char(0x80 | (code & 0x3f));
  }
}

std::string_view without_byte_order_mark(std::string_view text) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  return text;
}

}  // namespace imagine::io
