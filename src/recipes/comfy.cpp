#include "recipes/comfy.h"

#include <algorithm>
#include <deque>
#include <initializer_list>
#include <map>
#include <set>
#include <string_view>

namespace imagine::recipes {
namespace {

using Names = std::initializer_list<std::string_view>;

bool is_link(const Json& value) {
  return value.is_array() && value.size() == 2 && value[0].is_string() && value[1].is_number();
}

/// Looks nodes up by their name, and along their links backwards.
class Graph {
 public:
  explicit Graph(const Json& graph) {
    for (const auto& [id, node] : graph.items()) {
      const bool whole = node.is_object() && node.contains("class_type") &&
                         node["class_type"].is_string() && node.contains("inputs") &&
                         node["inputs"].is_object();
      if (whole) nodes_[id] = &node;
    }
  }

  bool is_empty() const { return nodes_.empty(); }
  std::size_t size() const { return nodes_.size(); }

  std::string kind(const std::string& id) const {
    const auto found = nodes_.find(id);
    return found == nodes_.end() ? "" : (*found->second)["class_type"].get<std::string>();
  }

  /// The node and those that lead to it, the nearest first; of a node's inputs the named ones alone
  /// where it has them.
  std::vector<std::string> upstream(const std::string& id, Names followed = {}) const {
    std::vector<std::string> order;
    std::set<std::string> seen{id};
    for (std::deque<std::string> open{id}; !open.empty(); open.pop_front()) {
      const auto found = nodes_.find(open.front());
      if (found == nodes_.end()) continue;
      order.push_back(open.front());
      const auto& inputs = (*found->second)["inputs"];
      const bool chooses = std::ranges::any_of(followed, [&](auto name) {
        return inputs.contains(name) && is_link(inputs[std::string(name)]);
      });
      for (const auto& [name, value] : inputs.items()) {
        const bool taken = !chooses || std::ranges::find(followed, name) != followed.end();
        if (!taken || !is_link(value)) continue;
        const auto from = value[0].get<std::string>();
        if (seen.insert(from).second) open.push_back(from);
      }
    }
    return order;
  }

  /// The node that an input comes from; empty where it is none.
  std::string source(const std::string& id, std::string_view name) const {
    const auto* value = input(id, name);
    return value && is_link(*value) ? (*value)[0].get<std::string>() : "";
  }

  /// The first value under one of the names that is none of a list, in the order of the nodes.
  Json value(const std::vector<std::string>& ids, Names names) const {
    for (const auto& id : ids) {
      for (const auto name : names) {
        const auto* found = input(id, name);
        if (found && !found->is_structured() && !found->is_null()) return *found;
      }
    }
    return {};
  }

  /// Nodes that draw: they take a latent picture, and their kind says that they sample.
  std::vector<std::string> samplers() const {
    std::vector<std::string> ids;
    for (const auto& [id, node] : nodes_) {
      const bool samples = kind(id).find("ampler") != std::string::npos;
      if (samples && (input(id, "latent_image") || input(id, "latent"))) ids.push_back(id);
    }
    return ids;
  }

 private:
  const Json* input(const std::string& id, std::string_view name) const {
    const auto found = nodes_.find(id);
    if (found == nodes_.end()) return nullptr;
    const auto& inputs = (*found->second)["inputs"];
    const auto value = inputs.find(std::string(name));
    return value == inputs.end() ? nullptr : &*value;
  }

  std::map<std::string, const Json*> nodes_;
};

/// The sampler that no other one leads to: it begins from noise.
std::string first_sampler(const Graph& graph) {
  constexpr std::size_t kMost = 64;  // of a graph that people made
  auto samplers = graph.samplers();
  samplers.resize(std::min(samplers.size(), kMost));
  for (const auto& id : samplers) {
    const auto before = graph.upstream(id);
    const auto another = [&](const std::string& other) {
      return other != id && std::ranges::find(before, other) != before.end();
    };
    if (std::ranges::none_of(samplers, another)) return id;
  }
  return samplers.empty() ? "" : samplers.front();
}

/// The text that conditions through that input of the sampler, or of what guides it.
std::string text_through(const Graph& graph, const std::string& sampler, Names inputs) {
  for (const auto& id : graph.upstream(sampler, {"guider"})) {
    for (const auto name : inputs) {
      const auto from = graph.source(id, name);
      if (from.empty()) continue;
      const auto ids = graph.upstream(from, inputs);
      const auto text =
          graph.value(ids, {"text", "text_g", "t5xxl", "clip_l", "prompt", "value", "string"});
      return text.is_string() ? text.get<std::string>() : "";
    }
  }
  return {};
}

}  // namespace

std::optional<ForeignRecipe> recipe_of_graph(const Json& json) {
  if (!json.is_object()) return std::nullopt;
  const Graph graph(json);
  if (graph.is_empty()) return std::nullopt;
  ForeignRecipe recipe{.format = "ComfyUI"};
  recipe.settings.emplace_back("Nodes", std::to_string(graph.size()));
  const auto sampler = first_sampler(graph);
  if (sampler.empty()) return recipe;
  recipe.prompt = text_through(graph, sampler, {"positive", "conditioning"});
  recipe.negative = text_through(graph, sampler, {"negative"});
  const auto all = graph.upstream(sampler);
  const auto near = graph.upstream(sampler, {"noise", "guider", "sigmas", "sampler"});
  recipe.seed = graph.value(near, {"seed", "noise_seed", "value"});
  recipe.steps = graph.value(near, {"steps"});
  recipe.guidance = graph.value(near, {"cfg"});
  recipe.sampler = graph.value(near, {"sampler_name"});
  const auto latent = graph.source(sampler, "latent_image");
  const auto sized = graph.upstream(latent.empty() ? graph.source(sampler, "latent") : latent);
  recipe.width = graph.value(sized, {"width"});
  recipe.height = graph.value(sized, {"height"});
  recipe.model = graph.value(all, {"ckpt_name", "unet_name", "model_name"});
  if (const auto scheduler = graph.value(near, {"scheduler"}); scheduler.is_string()) {
    recipe.settings.emplace_back("Scheduler", scheduler.get<std::string>());
  }
  return recipe;
}

}  // namespace imagine::recipes
