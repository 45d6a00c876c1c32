/// A recipe as strangers may read it.
#pragma once

#include <filesystem>
#include <utility>
#include <vector>

#include "imagine/recipe.h"

namespace imagine::serve {

/// The last part of a path, which may end with a slash.
inline std::string name_of_path(const std::filesystem::path& path) {
  return (path.filename().empty() ? path.parent_path().filename() : path.filename()).string();
}

/// By their names, as the server lists them.
inline std::vector<LoraUse> public_loras(std::vector<LoraUse> loras) {
  for (auto& lora : loras) lora.file = name_of_path(lora.file);
  return loras;
}

/// Without where things lie on the server's machine: folders and files by their names.
inline Recipe public_recipe(Recipe recipe) {
  recipe.request.loras = public_loras(std::move(recipe.request.loras));
  recipe.model = name_of_path(recipe.model);  // of DeepFloyd IF its folder
  recipe.model_folder = name_of_path(recipe.model_folder);
  recipe.text_encoder = name_of_path(recipe.text_encoder);
  return recipe;
}

}  // namespace imagine::serve
