#include "text/unicode.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include "core/check.h"

namespace imagine::text {
namespace {

// ICU counts in 32 bits; a prompt is far below.
constexpr std::size_t kMaxPromptBytes = std::size_t(1) << 20;

bool is_white_space(char32_t c) {
  return c == '\t' || c == '\n' || c == '\r' || u_charType(UChar32(c)) == U_SPACE_SEPARATOR ||
         c == 0x2028 || c == 0x2029;
}

bool is_dropped(char32_t c) {
  if (c == '\t' || c == '\n' || c == '\r') return false;
  constexpr auto kControls = U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CO_MASK;
  return c == 0xfffd || (U_GET_GC_MASK(UChar32(c)) & kControls) != 0;
}

// The blocks of ideographs, which are written without spaces; not kana, not hangul.
bool is_ideograph(char32_t c) {
  constexpr char32_t kBlocks[][2] = {{0x4e00, 0x9fff},   {0x3400, 0x4dbf},   {0x20000, 0x2a6df},
                                     {0x2a700, 0x2b73f}, {0x2b740, 0x2b81f}, {0x2b820, 0x2ceaf},
                                     {0xf900, 0xfaff},   {0x2f800, 0x2fa1f}};
  for (const auto& [first, last] : kBlocks) {
    if (first <= c && c <= last) return true;
  }
  return false;
}

// All ASCII that is neither letter, digit nor space counts, so "$" and "^" too.
bool is_punctuation(char32_t c) {
  if (c < 0x80) return u_isgraph(UChar32(c)) && !u_isalnum(UChar32(c));
  return u_ispunct(UChar32(c));
}

std::u32string clean(std::u32string_view text) {
  std::u32string cleaned;
  cleaned.reserve(text.size());
  for (const char32_t c : text) {
    if (is_dropped(c)) continue;
    if (is_white_space(c)) {
      cleaned += U' ';
    } else if (is_ideograph(c)) {
      cleaned.append({U' ', c, U' '});
    } else {
      cleaned += c;
    }
  }
  return cleaned;
}

icu::UnicodeString decompose(std::u32string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const auto* nfd = icu::Normalizer2::getNFDInstance(status);
  check<ResourceError>(U_SUCCESS(status), "ICU: expected its normalization data, got ",
                       u_errorName(status));
  const auto utf16 = icu::UnicodeString::fromUTF32(reinterpret_cast<const UChar32*>(text.data()),
                                                   std::int32_t(text.size()));
  auto decomposed = nfd->normalize(utf16, status);
  check<ResourceError>(U_SUCCESS(status), "ICU: expected memory to normalize ", text.size(),
                       " characters, got ", u_errorName(status));
  return decomposed;
}

}  // namespace

std::u32string decode_utf8(std::string_view utf8) {
  check<InputError>(utf8.size() <= kMaxPromptBytes, "prompt: expected at most ", kMaxPromptBytes,
                    " bytes, got ", utf8.size());
  std::u32string text;
  text.reserve(utf8.size());
  const auto length = std::int32_t(utf8.size());
  for (std::int32_t next = 0; next < length;) {
    const auto start = next;
    UChar32 c;
    U8_NEXT(utf8.data(), next, length, c);
    check<InputError>(c >= 0, "prompt: expected UTF-8, got a byte that is not at position ", start);
    text += char32_t(c);
  }
  return text;
}

std::string encode_utf8(std::u32string_view text) {
  std::string utf8;
  for (const char32_t c : text) {
    char unit[U8_MAX_LENGTH];
    std::int32_t size = 0;
    U8_APPEND_UNSAFE(unit, size, UChar32(c));
    utf8.append(unit, std::size_t(size));
  }
  return utf8;
}

std::size_t utf8_length(char32_t c) { return std::size_t(U8_LENGTH(UChar32(c))); }

bool is_utf8(std::string_view bytes) {
  const auto length = std::int64_t(bytes.size());
  for (std::int64_t next = 0; next < length;) {
    UChar32 c;
    U8_NEXT(bytes.data(), next, length, c);
    if (c < 0) return false;
  }
  return true;
}

std::u32string normalize_uncased(std::u32string_view text) {
  const auto decomposed = decompose(clean(text));
  std::u32string normalized;
  normalized.reserve(std::size_t(decomposed.length()));
  for (std::int32_t i = 0; i < decomposed.length(); i = decomposed.moveIndex32(i, 1)) {
    const UChar32 c = decomposed.char32At(i);
    if (u_charType(c) != U_NON_SPACING_MARK) normalized += char32_t(u_tolower(c));
  }
  return normalized;
}

/// Decomposing moves only combining marks, most of which are dropped: as many characters come of a
/// text as of its code points one by one.
std::vector<std::size_t> origins_uncased(std::u32string_view text) {
  std::vector<std::size_t> origins;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto count = normalize_uncased(text.substr(i, 1)).size();
    origins.insert(origins.end(), count, i);
  }
  return origins;
}

std::vector<std::u32string_view> split_words(std::u32string_view normalized) {
  std::vector<std::u32string_view> words;
  bool open = false;  // whether the next letter continues the last word
  for (std::size_t i = 0; i < normalized.size(); ++i) {
    const bool apart = is_punctuation(normalized[i]);
    if (normalized[i] == U' ') {
      open = false;
    } else if (apart || !open) {
      words.push_back(normalized.substr(i, 1));
      open = !apart;
    } else {
      words.back() = normalized.substr(i - words.back().size(), words.back().size() + 1);
    }
  }
  return words;
}

}  // namespace imagine::text
