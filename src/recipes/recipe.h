/// A recipe as text: inside pictures, and as a command.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/request_json.h"
#include "imagine/recipe.h"
#include "io/image_file.h"

namespace imagine::recipes {

/// In a recipe the name of a picture that the server was sent: it has no file.
inline constexpr const char* kSent = "sent to the server";

/// What is written into a picture: the parameters text of AUTOMATIC1111's tools (prompt, negative
/// prompt, then "Steps: 16, Sampler: ..., CFG scale: ..., Seed: ..., Size: ...", values quoted as
/// these tools do) and our JSON.
io::Provenance provenance_of(const Recipe& recipe);

/// The recipe in a picture's JSON; nullopt where it has none, or one of before 2026-11-26.
/// FormatError where it is damaged.
std::optional<Recipe> recipe_of(const io::Provenance& provenance, const std::string& where);

/// The command line that makes the picture or the sheet again, quoted for a POSIX shell. Pictures
/// that were sent stand in it as stand_ins_of() has them.
std::string command_line_of(const Recipe& recipe);

/// What stands in the command for pictures that were sent: "SKETCH.png" of --sketch.
std::vector<std::string> stand_ins_of(const Recipe& recipe);

}  // namespace imagine::recipes
