#include "evaluate/ceiling.h"

#include <algorithm>

#include <torch/utils.h>

namespace imagine::evaluate {
namespace {

constexpr int64_t kBatch = 128;

std::optional<data::Relation> relation_in(const Json& facts) {
  const auto name = facts.value("relation", std::string());
  for (int i = 0; i <= int(data::Relation::in_front); ++i) {
    if (data::name_of(data::Relation(i)) == name) return data::Relation(i);
  }
  return std::nullopt;
}

/// The things of a scene, equal ones counted, with or without their colours.
std::vector<Asked> things_in(const Json& facts, bool coloured) {
  std::vector<Asked> things;
  for (const auto& body : facts.at("bodies")) {
    Asked thing{.shape = body.at("shape"), .colour = coloured ? body.at("colour") : ""};
    const auto same = std::ranges::find_if(things, [&](const Asked& other) {
      return other.shape == thing.shape && other.colour == thing.colour;
    });
    if (same == things.end()) {
      things.push_back(std::move(thing));
    } else {
      ++same->count;
    }
  }
  return things;
}

std::string_view kind_of(Task task) {
  switch (task) {
    case Task::object:
    case Task::colour:
      return "single";
    case Task::count:
      return "count";
    default:
      return "two";
  }
}

}  // namespace

std::optional<CompositionPrompt> prompt_about(const Json& facts, Task task) {
  if (facts.at("kind") != kind_of(task)) return std::nullopt;
  const bool coloured = task != Task::object && task != Task::two_objects;
  CompositionPrompt prompt{.task = task, .text = {}, .things = things_in(facts, coloured)};
  const auto lacks_colour = [](const Asked& thing) { return thing.colour.empty(); };
  if (coloured && std::ranges::any_of(prompt.things, lacks_colour)) return std::nullopt;  // wood
  if (task == Task::relation) prompt.relation = relation_in(facts);
  const std::size_t kinds = kind_of(task) == "two" ? 2 : 1;
  if (prompt.things.size() != kinds || !is_clear(prompt)) return std::nullopt;
  prompt.held_out = is_held_out(prompt);
  return prompt;
}

std::vector<Ceiling> ceilings_of(Judge judge, const JudgeExamples& examples) {
  std::vector<Ceiling> ceilings;
  for (const auto task : kTasks) {
    for (const bool held_out : {false, true}) ceilings.push_back({task, held_out, {}});
  }
  const auto count = std::ssize(examples.facts);
  for (int64_t begin = 0; begin < count; begin += kBatch) {
    const auto rows = std::min(kBatch, count - begin);
    const auto pixels = examples.pixels.narrow(0, begin, rows).to(torch::kFloat) / 127.5 - 1;
    const auto found = look_at(judge, pixels);
    for (int64_t i = 0; i < rows; ++i) {
      for (auto& ceiling : ceilings) {
        const auto prompt = prompt_about(examples.facts[std::size_t(begin + i)], ceiling.task);
        if (!prompt || prompt->held_out != ceiling.held_out) continue;
        ceiling.right.add(shows(*prompt, found[std::size_t(i)]));
      }
    }
  }
  std::erase_if(ceilings, [](const Ceiling& ceiling) { return ceiling.right.all == 0; });
  return ceilings;
}

Json json_of(const std::vector<Ceiling>& ceilings) {
  Json list = Json::array();
  for (const auto& ceiling : ceilings) {
    const auto interval = ceiling.right.interval();
    list.push_back({{"task", name_of(ceiling.task)},
                    {"held_out", ceiling.held_out},
                    {"right", ceiling.right.right},
                    {"all", ceiling.right.all},
                    {"share", ceiling.right.value()},
                    {"interval", {interval.low, interval.high}}});
  }
  return list;
}

}  // namespace imagine::evaluate
