#include "engine/wording.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/check.h"
#include "engine/boxes.h"
#include "engine/prompt_syntax.h"
#include "text/emphasis.h"

namespace imagine::engine {
namespace {

constexpr std::size_t kMostRegions = 16;
constexpr std::size_t kMostClauses = 16;                // each is a row at every step
constexpr std::size_t kMostTexts = 64;                  // each is read by the text encoder
constexpr std::size_t kLongest = std::size_t(1) << 20;  // bytes of all texts together

bool weighs(const std::vector<WeightedText>& parts) {
  return std::ranges::any_of(parts, [](const WeightedText& part) { return part.weight != 1; });
}

bool weighs(const std::optional<std::vector<Wording>>& wordings) {
  if (!wordings) return false;
  return std::ranges::any_of(*wordings, [](const Wording& wording) {
    return std::ranges::any_of(wording.clauses,
                               [](const Clause& clause) { return weighs(clause.parts); });
  });
}

/// Whether it is the text as it stands.
bool says_as_much(const std::vector<Wording>& wordings, const std::string& text) {
  const std::vector<Wording> plain = {{.from = 0, .clauses = {{.parts = {{text}}}}}};
  return wordings == plain;
}

void check_text(const std::string& text, const std::string& name) {
  check<InputError>(text.size() <= kLongest, name, ": expected at most ", kLongest, " bytes, got ",
                    text.size());
  check<InputError>(text.find('\0') == text.npos, name, ": expected text, got a NUL in it");
}

void check_wording(const std::optional<std::vector<Wording>>& wordings, const char* name) {
  if (!wordings) return;
  check<InputError>(!wordings->empty() && wordings->front().from == 0, name,
                    ": expected a first one from 0 on");
  std::set<std::string> texts;
  std::size_t bytes = 0;
  double before = -1;
  for (const auto& [from, clauses] : *wordings) {
    check<InputError>(from > before && from <= 1, name, ": from: expected more than ",
                      std::max(0.0, before), " up to 1, got ", from);
    check<InputError>(!clauses.empty() && clauses.size() <= kMostClauses, name,
                      ": clauses: expected 1 to ", kMostClauses, ", got ", clauses.size());
    before = from;
    for (const auto& [parts, weight] : clauses) {
      check<InputError>(!parts.empty() && std::abs(weight) <= 100, name,
                        ": clauses: expected parts, and a weight from -100 to 100, got ", weight);
      for (const auto& part : parts) {
        check<InputError>(part.weight >= 0 && part.weight <= 100, name,
                          ": parts: weight: expected 0 .. 100, got ", part.weight);
      }
      const auto text = text::text_of(parts);
      check_text(text, name);
      if (texts.insert(text).second) bytes += text.size();
      check<InputError>(texts.size() <= kMostTexts && bytes <= kLongest, name,
                        ": expected at most ", kMostTexts, " different texts of ", kLongest,
                        " bytes in all, got more");
    }
  }
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == text.npos; }

void check_region(const Region& region, const std::string& name, const models::StageSpec& first) {
  const auto read = region.parts.empty() ? region.prompt : text::text_of(region.parts);
  check<InputError>(!is_blank(read), name, "prompt: expected what is to be there, got nothing");
  check_text(region.prompt, name + "prompt");
  check_text(text::text_of(region.parts), name + "parts");
  for (const auto& part : region.parts) {
    check<InputError>(part.weight >= 0 && part.weight <= 100, name,
                      "parts: weight: expected 0 .. 100, got ", part.weight);
  }
  check<InputError>(region.strength > 0 && region.strength <= 1, name,
                    "strength: expected more than 0 and at most 1, got ", region.strength);
  check<InputError>(region.feather >= 0 && region.feather <= 0.5, name,
                    "feather: expected 0 .. 0.5, got ", region.feather);
  check<InputError>(region.until > 0 && region.until <= 1, name,
                    "until: expected more than 0 and at most 1, got ", region.until);
  if (region.box.width == 0 && region.box.height == 0) return;  // what the others leave
  check_box(region.box, name, first);
}

/// Of a negative prompt, which is one text whatever it joins.
std::vector<Wording> as_one(std::vector<Wording> wordings) {
  for (auto& [from, clauses] : wordings) {
    Clause all;
    for (auto& clause : clauses) {
      if (!all.parts.empty()) all.parts.push_back({" ", 1});
      std::ranges::move(clause.parts, std::back_inserter(all.parts));
    }
    clauses = {std::move(all)};
  }
  return wordings;
}

}  // namespace

void read_prompts(Request& request, std::int64_t steps) {
  if (request.prompt_syntax != PromptSyntax::a1111) return;
  const auto read = [&](const std::string& prompt) {
    return wordings_of(prompt, PromptSyntax::a1111, steps);
  };
  if (!request.wording) {
    auto [prompt, regions] = regions_of(request.prompt);
    request.wording = read(prompt);
    if (!regions.empty()) {
      auto all = request.regions.value_or(std::vector<Region>());
      std::ranges::move(regions, std::back_inserter(all));
      request.regions = std::move(all);
    }
    if (says_as_much(*request.wording, request.prompt)) request.wording.reset();
  }
  if (!request.negative_wording && !request.negative.empty()) {
    request.negative_wording = as_one(read(request.negative));
    if (says_as_much(*request.negative_wording, request.negative)) request.negative_wording.reset();
  }
  bool has_signs = request.wording || request.negative_wording;
  for (std::size_t i = 0; request.regions && i < request.regions->size(); ++i) {
    auto& region = (*request.regions)[i];
    if (region.parts.empty()) region.parts = weighted(region.prompt);
    if (region.parts == std::vector<WeightedText>{{region.prompt}}) region.parts.clear();
    has_signs = has_signs || !region.parts.empty();
  }
  if (!has_signs) request.prompt_syntax.reset();
}

bool joins_texts(const Request& request) {
  const auto joins = [](const Wording& wording) {
    return wording.clauses.size() > 1 || wording.clauses.front().weight != 1;
  };
  if (request.wording) {
    check_wording(request.wording, "wording");
    return std::ranges::any_of(*request.wording, joins);
  }
  if (request.prompt_syntax != PromptSyntax::a1111) return false;
  constexpr std::int64_t kAnySteps = 1;  // they are the same texts at each
  return joins(
      wordings_of(regions_of(request.prompt).prompt, PromptSyntax::a1111, kAnySteps).front());
}

bool says_something(const Request& request) {
  if (!request.wording) return !is_blank(request.prompt);
  return std::ranges::any_of(*request.wording, [](const Wording& wording) {
    return std::ranges::any_of(wording.clauses, [](const Clause& clause) {
      return !is_blank(text::text_of(clause.parts));
    });
  });
}

void check_words(const Request& request, const models::StageSpec& first) {
  check_wording(request.wording, "wording");
  check_wording(request.negative_wording, "negative_wording");
  const bool by_place = first.place() > 0;
  auto weight = weighs(request.wording) || weighs(request.negative_wording);
  const auto regions = request.regions.value_or(std::vector<Region>());
  check<InputError>(regions.empty() || request.task != Task::upscale,
                    "regions: expected none for an enlargement");
  check<InputError>(regions.size() <= kMostRegions, "regions: expected at most ", kMostRegions,
                    ", got ", regions.size());
  for (std::size_t i = 0; i < regions.size(); ++i) {
    check_region(regions[i], concat("regions[", i, "]."), first);
    weight = weight || weighs(regions[i].parts);
  }
  check<InputError>(!weight || by_place, "prompt: expected words without weights: this model has ",
                    "no way to weigh them");
  const bool by_attention =
      request.region_method.value_or(RegionMethod::attention) == RegionMethod::attention;
  check<InputError>(regions.empty() || by_place || !by_attention,
                    "region_method: expected multidiffusion: this model reads words for the whole ",
                    "picture alone");
  const bool special = request.wording || request.negative_wording || !regions.empty();
  check<InputError>(!request.clean_caption || !special,
                    "clean_caption: expected false with regions or signs in the prompt");
}

}  // namespace imagine::engine
