#include "evaluate/composition.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"
#include "core/random.h"
#include "data/holdout.h"

namespace imagine::evaluate {
namespace {

using data::Language;
using data::Relation;

constexpr std::array kRelations = {Relation::left, Relation::right, Relation::behind,
                                   Relation::in_front};
constexpr int kFewestSeen = 2, kMostSeen = 4, kHeldOutCount = 5;

std::string random_shape(Random& random) {
  return std::string(random.pick(data::shapes()).singular.english);
}

std::string random_colour(Random& random) {
  return std::string(random.pick(data::colours()).english);
}

/// "red sphere", "sfere rosse": as the captions of training have it.
std::string bare(const Asked& asked, Language language) {
  const auto& noun = data::shape_named(asked.shape);
  const bool plural = asked.count > 1;
  const std::string name(noun.in(language, plural));
  if (asked.colour.empty()) return name;
  const auto colour = data::colour_named(asked.colour).in(language, {noun.feminine, plural});
  return language == Language::english ? concat(colour, " ", name) : concat(name, " ", colour);
}

std::string text_of(const CompositionPrompt& prompt, Language language) {
  std::vector<std::string> phrases;
  for (const auto& thing : prompt.things) phrases.push_back(phrase_of(thing, language));
  if (prompt.relation) return data::related(language, phrases[0], *prompt.relation, phrases[1]);
  return data::listed(language, phrases);
}

/// A prompt without its text; of a held-out kind or not, as it falls.
CompositionPrompt draft(Task task, bool held_out, Random& random) {
  CompositionPrompt prompt{.task = task, .text = {}, .things = {{random_shape(random)}}};
  const bool coloured = task != Task::object && task != Task::two_objects;
  const bool pair = task == Task::two_objects || task == Task::relation || task == Task::binding;
  if (pair) prompt.things.push_back({random_shape(random)});
  for (auto& thing : prompt.things) {
    if (coloured) thing.colour = random_colour(random);
  }
  if (task == Task::relation) prompt.relation = random.pick(kRelations);
  if (task == Task::count) {
    const int seen = kFewestSeen + random.below(kMostSeen - kFewestSeen + 1);
    prompt.things[0].count = held_out ? kHeldOutCount : seen;
  }
  return prompt;
}

bool stands(const Found& a, Relation relation, const Found& b) {
  const double right = a.x - b.x, far = a.z - b.z;
  if (std::abs(right) > std::abs(far)) {
    return relation == (right < 0 ? Relation::left : Relation::right);
  }
  return relation == (far > 0 ? Relation::behind : Relation::in_front);
}

}  // namespace

std::string_view name_of(Task task) {
  constexpr std::array<std::string_view, kTasks.size()> names = {
      "object", "two objects", "count", "colour", "relation", "binding"};
  return names[std::size_t(task)];
}

std::optional<Task> task_named(std::string_view name) {
  const auto* found = std::ranges::find(kTasks, name, name_of);
  return found == kTasks.end() ? std::nullopt : std::optional(*found);
}

std::string phrase_of(const Asked& asked, Language language) {
  const auto text = bare(asked, language);
  if (asked.count > 1) return concat(data::number_word(language, asked.count), " ", text);
  return language == Language::english
             ? data::english_indefinite(text)
             : data::italian_indefinite(text, data::shape_named(asked.shape).feminine);
}

bool is_clear(const CompositionPrompt& prompt) {
  const auto& things = prompt.things;
  if (things.size() < 2) return true;
  const bool same_colour = things[0].colour == things[1].colour;
  if (prompt.task == Task::binding) return things[0].shape != things[1].shape && !same_colour;
  return things[0].shape != things[1].shape || (prompt.relation && !same_colour);
}

bool is_held_out(const CompositionPrompt& prompt) {
  const auto& things = prompt.things;
  const auto held_out_thing = [](const Asked& thing) {
    return data::held_out_count(thing.count) || data::held_out_pair(thing.colour, thing.shape);
  };
  if (std::ranges::any_of(things, held_out_thing)) return true;
  return prompt.relation &&
         (data::held_out_relation(things[0].colour, *prompt.relation) ||
          data::held_out_relation(things[1].colour, data::opposite(*prompt.relation)));
}

std::vector<CompositionPrompt> prompts_of(Task task, const PromptOptions& options) {
  constexpr int kTries = 20000;
  Random random(options.seed, concat(name_of(task), options.held_out ? " held out" : " seen"));
  std::vector<CompositionPrompt> prompts;
  for (int i = 0; i < kTries && std::ssize(prompts) < options.count; ++i) {
    auto prompt = draft(task, options.held_out, random);
    prompt.held_out = is_held_out(prompt);
    if (prompt.held_out != options.held_out || !is_clear(prompt)) continue;
    prompt.text = text_of(prompt, options.language);
    const auto same = std::ranges::find(prompts, prompt.text, &CompositionPrompt::text);
    if (same == prompts.end()) prompts.push_back(std::move(prompt));
  }
  return prompts;
}

bool fits(const Asked& asked, const Found& found) {
  return asked.shape == found.shape && (asked.colour.empty() || asked.colour == found.colour);
}

bool shows(const CompositionPrompt& prompt, const std::vector<Found>& found) {
  std::size_t wanted = 0;
  std::vector<Asked> each;
  for (const auto& thing : prompt.things) {
    wanted += std::size_t(thing.count);
    each.insert(each.end(), std::size_t(thing.count), thing);
  }
  if (found.size() != wanted) return false;
  std::vector<std::size_t> order(found.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  do {  // at most five bodies
    const auto matches = [&](std::size_t i) { return fits(each[i], found[order[i]]); };
    bool right = true;
    for (std::size_t i = 0; i < order.size() && right; ++i) right = matches(i);
    if (right && prompt.relation) {
      right = stands(found[order[0]], *prompt.relation, found[order[1]]);
    }
    if (right) return true;
  } while (std::ranges::next_permutation(order).found);
  return false;
}

}  // namespace imagine::evaluate
