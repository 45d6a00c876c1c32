/// How other programs say that they made a picture: the texts themselves.
#include <cstddef>
#include <cstdint>

#include "recipes/foreign_recipe.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace imagine;
  const std::string text(reinterpret_cast<const char*>(data), size);
  recipes::text_of(recipes::recipe_of_parameters(text));
  for (const auto* keyword : {"prompt", "invokeai_metadata", "sd-metadata", "dream", "Comment"}) {
    const auto recipe =
        recipes::foreign_recipe_of({.parameters = "", .json = "", .others = {{keyword, text}}});
    if (recipe) recipes::json_of(*recipe), recipes::text_of(*recipe);
  }
  return 0;
}
