/// What prompts about bodies on a ground ask for, and whether a picture shows it.
///
/// Six tasks after GenEval (Ghosh et al. 2023), for the ray-traced world: a picture is right if the
/// bodies in it are those that were asked for, no more and no fewer, and stand as they should.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/grammar.h"
#include "imagine/prompt.h"

namespace imagine::evaluate {

enum class Task { object, two_objects, count, colour, relation, binding };
inline constexpr std::array kTasks = {Task::object, Task::two_objects, Task::count,
                                      Task::colour, Task::relation,    Task::binding};
/// "object", "two objects", "count", "colour", "relation", "binding".
std::string_view name_of(Task task);
/// The reverse; nullopt for other names.
std::optional<Task> task_named(std::string_view name);

/// One body or several equal ones.
struct Asked {
  std::string shape;        ///< one of data::shapes()
  std::string colour = {};  ///< one of data::colours(); empty: any
  int count = 1;
};

struct CompositionPrompt {
  Task task;
  std::string text;
  std::vector<Asked> things;
  std::optional<data::Relation> relation = {};  ///< of things[0] to things[1]
  bool held_out = false;                        ///< whether training never saw the combination
};

struct PromptOptions {
  data::Language language = data::Language::english;
  bool held_out = false;
  int count = 100;
  std::uint64_t seed = 1;
};

/// Different prompts, always the same for the same options. Of tasks in which nothing is held out
/// (object, two objects) there are no held-out ones, of others as many as exist: five things are
/// held out for each shape and colour.
std::vector<CompositionPrompt> prompts_of(Task task, const PromptOptions& options);

/// "a red cube", "two blue spheres": as the captions of training have it.
std::string phrase_of(const Asked& asked, data::Language language);

/// Whether training never saw what the prompt asks for.
bool is_held_out(const CompositionPrompt& prompt);
/// Whether the prompt's words can tell its things apart.
bool is_clear(const CompositionPrompt& prompt);

/// A body that a judge found. Places are on the ground, in the units of scenes: x to the right, z
/// away from the camera.
struct Found {
  std::string shape;
  std::string colour;
  double x = 0;
  double z = 0;
  std::optional<Box> box = {};  ///< around what is seen of it, in parts of the picture
};

/// Whether a body has the shape asked for, and the colour where one is.
bool fits(const Asked& asked, const Found& found);

/// Whether the bodies are those that the prompt asks for, and stand as it says: the larger of the
/// two distances, sideways and in depth, tells the relation.
bool shows(const CompositionPrompt& prompt, const std::vector<Found>& found);

}  // namespace imagine::evaluate
