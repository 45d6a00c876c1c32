#include "text/caption.h"

#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/regex.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <vector>

#include "core/check.h"
#include "text/html.h"
#include "text/unicode.h"

namespace imagine::text {
namespace {

using icu::UnicodeString;

/// Regular expressions of ICU; "$1" is the first group.
struct Rule {
  std::string pattern, replacement;
};
using Rules = std::vector<Rule>;

const std::string kExtensions = "(?:png|jpg|jpeg|bmp|webp|eps|pdf|apk|mp4)";

const Rules& addresses() {
  const std::string domain =
      R"([a-zA-Z0-9.\-]+\.(?:com|co|ru|net|org|edu|gov|it)[\w/\-]*\b/?(?!@))";
  static const Rules rules = {
      {"<person>", "person"},
      {R"(\b(?:https?:(?:/{1,3}|[a-zA-Z0-9%])|)" + domain + ")", ""},
      {R"(\b(?:www:(?:/{1,3}|[a-zA-Z0-9%])|)" + domain + ")", ""},
  };
  return rules;
}

const Rules& signs() {
  static const Rules rules = {
      {R"(@[\w\d]+\b)", ""},
      {R"([\u31C0-\u31EF]+)", ""},
      {R"([\u31F0-\u31FF]+)", ""},
      {R"([\u3200-\u32FF]+)", ""},
      {R"([\u3300-\u33FF]+)", ""},
      {R"([\u3400-\u4DBF]+)", ""},
      {R"([\u4DC0-\u4DFF]+)", ""},
      {R"([\u4E00-\u9FFF]+)", ""},
      {R"([\u002D\u058A\u05BE\u1400\u1806\u2010-\u2015\u2E17\u2E1A\u2E3A\u2E3B\u2E40\u301C\u3030)"
       R"(\u30A0\uFE31\uFE32\uFE58\uFE63\uFF0D]+)",
       "-"},
      {R"([\u0060\u00B4\u00AB\u00BB\u201C\u201D\u00A8])", "\""},
      {R"([\u2018\u2019])", "'"},
      {"&quot;?", ""},
      {"&amp", ""},
      {R"(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})", " "},
      {R"(\d:\d\d\s+$)", ""},
      {R"(\\n)", " "},
      {R"(#\d{1,3}\b)", ""},
      {R"(#\d{5,}\b)", ""},
      {R"(\b\d{6,}\b)", ""},
      {R"(\S+\.)" + kExtensions, ""},
      {R"(["']{2,})", "\""},
      {R"(\.{2,})", " "},
      {R"([#\u00AE\u2022\u00A9\u2122&@\u00B7\u00BA\u00BD\u00BE\u00BF\u00A1\u00A7~)(\]\[}{|\\/*]+)",
       " "},
      {R"(\s+\.\s+)", " "},
  };
  return rules;
}

const Rules& words() {
  static const Rules rules = {
      {R"(\b[a-zA-Z]{1,3}\d{3,15}\b)", ""},
      {R"(\b[a-zA-Z]+\d+[a-zA-Z]+\b)", ""},
      {R"(\b\d+[a-zA-Z]+\d+\b)", ""},
      {R"((?:worldwide\s+)?(?:free\s+)?shipping)", ""},
      {R"((?:free\s)?download(?:\sfree)?)", ""},
      {R"(\bclick\b\s(?:for|on)\s\w+)", ""},
      {R"(\b)" + kExtensions + R"((?:\simages?)?)", ""},
      {R"(\bpage\s+\d+\b)", ""},
      {R"(\b\d*[a-zA-Z]+\d+[a-zA-Z]+\d+[a-zA-Z\d]*\b)", " "},
      {R"(\b\d+\.?\d*[x\u0445\u00D7]\d+\.?\d*\b)", ""},
      {R"(\b\s+:\s+)", ": "},
      {R"((\D[,./])\b)", "$1 "},
      {R"(\s+)", " "},
      {R"(^["']([\w\W]+)["']$)", "$1"},
      {R"(^['_,\-:;])", ""},
      {R"(['_,\-:+]$)", ""},
      {R"(^\.\S+$)", ""},
  };
  return rules;
}

UnicodeString replaced(const UnicodeString& text, const Rule& rule) {
  UErrorCode status = U_ZERO_ERROR;
  icu::RegexMatcher matcher(UnicodeString::fromUTF8(rule.pattern), text, 0, status);
  auto result = matcher.replaceAll(UnicodeString::fromUTF8(rule.replacement), status);
  check<InputError>(U_SUCCESS(status), "prompt: expected text that can be cleaned, got ",
                    u_errorName(status), " at ", rule.pattern);
  return result;
}

UnicodeString cleaned_by(UnicodeString text, const Rules& rules) {
  for (const auto& rule : rules) text = replaced(text, rule);
  return text;
}

UnicodeString without_first_space(const UnicodeString& text) {
  int32_t begin = 0;  // every white space is one unit long
  while (begin < text.length() && u_isUWhiteSpace(text[begin])) ++begin;
  return UnicodeString(text, begin);
}

UnicodeString without_last_space(const UnicodeString& text) {
  auto end = text.length();
  while (end > 0 && u_isUWhiteSpace(text[end - 1])) --end;
  return UnicodeString(text, 0, end);
}

UnicodeString stripped(const UnicodeString& text) {
  return without_last_space(without_first_space(text));
}

UnicodeString lower(UnicodeString text) { return stripped(text.toLower(icu::Locale::getRoot())); }

UnicodeString from_utf8(std::string_view text) {
  decode_utf8(text);  // refuses what is not UTF-8
  return UnicodeString::fromUTF8({text.data(), int32_t(text.size())});
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// As in addresses: %C3%A9 -> é, + -> space. Bytes that make no UTF-8 become U+FFFD.
UnicodeString unquoted(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
                        hex_digit(text[i + 2]) >= 0;
    if (escape) {
      bytes += char(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      bytes += text[i] == '+' ? ' ' : text[i];
    }
  }
  return UnicodeString::fromUTF8(bytes);
}

/// What ftfy does to text that was decoded rightly: plain quotes, letters instead of ligatures,
/// usual widths, no control characters, composed.
UnicodeString fixed(const UnicodeString& text) {
  UErrorCode status = U_ZERO_ERROR;
  const auto* compatible = icu::Normalizer2::getNFKCInstance(status);
  const auto* composed = icu::Normalizer2::getNFCInstance(status);
  check<InputError>(U_SUCCESS(status), "prompt: expected ICU's data, got ", u_errorName(status));
  UnicodeString result;
  for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const UChar32 c = text.char32At(i);
    const bool folds = (c >= 0xFB00 && c <= 0xFB06) || (c >= 0xFF01 && c <= 0xFFEF) || c == 0x3000;
    const bool kept = c == '\t' || c == '\n' || c == '\f' || c == '\r';
    if (folds) {
      result.append(compatible->normalize(UnicodeString(c), status));
    } else if (c == 0x02BC || (c >= 0x2018 && c <= 0x201B)) {
      result.append(u'\'');
    } else if (c >= 0x201C && c <= 0x201F) {
      result.append(u'"');
    } else if (kept || (!(c < 0x20) && c != 0x7F && c != 0xFEFF && !(c >= 0xFFF9 && c <= 0xFFFC))) {
      result.append(c);
    }
  }
  return composed->normalize(result, status);
}

UnicodeString without_many_dashes(const UnicodeString& text) {
  int32_t count = 0;
  for (int32_t i = 0; i < text.length(); ++i) count += text[i] == '-' || text[i] == '_' ? 1 : 0;
  return count > 3 ? replaced(text, {"[-_]", " "}) : text;
}

UnicodeString cleaned_once(const UnicodeString& prompt) {
  std::string utf8;
  prompt.toUTF8String(utf8);
  auto text = cleaned_by(lower(unquoted(utf8)), addresses());
  text = without_many_dashes(cleaned_by(text_of_html(text), signs()));
  text = with_references_decoded(with_references_decoded(fixed(text)));
  return stripped(cleaned_by(text, words()));
}

}  // namespace

std::string lower_cased(std::string_view prompt) {
  std::string result;
  return lower(from_utf8(prompt)).toUTF8String(result);
}

std::vector<WeightedText> lower_cased(std::vector<WeightedText> parts) {
  const auto to_utf8 = [](const UnicodeString& text) {
    std::string utf8;
    return text.toUTF8String(utf8);
  };
  std::vector<UnicodeString> lower;
  for (const auto& part : parts) {
    lower.push_back(from_utf8(part.text).toLower(icu::Locale::getRoot()));
  }
  for (auto part = lower.begin(); part != lower.end(); ++part) {
    *part = without_first_space(*part);
    if (!part->isEmpty()) break;
  }
  for (auto part = lower.rbegin(); part != lower.rend(); ++part) {
    *part = without_last_space(*part);
    if (!part->isEmpty()) break;
  }
  for (std::size_t i = 0; i < parts.size(); ++i) parts[i].text = to_utf8(lower[i]);
  return parts;
}

std::string cleaned_caption(std::string_view prompt) {
  const auto once = cleaned_once(from_utf8(prompt));
  std::string result;
  return cleaned_once(once).toUTF8String(result);
}

}  // namespace imagine::text
