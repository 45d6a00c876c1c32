#include "text/html.h"

#include <array>
#include <cstdlib>
#include <string>
#include <string_view>

namespace imagine::text {
namespace {

/// U+00A0 and on.
constexpr std::array<std::string_view, 96> kLatin1 = {
    "nbsp",   "iexcl",  "cent",   "pound",  "curren", "yen",    "brvbar", "sect",   "uml",
    "copy",   "ordf",   "laquo",  "not",    "shy",    "reg",    "macr",   "deg",    "plusmn",
    "sup2",   "sup3",   "acute",  "micro",  "para",   "middot", "cedil",  "sup1",   "ordm",
    "raquo",  "frac14", "frac12", "frac34", "iquest", "Agrave", "Aacute", "Acirc",  "Atilde",
    "Auml",   "Aring",  "AElig",  "Ccedil", "Egrave", "Eacute", "Ecirc",  "Euml",   "Igrave",
    "Iacute", "Icirc",  "Iuml",   "ETH",    "Ntilde", "Ograve", "Oacute", "Ocirc",  "Otilde",
    "Ouml",   "times",  "Oslash", "Ugrave", "Uacute", "Ucirc",  "Uuml",   "Yacute", "THORN",
    "szlig",  "agrave", "aacute", "acirc",  "atilde", "auml",   "aring",  "aelig",  "ccedil",
    "egrave", "eacute", "ecirc",  "euml",   "igrave", "iacute", "icirc",  "iuml",   "eth",
    "ntilde", "ograve", "oacute", "ocirc",  "otilde", "ouml",   "divide", "oslash", "ugrave",
    "uacute", "ucirc",  "uuml",   "yacute", "thorn",  "yuml"};

struct Named {
  std::string_view name;
  UChar32 character;
};

constexpr std::array kOthers = {
    Named{"amp", '&'},       Named{"lt", '<'},       Named{"gt", '>'},
    Named{"quot", '"'},      Named{"apos", '\''},    Named{"ndash", 0x2013},
    Named{"mdash", 0x2014},  Named{"lsquo", 0x2018}, Named{"rsquo", 0x2019},
    Named{"ldquo", 0x201C},  Named{"rdquo", 0x201D}, Named{"bull", 0x2022},
    Named{"hellip", 0x2026}, Named{"trade", 0x2122}, Named{"euro", 0x20AC},
    Named{"OElig", 0x0152},  Named{"oelig", 0x0153}, Named{"Scaron", 0x0160},
    Named{"scaron", 0x0161}, Named{"Yuml", 0x0178},
};

constexpr UChar32 kNone = -1;

UChar32 character_named(const std::string& name) {
  for (std::size_t i = 0; i < kLatin1.size(); ++i) {
    if (kLatin1[i] == name) return UChar32(0xA0 + i);
  }
  for (const auto& [known, character] : kOthers) {
    if (known == name) return character;
  }
  return kNone;
}

UChar32 character_numbered(const std::string& digits) {
  const bool hex = digits.size() > 1 && (digits[0] == 'x' || digits[0] == 'X');
  char* end = nullptr;
  const auto* begin = digits.c_str() + (hex ? 1 : 0);
  const long number = std::strtol(begin, &end, hex ? 16 : 10);
  const bool valid = end != begin && *end == '\0' && number > 0 && number <= 0x10FFFF &&
                     (number < 0xD800 || number > 0xDFFF);
  return valid ? UChar32(number) : kNone;
}

}  // namespace

icu::UnicodeString with_references_decoded(const icu::UnicodeString& text) {
  constexpr int32_t kLongest = 10;
  icu::UnicodeString result;
  for (int32_t i = 0; i < text.length(); ++i) {
    const int32_t end = text[i] == '&' ? text.indexOf(char16_t(';'), i, kLongest + 1) : -1;
    if (end > i + 1) {
      std::string name;
      text.tempSubStringBetween(i + 1, end).toUTF8String(name);
      const auto character =
          name[0] == '#' ? character_numbered(name.substr(1)) : character_named(name);
      if (character != kNone) {
        result.append(character);
        i = end;
        continue;
      }
    }
    result.append(text[i]);
  }
  return result;
}

icu::UnicodeString text_of_html(const icu::UnicodeString& html) {
  icu::UnicodeString result;
  for (int32_t i = 0; i < html.length(); ++i) {
    const char16_t next = i + 1 < html.length() ? html[i + 1] : u' ';
    const bool begins = (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z') ||
                        next == '/' || next == '!' || next == '?';
    if (html[i] == '<' && begins) {
      const bool comment = html.compare(i, 4, u"<!--") == 0;
      const int32_t end = comment ? html.indexOf(u"-->", 3, i + 4) : html.indexOf(char16_t('>'), i);
      if (end < 0) break;
      i = comment ? end + 2 : end;
      continue;
    }
    result.append(html[i]);
  }
  return with_references_decoded(result);
}

}  // namespace imagine::text
