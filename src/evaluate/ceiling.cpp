#include "evaluate/ceiling.h"

#include <algorithm>

#include <torch/utils.h>

#include "core/check.h"

namespace imagine::evaluate {
namespace {

constexpr int64_t kBatch = 128;

/// A ceiling as it is stored.
struct Entry {
  std::string task;
  bool held_out = false;
  int right = 0, all = 0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("task", self.task, "what was asked for");
    field("held_out", self.held_out, "whether training never saw it");
    field("right", self.right, "scenes about which the judge was right");
    field("all", self.all, "scenes that it was shown");
  }
};

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

/// Of things with their colours.
bool is_wooden(const Asked& thing) { return thing.colour.empty(); }

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
  if (coloured && std::ranges::any_of(prompt.things, is_wooden)) return std::nullopt;
  if (task == Task::relation) prompt.relation = relation_in(facts);
  const std::size_t kinds = kind_of(task) == "two" ? 2 : 1;
  if (prompt.things.size() != kinds || !is_clear(prompt)) return std::nullopt;
  prompt.held_out = is_held_out(prompt);
  return prompt;
}

std::optional<CompositionPrompt> whole_prompt_about(const Json& facts, std::size_t most) {
  if (!facts.contains("bodies") || facts.at("bodies").size() > most) return std::nullopt;
  CompositionPrompt prompt{.task = Task::relation,
                           .text = {},
                           .things = things_in(facts, /*coloured=*/true),
                           .relation = relation_in(facts)};
  if (std::ranges::any_of(prompt.things, is_wooden)) return std::nullopt;
  if (prompt.things.size() != 2) prompt.relation = std::nullopt;
  prompt.held_out = is_held_out(prompt);
  return prompt;
}

std::vector<Ceiling> ceilings_of(Judge judge, const Examples& examples) {
  std::vector<Ceiling> ceilings;
  for (const auto task : kTasks) {
    for (const bool held_out : {false, true}) ceilings.push_back({task, held_out, {}});
  }
  const auto count = examples.count();
  for (int64_t begin = 0; begin < count; begin += kBatch) {
    const auto rows = std::min(kBatch, count - begin);
    const auto found = look_at(judge, unit_pixels(examples.pixels.narrow(0, begin, rows)));
    for (int64_t i = 0; i < rows; ++i) {
      for (auto& ceiling : ceilings) {
        const auto prompt =
            prompt_about(examples.samples[std::size_t(begin + i)].facts, ceiling.task);
        if (!prompt || prompt->held_out != ceiling.held_out) continue;
        ceiling.right.add(shows(*prompt, found[std::size_t(i)]));
      }
    }
  }
  std::erase_if(ceilings, [](const Ceiling& ceiling) { return ceiling.right.all == 0; });
  return ceilings;
}

Json json_of(const std::vector<Ceiling>& ceilings) {
  std::vector<Entry> entries;
  for (const auto& [task, held_out, right] : ceilings) {
    entries.push_back({std::string(name_of(task)), held_out, right.right, right.all});
  }
  return to_json(entries);
}

std::vector<Ceiling> ceilings_from(const Json& json, const std::string& where) {
  std::vector<Entry> entries;
  read_json(json, where, entries);
  std::vector<Ceiling> ceilings;
  for (const auto& entry : entries) {
    const auto task = task_named(entry.task);
    check<ConfigError>(task.has_value(), where, ": expected a task, got \"", entry.task, '"');
    ceilings.push_back({*task, entry.held_out, {.right = entry.right, .all = entry.all}});
  }
  return ceilings;
}

}  // namespace imagine::evaluate
