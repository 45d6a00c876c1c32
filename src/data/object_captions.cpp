#include "data/object_captions.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "data/plural.h"

namespace imagine::data {
namespace {

constexpr double kItalianShare = 0.3;
constexpr double kUsualWordsShare = 0.85;

/// "a photo of" + content, "una foto" + di + content, "photo: " + names.
struct StyleWords {
  Phrase usual;
  Phrase other;
  Phrase label;
};

constexpr std::array<StyleWords, 5> kStyleWords = {{
    {{"a photo of", "una foto"}, {"a photograph of", "una fotografia"}, {"photo", "foto"}},
    {{"a 3D render of", "un rendering 3D"},
     {"a 3D model of", "un modello 3D"},
     {"3D render", "rendering 3D"}},
    {{"a flat icon of", "un'icona piatta"},
     {"a flat illustration of", "un'illustrazione piatta"},
     {"flat icon", "icona piatta"}},
    {{"an emoji of", "un'emoji"}, {"an emoji icon of", "un'icona emoji"}, {"emoji", "emoji"}},
    {{"a drawing of", "un disegno"}, {"a cartoon of", "un fumetto"}, {"drawing", "disegno"}},
}};

const StyleWords& words_of(const ObjectScene& scene) {
  return kStyleWords[std::size_t(scene.composition.things.front().cutout->style)];
}

std::string with_style(const ObjectScene& scene, Language language, const std::string& content,
                       Random& random) {
  const StyleWords& words = words_of(scene);
  const auto start = (random.chance(kUsualWordsShare) ? words.usual : words.other).in(language);
  return concat(start, ' ',
                language == Language::english ? content : italian_preposition("di", content));
}

const Name& name_in(const Placed& thing, Language language) {
  return language == Language::english ? thing.cutout->english : thing.cutout->italian;
}

/// "three red apples", "tre mele"
std::string counted(const ObjectScene& scene, Language language) {
  const auto& things = scene.composition.things;
  const auto& name = name_in(things.front(), language);
  const auto plural = language == Language::english ? english_plural(name) : italian_plural(name);
  return concat(number_word(language, int(things.size())), ' ', plural.value());
}

std::string names_of(const ObjectScene& scene, Language language, std::string Name::*form) {
  if (is_repeated(scene)) return counted(scene, language);
  std::vector<std::string> names;
  for (const Placed& thing : scene.composition.things) {
    names.push_back(name_in(thing, language).*form);
  }
  return listed(language, names);
}

/// The things, in their relation if they have one.
std::string content_of(const ObjectScene& scene, Language language, Random& random) {
  const auto& things = scene.composition.things;
  if (!scene.relation) return names_of(scene, language, &Name::phrase);
  const auto& a = name_in(things[0], language).phrase;
  const auto& b = name_in(things[1], language).phrase;
  return random.chance(0.5) ? related(language, a, *scene.relation, b)
                            : related(language, b, opposite(*scene.relation), a);
}

std::string place_of(const ObjectScene& scene, Language language, Random& random) {
  if (scene.composition.ground == nullptr) return plain_background(language, *scene.colour);
  return std::string(random.pick(ground_named(scene.composition.ground->name).places).in(language));
}

/// Content alone, or "3D render: red apple".
std::string short_caption(const ObjectScene& scene, Language language, Random& random) {
  const bool labelled = random.chance(0.5);
  if (!labelled) return names_of(scene, language, &Name::phrase);
  return concat(words_of(scene).label.in(language), ": ", names_of(scene, language, &Name::bare));
}

}  // namespace

bool is_repeated(const ObjectScene& scene) {
  const auto& things = scene.composition.things;
  return things.size() > 1 && things[0].cutout == things[1].cutout;
}

std::string exact_caption(const ObjectScene& scene, Language language, Random& random) {
  const auto content = content_of(scene, language, random);
  return concat(with_style(scene, language, content, random), ' ',
                place_of(scene, language, random));
}

std::string plain_caption(const ObjectScene& scene) {
  return concat(words_of(scene).usual.english, ' ',
                names_of(scene, Language::english, &Name::phrase));
}

std::vector<Caption> object_captions(const ObjectScene& scene, bool italian, Random& random) {
  std::vector<Caption> captions;
  const auto add = [&](const auto& make) {
    const auto language =
        italian && random.chance(kItalianShare) ? Language::italian : Language::english;
    const std::string text = make(language);
    if (std::ranges::find(captions, text, &Caption::text) != captions.end()) return;
    captions.push_back({text, std::string(code_of(language))});
  };
  add([&](Language language) { return exact_caption(scene, language, random); });
  add([&](Language language) {
    return with_style(scene, language, content_of(scene, language, random), random);
  });
  add([&](Language language) {
    const auto content = content_of(scene, language, random);
    return concat(content, ' ', place_of(scene, language, random));
  });
  add([&](Language language) { return short_caption(scene, language, random); });
  return captions;
}

Json object_facts(const ObjectScene& scene) {
  Json objects = Json::array();
  const auto rounded = [](double value) { return std::round(value * 1000) / 1000; };
  for (const Placed& thing : scene.composition.things) {
    objects.push_back({{"noun", thing.cutout->identity},
                       {"x", rounded(thing.x)},
                       {"y", rounded(thing.y)},
                       {"side", rounded(thing.side)}});
  }
  Json facts = {{"style", name_of(scene.composition.things.front().cutout->style)},
                {"prompt", plain_caption(scene)},
                {"objects", objects}};
  if (scene.relation) facts["relation"] = name_of(*scene.relation);
  if (scene.composition.ground != nullptr) {
    facts["ground"] = scene.composition.ground->name;
  } else {
    facts["background"] = scene.colour->english;
  }
  return facts;
}

}  // namespace imagine::data
