#include "data/cldr.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>

#include "core/check.h"
#include "data/names.h"

namespace imagine::data {
namespace {

/// The code points of UTF-8; malformed bytes count as themselves.
std::string key_of(std::string_view utf8) {
  std::string key;
  for (std::size_t i = 0; i < utf8.size();) {
    const auto byte = std::uint8_t(utf8[i++]);
    int following = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc0 ? 1 : 0;
    unsigned code = following ? byte & (0x3f >> following) : byte;
    for (; following > 0 && i < utf8.size(); --following) code = code << 6 | (utf8[i++] & 0x3f);
    if (code == 0xfe0f) continue;
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), key.empty() ? "%x" : "-%x", code);
    key += text.data();
  }
  return key;
}

std::optional<std::string_view> attribute(std::string_view tag, std::string_view name) {
  const auto start = tag.find(concat(' ', name, "=\""));
  if (start == tag.npos) return std::nullopt;
  const auto value = start + name.size() + 3;
  const auto end = tag.find('"', value);
  if (end == tag.npos) return std::nullopt;
  return tag.substr(value, end - value);
}

std::string unescaped(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, char>, 5> entities = {
      {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}}};
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto found = std::ranges::find_if(
        entities, [&](const auto& entity) { return text.substr(i).starts_with(entity.first); });
    result += found == entities.end() ? text[i] : found->second;
    if (found != entities.end()) i += found->first.size() - 1;
  }
  return result;
}

}  // namespace

std::string emoji_key(std::string_view code) {
  std::string lower(code);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
  std::string key;
  for (std::size_t start = 0; start < lower.size();) {
    const auto end = std::min(lower.find('-', start), lower.size());
    auto point = std::string_view(lower).substr(start, end - start);
    while (point.size() > 1 && point.front() == '0') point.remove_prefix(1);
    if (point != "fe0f") {
      if (!key.empty()) key += '-';
      key += point;
    }
    start = end + 1;
  }
  return key;
}

void add_cldr_names(std::string_view xml, EmojiNames& names) {
  constexpr std::string_view kOpen = "<annotation ";
  for (std::size_t at = 0; (at = xml.find(kOpen, at)) != xml.npos; ++at) {
    const auto close = xml.find('>', at);
    if (close == xml.npos) return;
    const auto tag = xml.substr(at, close - at);
    const auto end = xml.find('<', close);
    const auto code = attribute(tag, "cp");
    if (end == xml.npos || !code || attribute(tag, "type") != "tts") continue;
    names[key_of(unescaped(*code))] =
        plain_quotes(unescaped(xml.substr(close + 1, end - close - 1)));
  }
}

CldrNames read_cldr(const PackageFolder& folder) {
  CldrNames names;
  read_package(folder, "unicode-cldr-core", [&](const std::string& name, const io::Bytes& bytes) {
    for (const std::string set : {"annotations/", "annotationsDerived/"}) {
      if (name.ends_with("/common/" + set + "en.xml")) add_cldr_names(bytes, names.english);
      if (name.ends_with("/common/" + set + "it.xml")) add_cldr_names(bytes, names.italian);
    }
  });
  check<FormatError>(!names.english.empty() && !names.italian.empty(),
                     "unicode-cldr-core: expected annotations in English and Italian, got ",
                     names.english.size(), " and ", names.italian.size(), " names");
  return names;
}

}  // namespace imagine::data
