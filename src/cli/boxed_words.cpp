#include "cli/boxed_words.h"

#include <algorithm>
#include <string_view>

#include "core/check.h"
#include "core/number.h"
#include "core/trimmed.h"

namespace imagine::cli {

BoxedWords boxed_words(const std::string& text, const std::string& option) {
  const auto expected = [&](bool holds) {
    check<InputError>(holds, option, ": expected \"x,y,width,height: words\" in parts of the ",
                      "picture, got \"", text, '"');
  };
  const std::string_view whole = text;
  const auto colon = whole.find(':');
  expected(colon != whole.npos);
  auto place = trimmed(whole.substr(0, colon));
  BoxedWords boxed{.words = std::string(trimmed(whole.substr(colon + 1)))};
  if (place == "background") return boxed;
  auto& box = boxed.box.emplace();
  for (auto* side : {&box.x, &box.y, &box.width, &box.height}) {
    const auto end = std::min(place.find(','), place.size());
    const auto number = real_number(trimmed(place.substr(0, end)));
    expected(number.has_value());
    *side = *number;
    const bool is_last = side == &box.height;
    expected(is_last == (end == place.size()));
    place.remove_prefix(std::min(end + 1, place.size()));
  }
  return boxed;
}

}  // namespace imagine::cli
