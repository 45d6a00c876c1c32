/// How good a judge is: the ceiling of every score that it gives.
#pragma once

#include <string>
#include <vector>

#include "evaluate/examples.h"
#include "evaluate/interval.h"
#include "evaluate/judge.h"

namespace imagine::evaluate {

/// What a prompt of this task would ask of a scene with these facts; nullopt where the scene is no
/// example of the task.
std::optional<CompositionPrompt> prompt_about(const Json& facts, Task task);

/// A prompt for all that the scene shows, in its relation where it has one; nullopt where words
/// cannot name it: for wood and for more than `most` bodies.
std::optional<CompositionPrompt> whole_prompt_about(const Json& facts, std::size_t most);

/// How often a judge finds that a real scene shows what a prompt about it would ask for.
struct Ceiling {
  Task task;
  bool held_out;
  Share right;
};
std::vector<Ceiling> ceilings_of(Judge judge, const Examples& examples);

Json json_of(const std::vector<Ceiling>& ceilings);
/// The reverse. ConfigError naming `where`.
std::vector<Ceiling> ceilings_from(const Json& json, const std::string& where);

}  // namespace imagine::evaluate
