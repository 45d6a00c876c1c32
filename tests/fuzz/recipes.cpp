/// How other programs say that they made a picture: the texts themselves.
#include <cstddef>
#include <cstdint>

#include "cascade/foreign_recipe.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace imagine;
  const std::string text(reinterpret_cast<const char*>(data), size);
  cascade::text_of(cascade::recipe_of_parameters(text));
  for (const auto* keyword : {"prompt", "invokeai_metadata", "sd-metadata", "dream", "Comment"}) {
    const auto recipe =
        cascade::foreign_recipe_of({.parameters = "", .json = "", .others = {{keyword, text}}});
    if (recipe) cascade::json_of(*recipe), cascade::text_of(*recipe);
  }
  return 0;
}
