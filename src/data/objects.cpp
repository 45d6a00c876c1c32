#include "data/objects.h"

#include <algorithm>
#include <optional>
#include <set>

#include "core/check.h"
#include "data/holdout.h"
#include "data/plural.h"

namespace imagine::data {
namespace {

constexpr int kMaxDrafts = 1000;
constexpr int kMaxBackgrounds = 12;
constexpr std::size_t kFewest = 4;      // cut-outs for pictures of several
constexpr double kVerticalShare = 0.3;  // of the pictures of two: one above the other
constexpr double kRepeatedShare = 0.12;
constexpr int kMostRepeated = 6;

/// Of pictures without repetition: how often one shows one thing, and how often two of the rest;
/// how often it has a ground.
struct Habits {
  double alone;
  double two;
  double on_ground;
};

constexpr std::array<Habits, 5> kHabits = {{
    {0.80, 0.85, 0.25},  // photo
    {0.80, 0.85, 0.25},  // render
    {0.85, 0.80, 0.05},  // flat
    {0.70, 0.80, 0.05},  // emoji
    {0.70, 0.80, 0.05},  // drawing
}};

struct PlainColour {
  std::string_view name;
  std::array<float, 3> colour;
};

constexpr std::array<PlainColour, 8> kPlainColours = {{{"red", {.75f, .15f, .12f}},
                                                       {"blue", {.2f, .35f, .75f}},
                                                       {"green", {.25f, .6f, .3f}},
                                                       {"yellow", {.95f, .85f, .35f}},
                                                       {"white", {1, 1, 1}},
                                                       {"gray", {.55f, .55f, .57f}},
                                                       {"black", {.05f, .05f, .06f}},
                                                       {"pink", {.95f, .7f, .75f}}}};

std::array<float, 3> mean_colour(const Image& image) {
  std::array<double, 3> sum{};
  for (std::size_t i = 0; i < image.rgb.size(); ++i) sum[i % 3] += image.rgb[i];
  const double scale = 255.0 * image.width * image.height;
  return {float(sum[0] / scale), float(sum[1] / scale), float(sum[2] / scale)};
}

/// Keeps the thing and its shadow inside the picture.
void keep_inside(Placed& thing) {
  constexpr double kMargin = 0.03;
  const double x = thing.width() / 2 + kMargin, y = thing.height() / 2 + kMargin;
  thing.x = std::clamp(thing.x, x, std::max(x, 1 - x));
  thing.y = std::clamp(thing.y, y, std::max(y, 1 - y));
}

/// The longest side, smaller where the source has too few pixels for it.
double limited_side(const Cutout& cutout, double side, int size) {
  constexpr double kEnlarged =
      1.15;  // the most that a source may be enlarged; small pictures hide it
  if (!cutout.svg.empty()) return side;
  const double enlarged = size <= 64 ? 1.6 : kEnlarged;
  return std::min(side, enlarged * cutout.longest_side() / size);
}

/// The longest side with which the thing fills its share of the picture, if it has the pixels.
double wanted_side(const Cutout& cutout, std::size_t count, bool vertical, Random& random) {
  if (count == 1) return random.uniform(0.6, 0.9);
  const Placed whole{.cutout = &cutout, .side = 1};
  const double width = count == 3 ? 0.31 : vertical ? 0.62 : 0.47;
  const double height = count == 3 ? 0.44 : vertical ? 0.44 : 0.60;
  return std::min(width / whole.width(), height / whole.height()) * random.uniform(0.85, 1);
}

/// A source must fill this part of the side of the smallest thing that is asked for.
bool has_pixels(const Cutout& cutout, int size, std::size_t count) {
  const double side = count == 1 ? 0.45 : count == 2 ? 0.33 : 0.27;
  return limited_side(cutout, 1, size) >= side;
}

/// One or two rows; the upper one first, which the lower may cover.
std::vector<std::size_t> random_rows(std::size_t count, Random& random) {
  if (count == 2 || (count == 3 && random.chance(0.5))) return {count};
  const std::size_t upper = random.chance(0.5) ? count / 2 : count - count / 2;
  return {upper, count - upper};
}

/// Of equal things: each in a cell of its own, about as large as the others.
void place_in_rows(ObjectScene& scene, int size, Random& random) {
  constexpr double kMargin = 0.04, kJitter = 0.02;
  auto& things = scene.composition.things;
  const auto rows = random_rows(things.size(), random);
  const double width = (1 - 2 * kMargin) / double(std::ranges::max(rows));
  const double height = (1 - 2 * kMargin) / double(rows.size());
  const Placed whole{.cutout = things.front().cutout, .side = 1};
  const double side =
      std::min(width / whole.width(), height / whole.height()) * random.uniform(0.75, 0.95);
  const double lower = random.uniform(0.8, 0.92), depth = random.uniform(0.25, 0.4);
  auto thing = things.begin();
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const double above = double(rows.size() - 1 - row);  // rows below this one
    for (std::size_t i = 0; i < rows[row]; ++i, ++thing) {
      const auto jitter = [&] { return random.uniform(-kJitter, kJitter); };
      thing->side = limited_side(*thing->cutout, side * random.uniform(0.9, 1), size);
      thing->x = 0.5 + (double(i) - double(rows[row] - 1) / 2) * width + jitter();
      const bool on_ground = scene.composition.ground != nullptr;
      thing->y = (on_ground ? lower - depth * above - thing->height() / 2
                            : 0.5 + (double(rows.size() - 1) / 2 - above) * height) +
                 jitter();
      keep_inside(*thing);
    }
  }
}

void place(ObjectScene& scene, Random& random) {
  const bool on_ground = scene.composition.ground != nullptr;
  auto& things = scene.composition.things;
  const bool vertical =
      scene.relation && (*scene.relation == Relation::above || *scene.relation == Relation::below);
  const double bottom = random.uniform(0.76, 0.90);
  for (std::size_t i = 0; i < things.size(); ++i) {
    Placed& thing = things[i];
    const auto jitter = [&](double most) { return random.uniform(-most, most); };
    if (things.size() == 1) {
      thing.x = random.uniform(0.45, 0.55);
      thing.y = random.uniform(0.45, 0.55);
    } else if (things.size() == 2) {
      const bool first = i == 0;
      const bool leads = *scene.relation == Relation::left || *scene.relation == Relation::above;
      const double along = first == leads ? 0.26 : 0.74;
      thing.x = (vertical ? 0.5 : along) + jitter(0.04);
      thing.y = (vertical ? along : 0.5) + jitter(0.04);
    } else {
      thing.x = 0.18 + 0.32 * double(i);
      thing.y = random.uniform(0.45, 0.6);
    }
    if (on_ground) thing.y = bottom + jitter(0.03) - thing.height() / 2;
    keep_inside(thing);
  }
}

}  // namespace

std::map<std::string, std::string> held_out_styles(const std::vector<Cutout>& cutouts) {
  std::map<std::string, std::set<std::string>> styles;
  for (const Cutout& cutout : cutouts) styles[cutout.identity].insert(name_of(cutout.style));
  std::map<std::string, std::string> held_out;
  for (const auto& [noun, set] : styles) {
    const std::vector<std::string_view> names(set.begin(), set.end());
    if (names.size() < 2) continue;
    if (const auto style = held_out_style(noun, names)) held_out[noun] = *style;
  }
  return held_out;
}

std::vector<std::string> held_out_italian_nouns(const std::vector<Cutout>& cutouts) {
  std::set<std::string> nouns;
  for (const Cutout& cutout : cutouts) {
    if (held_out_italian(cutout.identity)) nouns.insert(cutout.identity);
  }
  return {nouns.begin(), nouns.end()};
}

ObjectMaker::ObjectMaker(const ObjectSources& sources, const ObjectMixture& mixture,
                         const ObjectPictures& pictures)
    : sources_(sources),
      size_(pictures.size),
      labelled_(pictures.labelled),
      shares_{mixture.photo, mixture.render, mixture.flat, mixture.emoji, mixture.drawing},
      held_out_styles_(held_out_styles(sources.cutouts)) {
  for (const Cutout& cutout : sources.cutouts) {
    for (std::size_t count = 1; count <= 3; ++count) {
      if (count > 1 && !cutout.composable) continue;
      if (!has_pixels(cutout, size_, count)) continue;
      choices_[std::size_t(cutout.style)][count - 1].push_back(&cutout);
    }
    const bool repeatable = cutout.composable && english_plural(cutout.english);
    if (repeatable && has_pixels(cutout, size_, 3)) {
      repeatable_[std::size_t(cutout.style)].push_back(&cutout);
    }
  }
  double total = 0;
  for (std::size_t style = 0; style < shares_.size(); ++style) {
    if (choices_[style][0].size() < kFewest) shares_[style] = 0;
    total += shares_[style];
  }
  check<InputError>(total > 0, "objects: expected cut-outs for pictures of ", size_,
                    " pixels, got too few in every style");
  for (const auto& ground : sources.grounds) ground_colours_.push_back(mean_colour(ground.image));
}

const std::vector<const Cutout*>& ObjectMaker::choices(const Wish& wish) const {
  return wish.repeated ? repeatable_[wish.style] : choices_[wish.style][wish.count - 1];
}

ObjectMaker::Wish ObjectMaker::wish(Random& random) const {
  double total = 0;
  for (const double share : shares_) total += share;
  double at = random.uniform() * total;
  Wish wish;
  for (std::size_t style = 0; style < shares_.size(); ++style) {
    if (shares_[style] <= 0) continue;
    wish.style = style;
    if (at < shares_[style]) break;
    at -= shares_[style];
  }
  if (random.chance(kRepeatedShare) && repeatable_[wish.style].size() >= kFewest) {
    wish.repeated = true;
    wish.count = std::size_t(2 + random.below(kMostRepeated - 1));
    return wish;
  }
  const auto& habits = kHabits[wish.style];
  wish.count = random.chance(habits.alone) ? 1 : random.chance(habits.two) ? 2 : 3;
  if (choices(wish).size() < kFewest) wish.count = 1;
  return wish;
}

bool ObjectMaker::is_held_out(const ObjectScene& scene) const {
  const auto& things = scene.composition.things;
  for (std::size_t i = 0; i < things.size(); ++i) {
    const auto& a = *things[i].cutout;
    const auto style = held_out_styles_.find(a.identity);
    if (style != held_out_styles_.end() && style->second == name_of(a.style)) return true;
    for (std::size_t j = i + 1; j < things.size(); ++j) {
      // Three things stand in a row from the left.
      const auto relation = scene.relation.value_or(Relation::left);
      if (held_out_composition(a.identity, relation, things[j].cutout->identity)) return true;
    }
  }
  return false;
}

ObjectScene ObjectMaker::draft(const Wish& wish, Random& random) const {
  ObjectScene scene;
  if (wish.repeated) {
    const Placed thing{.cutout = random.pick(choices(wish))};
    scene.composition.things.assign(wish.count, thing);
    for (auto& each : scene.composition.things) {
      each.flipped = each.cutout->may_flip && random.chance(0.5);
    }
    return scene;
  }
  const bool vertical = wish.count == 2 && random.chance(kVerticalShare);
  if (wish.count == 2) {
    const bool leads = random.chance(0.5);
    scene.relation = vertical ? (leads ? Relation::above : Relation::below)
                              : (leads ? Relation::left : Relation::right);
  }
  std::set<std::string_view> nouns;
  while (nouns.size() < wish.count) {
    const Cutout* cutout = random.pick(choices(wish));
    if (!nouns.insert(cutout->identity).second) continue;
    const double side =
        limited_side(*cutout, wanted_side(*cutout, wish.count, vertical, random), size_);
    const bool flipped = cutout->may_flip && random.chance(0.5);
    scene.composition.things.push_back({.cutout = cutout, .side = side, .flipped = flipped});
  }
  return scene;
}

bool ObjectMaker::choose_background(ObjectScene& scene, Random& random) const {
  auto& composition = scene.composition;
  const auto& things = composition.things;
  const auto visible_on = [&](const std::array<float, 3>& colour) {
    return std::ranges::all_of(
        things, [&](const Placed& thing) { return stands_out(*thing.cutout, colour); });
  };
  const bool vertical =
      scene.relation && (*scene.relation == Relation::above || *scene.relation == Relation::below);
  const auto& habits = kHabits[std::size_t(things.front().cutout->style)];
  if (!sources_.grounds.empty() && !vertical && random.chance(habits.on_ground)) {
    const int index = random.below(int(sources_.grounds.size()));
    if (!visible_on(ground_colours_[std::size_t(index)])) return false;
    composition.ground = &sources_.grounds[std::size_t(index)];
    const double part = random.uniform(0.6, 1);  // the lower part: more ground than sky
    composition.window = {random.uniform(0, 1 - part), random.uniform(0.5, 1) * (1 - part), part};
    composition.ground_flipped = random.chance(0.5);
    return true;
  }
  const bool white = random.chance(things.size() == 1 ? 0.25 : 0.1);
  const PlainColour& plain = white ? kPlainColours[4] : random.pick(kPlainColours);
  if (!visible_on(plain.colour)) return false;
  composition.colour = plain.colour;
  composition.fades = plain.name != "white";
  scene.colour = &colour_named(plain.name);
  return true;
}

Sample ObjectMaker::make(const std::string& key, bool held_out, Random random) const {
  for (int drafts = 0; drafts < kMaxDrafts; ++drafts) {
    ObjectScene scene = draft(wish(random), random);
    if (is_held_out(scene) != held_out) continue;
    bool found = false;
    for (int i = 0; i < kMaxBackgrounds && !found; ++i) found = choose_background(scene, random);
    if (!found) continue;
    const bool repeated = is_repeated(scene);
    if (repeated) {
      place_in_rows(scene, size_, random);
    } else {
      place(scene, random);
    }
    const auto& things = scene.composition.things;
    const bool italian = std::ranges::all_of(things, [&](const Placed& thing) {
      return !thing.cutout->italian.bare.empty() &&
             (!repeated || italian_plural(thing.cutout->italian)) &&
             (held_out || !held_out_italian(thing.cutout->identity));
    });
    return {.key = key,
            .domain = name_of(things.front().cutout->style),
            .image = draw(scene.composition, size_),
            .captions = object_captions(scene, italian, random),
            .facts = object_facts(scene),
            .labels = labelled_ ? std::optional(labels_of(scene.composition, size_)) : std::nullopt,
            .held_out = held_out};
  }
  throw InputError(concat("objects: expected a picture that the held-out rules ",
                          held_out ? "keep from" : "allow in", " training, got none in ",
                          kMaxDrafts, " drafts"));
}

}  // namespace imagine::data
