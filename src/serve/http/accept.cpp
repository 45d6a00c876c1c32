#include "serve/http/accept.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "core/names.h"
#include "serve/http/header_value.h"

namespace imagine::serve {
namespace {

constexpr std::string_view kImage = "image/";

struct Accepted {
  std::string type;  ///< in small letters
  double weight = 1;
};

Accepted accepted_of(std::string_view element) {
  const auto parsed = parsed_value(element);
  Accepted accepted{.type = parsed.value};
  if (const auto q = parsed.parameters.find("q"); q != parsed.parameters.end()) {
    const auto& text = q->second;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), accepted.weight);
    if (read.ec != std::errc()) accepted.weight = 0;
  }
  return accepted;
}

std::optional<ImageFormat> format_of(const std::string& type) {
  if (!type.starts_with(kImage)) return std::nullopt;
  return value_named<ImageFormat>(type.substr(kImage.size()));
}

}  // namespace

std::optional<ImageFormat> accepted_format(std::string_view accept) {
  std::optional<ImageFormat> named;  // by any element: "image/*" may mean it
  Accepted best{.type = {}, .weight = 0};
  while (!accept.empty()) {
    const auto comma = std::min(accept.find(','), accept.size());
    const auto next = accepted_of(accept.substr(0, comma));
    accept.remove_prefix(std::min(comma + 1, accept.size()));
    if (next.weight > best.weight) best = next;
    if (!named && next.weight > 0) named = format_of(next.type);
  }
  if (best.type == "image/*") return named.value_or(ImageFormat::png);
  return format_of(best.type);
}

}  // namespace imagine::serve
