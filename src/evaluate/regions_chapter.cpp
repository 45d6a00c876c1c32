#include <algorithm>

#include "core/random.h"
#include "data/holdout.h"
#include "evaluate/chapters.h"
#include "evaluate/placed.h"
#include "viz/grid.h"

namespace imagine::evaluate {
namespace {

constexpr Box kLeft = {.x = 0.05, .y = 0.2, .width = 0.4, .height = 0.6};
constexpr Box kRight = {.x = 0.55, .y = 0.2, .width = 0.4, .height = 0.6};

/// Two bodies on a ground, the first to the left of the second.
struct Couple {
  CompositionPrompt prompt;
  std::string place;  ///< "on grass"
};

/// What the picture's own prompt says of the bodies: all, no relation, or that there are two.
enum class Own { related, listed, counted };
constexpr std::array kOwn = {Own::related, Own::listed, Own::counted};

/// One way to ask for a couple.
struct Way {
  std::string name;
  Own own = Own::related;
  std::optional<RegionMethod> method = {};  ///< nothing: by words alone
  double strength = Region{}.strength;
  double feather = Region{}.feather;
};

/// A ground would swallow such a body.
bool is_swallowed(const Asked& body, std::string_view ground) {
  return (ground == "snow" && body.colour == "white") ||
         (ground == "wood" && body.colour == "brown");
}

CompositionPrompt swapped(CompositionPrompt prompt) {
  std::swap(prompt.things[0].colour, prompt.things[1].colour);
  return prompt;
}

/// Different bodies in different colours, each couple followed by the same one with its colours
/// changed over. Training saw all combinations.
std::vector<Couple> couples_of(int count, std::uint64_t seed) {
  Random random(seed, "couples");
  std::vector<Couple> couples;
  while (std::ssize(couples) < count) {
    CompositionPrompt prompt{
        .task = Task::relation, .text = {}, .things = {}, .relation = data::Relation::left};
    for (int i = 0; i < 2; ++i) {
      prompt.things.push_back({.shape = std::string(random.pick(data::shapes()).singular.english),
                               .colour = std::string(random.pick(data::colours()).english)});
    }
    const auto& ground = random.pick(data::grounds());
    const auto& [one, other] = std::pair(prompt.things[0], prompt.things[1]);
    const auto turned = swapped(prompt);
    const bool fits_ground = ground.name != "water" && !is_swallowed(one, ground.name) &&
                             !is_swallowed(other, ground.name);
    if (one.shape == other.shape || one.colour == other.colour || !fits_ground) continue;
    if (is_held_out(prompt) || is_held_out(turned)) continue;
    const std::string place(ground.places.front().english);
    couples.push_back({prompt, place});
    couples.push_back({turned, place});
  }
  couples.resize(std::size_t(count));
  return couples;
}

std::string text_of(const Couple& couple, Own own) {
  const auto language = data::Language::english;
  const auto first = phrase_of(couple.prompt.things[0], language),
             second = phrase_of(couple.prompt.things[1], language);
  switch (own) {
    case Own::related:
      return concat(data::related(language, first, data::Relation::left, second), " ",
                    couple.place);
    case Own::listed:
      return concat(data::listed(language, {first, second}), " ", couple.place);
    default:
      return concat("two bodies ", couple.place);
  }
}

std::string_view name_of(Own own) {
  switch (own) {
    case Own::related:
      return "both and their relation";
    case Own::listed:
      return "both";
    default:
      return "two bodies";
  }
}

std::vector<Placed> placed_of(const Couple& couple) {
  return {{couple.prompt.things[0], kLeft}, {couple.prompt.things[1], kRight}};
}

Request request_of(const Couple& couple, const Way& way) {
  Request request{.prompt = text_of(couple, way.own)};
  if (!way.method) return request;
  request.region_method = way.method;
  request.regions.emplace();
  for (const auto& placed : placed_of(couple)) {
    request.regions->push_back({.box = placed.box,
                                .prompt = phrase_of(placed.body, data::Language::english),
                                .strength = way.strength,
                                .feather = way.feather});
  }
  return request;
}

std::vector<Way> ways_of(const Desk& desk) {
  std::vector<Way> ways;
  for (const auto own : kOwn) {
    ways.push_back({.name = "words alone", .own = own});
    if (desk.model.weighs_words) {
      for (const double feather : desk.options.region_feathers) {
        for (const double strength : desk.options.region_strengths) {
          ways.push_back({"attention", own, RegionMethod::attention, strength, feather});
        }
      }
    }
    ways.push_back({.name = "multidiffusion", .own = own, .method = RegionMethod::multidiffusion});
  }
  return ways;
}

/// What all judges say of one way's pictures.
struct Outcome {
  MeanShare right, swapped, related;

  void add(const Couple& couple, const std::vector<std::vector<Found>>& judged) {
    const auto placed = placed_of(couple);
    right.add(agreeing(judged, [&](const auto& found) { return fills(placed, found); }));
    swapped.add(agreeing(judged, [&](const auto& found) { return swaps_colours(placed, found); }));
    related.add(agreeing(judged, [&](const auto& found) { return shows(couple.prompt, found); }));
  }
};

}  // namespace

int count_regions(const Desk& desk) { return desk.options.control * int(ways_of(desk).size()); }

void add_regions(Desk& desk, Report& report) {
  const auto couples = couples_of(desk.options.control, desk.options.prompt_seed);
  Json rows = Json::array();
  std::vector<Image> images;
  std::vector<std::string> captions;
  for (const auto& way : ways_of(desk)) {
    Outcome outcome;
    // The first of each name are shown.
    const bool is_shown =
        std::ranges::none_of(rows, [&](const Json& row) { return row.at("way") == way.name; });
    for (std::size_t i = 0; i < couples.size(); ++i) {
      auto request = request_of(couples[i], way);
      request.seed = i, request.size = desk.model.size;
      const auto picture = desk.model.paint(request);
      outcome.add(couples[i], bodies_in(desk.panel, picture));
      if (!is_shown || i >= std::size_t(kSheetColumns)) continue;
      images.push_back(picture);
      captions.push_back(concat(way.name, ": ", text_of(couples[i], Own::related)));
    }
    rows.push_back({{"way", way.name},
                    {"own_prompt", name_of(way.own)},
                    {"strength", way.strength},
                    {"feather", way.feather},
                    {"right", json_of(outcome.right.estimate())},
                    {"swapped", json_of(outcome.swapped.estimate())},
                    {"related", json_of(outcome.related.estimate())}});
  }
  report.results["regions"] = {{"pictures", couples.size()}, {"ways", std::move(rows)}};
  report.figures.push_back({"regions", "The first couples by each way, not picked",
                            viz::labelled_sheet(images, captions, kSheetColumns, kSheetCell)});
}

}  // namespace imagine::evaluate
