/// Words and the part of a picture that they belong to, as options write them.
#pragma once

#include <optional>
#include <string>

#include "imagine/prompt.h"

namespace imagine::cli {

struct BoxedWords {
  std::optional<Box> box = {};  ///< nothing: "background"
  std::string words = {};
};

/// "x,y,width,height: words", in parts of the picture from its top left corner; "background:
/// words". InputError naming the option for anything else.
BoxedWords boxed_words(const std::string& text, const std::string& option);

}  // namespace imagine::cli
