/// What a graph of ComfyUI comes to.
#pragma once

#include <optional>

#include "recipes/foreign_recipe.h"

namespace imagine::recipes {

/// Of a graph in the form that ComfyUI runs: {"3": {"class_type": ..., "inputs": {"seed": 7,
/// "model":
/// ["4", 0], ...}}, ...}, a list being the node and the output that a value comes from. nullopt
/// where it is no graph.
std::optional<ForeignRecipe> recipe_of_graph(const Json& graph);

}  // namespace imagine::recipes
