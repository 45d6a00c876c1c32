/// How other programs say that they made a picture.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/fields.h"
#include "io/image_file.h"

namespace imagine::recipes {

/// What they say, as far as it has a name of its own; a number is one, the rest are texts.
struct ForeignRecipe {
  std::string format;  ///< "A1111", "ComfyUI", "InvokeAI" or "NovelAI": whose way of saying it
  std::string prompt = {};
  std::string negative = {};
  Json steps = {}, sampler = {}, guidance = {}, seed = {}, width = {}, height = {}, model = {};
  std::vector<std::pair<std::string, std::string>> settings = {};  ///< all else, in its order
};

/// What A1111's `parameters` say, which Forge, Civitai and many others write too: the prompt, then
/// from "Negative prompt:" on the negative one, then a line of at least three "Key: value, ...";
/// without such a line all is prompt.
ForeignRecipe recipe_of_parameters(const std::string& parameters);

/// The recipe that a program other than ours put into a picture; nullopt where there is none that
/// is known. Of A1111: see above. ComfyUI: the graph "prompt" (in PNG; in WebP within EXIF), what
/// leads to the sampler that begins from noise. InvokeAI: "invokeai_metadata", "sd-metadata" and
/// "dream". NovelAI: "Comment". Broken texts count as none.
std::optional<ForeignRecipe> foreign_recipe_of(const io::Provenance& provenance);

/// What is known of it, by the names of the members; `settings` as an object.
Json json_of(const ForeignRecipe& recipe);

/// The same for people, a line each.
std::string text_of(const ForeignRecipe& recipe);

}  // namespace imagine::recipes
