/// Options that say what is to be where.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "imagine/request.h"

namespace CLI {
class App;
}

namespace imagine::cli {

/// "x,y,width,height: words", in parts of the picture from its top left corner; "background:
/// words" is what the others leave. InputError for anything else.
Region region_of(const std::string& text);

/// --prompt-syntax, --region, --region-method and what holds for all regions.
struct WordOptions {
  std::vector<std::string> regions = {};
  std::optional<double> strength = {}, feather = {}, until = {};
  std::optional<RegionMethod> method = {};
  std::optional<PromptSyntax> syntax = {};
};

void add_word_options(CLI::App& command, WordOptions& options);

/// Puts them into the request.
void set_words(Request& request, const WordOptions& options);

}  // namespace imagine::cli
