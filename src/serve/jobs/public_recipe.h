/// A recipe as strangers may read it.
#pragma once

#include <filesystem>
#include <utility>
#include <vector>

#include "core/sources.h"
#include "imagine/recipe.h"
#include "recipes/recipe.h"

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

/// Without where things lie on a machine: folders and files by their names.
inline Recipe without_places(Recipe recipe) {
  recipe.request.loras = public_loras(std::move(recipe.request.loras));
  recipe.model = name_of_path(recipe.model);  // of DeepFloyd IF its folder
  recipe.model_folder = name_of_path(recipe.model_folder);
  recipe.text_encoder = name_of_path(recipe.text_encoder);
  return recipe;
}

/// Errors call the pictures that were sent by their fields, but they are no files.
inline Request with_sent_pictures(Request request) {
  visit_sources(request, [](Source& source) { source.name = recipes::kSent; });
  return request;
}

/// Of a picture that the server drew.
inline Recipe public_recipe(Recipe recipe) {
  recipe.request = with_sent_pictures(std::move(recipe.request));
  return without_places(std::move(recipe));
}

}  // namespace imagine::serve
