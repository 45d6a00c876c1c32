/// Looks that have a name: words around a prompt.
#pragma once

#include <span>
#include <string>

#include "imagine/request.h"

namespace imagine {

struct NamedStyle {
  const char* name;
  const char* prompt;    ///< "{prompt}" stands for what is asked for
  const char* negative;  ///< is added to what the picture is pushed away from
};

/// Those that come with Imagine. A model draws what it has seen: the embedded one knows the first
/// four.
std::span<const NamedStyle> named_styles();

/// Puts the words of the style of that name around the request's prompt. InputError for an unknown
/// name, with the nearest.
void apply_style(Request& request, const std::string& name);

}  // namespace imagine
