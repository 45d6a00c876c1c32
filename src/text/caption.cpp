#include "text/caption.h"

#include <unicode/locid.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include "text/unicode.h"

namespace imagine::text {

std::string lower_cased(std::string_view prompt) {
  decode_utf8(prompt);  // refuses what is not UTF-8
  auto text = icu::UnicodeString::fromUTF8({prompt.data(), int32_t(prompt.size())});
  text.toLower(icu::Locale::getRoot());
  int32_t begin = 0, end = text.length();
  while (begin < end && u_isUWhiteSpace(text.char32At(begin))) ++begin;  // all are one unit long
  while (end > begin && u_isUWhiteSpace(text.char32At(end - 1))) --end;
  std::string result;
  return text.tempSubStringBetween(begin, end).toUTF8String(result);
}

}  // namespace imagine::text
