#include "cli/regions.h"

#include <CLI/CLI.hpp>

#include "cli/boxed_words.h"
#include "cli/options.h"

namespace imagine::cli {
Region region_of(const std::string& text) {
  auto [box, words] = boxed_words(text, "--region");
  constexpr Box kRest{.x = 0, .y = 0, .width = 0, .height = 0};
  return {.box = box.value_or(kRest), .prompt = std::move(words)};
}

void add_word_options(CLI::App& command, WordOptions& options) {
  command
      .add_option_function<std::string>(
          "--prompt-syntax",
          [&options](const std::string& name) { options.syntax = value_named<PromptSyntax>(name); },
          "plain: prompts are words; a1111: (stronger), (as:1.3), [weaker], "
          "[from:to:0.5], [in|turns], one AND another, <region:x,y,width,height>")
      ->check(one_of(all_names<PromptSyntax>()));
  command
      .add_option("--region", options.regions,
                  "a part of the picture with words of its own: \"0,0,0.5,1: a red cube\" is its "
                  "left half; \"background: on grass\" what the others leave; may be given again")
      ->type_name("X,Y,W,H: WORDS")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
  command
      .add_option(
          "--region-strength", options.strength,
          "how much of the prompt's own words regions take away there (default: 0.65; 1: all)")
      ->check(above(0, 1));
  command
      .add_option("--region-feather", options.feather,
                  "how far their edges fade, in parts of their shorter side (default: 0)")
      ->check(between(0.0, 0.5));
  command
      .add_option("--region-until", options.until,
                  "for which part of the first stage's steps they count (default: 1)")
      ->check(above(0, 1));
  command
      .add_option_function<std::string>(
          "--region-method",
          [&options](const std::string& name) { options.method = value_named<RegionMethod>(name); },
          "attention: each place looks for its region's words (default); multidiffusion: "
          "each region's picture is drawn, and they are joined at every step")
      ->check(one_of(all_names<RegionMethod>()));
}

/// InputError for what holds for regions where there are none. Prompts may have them too, by signs.
void check_regions_given(const WordOptions& options) {
  if (!options.regions.empty() || options.syntax == PromptSyntax::a1111) return;
  const auto check_open = [](const char* option, bool is_given) {
    check<InputError>(!is_given, option, ": expected a --region that it counts for, got none");
  };
  check_open("--region-strength", options.strength.has_value());
  check_open("--region-feather", options.feather.has_value());
  check_open("--region-until", options.until.has_value());
  check_open("--region-method", options.method.has_value());
}

void set_words(Request& request, const WordOptions& options) {
  request.prompt_syntax = options.syntax;
  request.region_method = options.method;
  check_regions_given(options);
  if (options.regions.empty()) return;
  auto& regions = request.regions.emplace();
  for (const auto& text : options.regions) {
    auto region = region_of(text);
    region.strength = options.strength.value_or(region.strength);
    region.feather = options.feather.value_or(region.feather);
    region.until = options.until.value_or(region.until);
    regions.push_back(std::move(region));
  }
}

}  // namespace imagine::cli
