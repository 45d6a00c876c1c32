/// How a picture was made, as its file says it.
#pragma once

#include <string>

#include "core/fields.h"

namespace imagine::serve {

/// {"format", "recipe" where it is ours, "fields", "text"}. Problem 404 where it says nothing, 400
/// for what is no picture.
Json picture_recipe_of(const std::string& file);

}  // namespace imagine::serve
