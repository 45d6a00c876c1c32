#include "data/scene_caption.h"

#include <algorithm>
#include <array>
#include <set>

#include "core/check.h"

namespace imagine::data {
namespace {

/// How much a caption says. Captions of a scene take turns.
enum class Length { brief, medium, exact };

struct Manner {
  Language language = Language::english;
  bool colour = true;  ///< or wood, which has none
  bool material = false;
  bool size = false;  ///< only where sizes differ
  bool ground = false;
  bool related = true;  ///< in scenes of two: the relation, or else a list
  double synonym = 1;   ///< 0 .. 1: which other words for the shapes
};

constexpr Adjective kSmall = {"small", {"piccolo", "piccola", "piccoli", "piccole"}};
constexpr Adjective kLarge = {"large", {"grande", "grande", "grandi", "grandi"}};
constexpr Adjective kMatte = {"matte", {"opaco", "opaca", "opachi", "opache"}};
constexpr Adjective kShiny = {"shiny", {"lucido", "lucida", "lucidi", "lucide"}};
constexpr Adjective kMetal = {"metal", {"di metallo", "di metallo", "di metallo", "di metallo"}};
constexpr Adjective kWooden = {"wooden", {"di legno", "di legno", "di legno", "di legno"}};

constexpr Noun kBall = {{"ball", "palla"}, {"balls", "palle"}, true};
constexpr Noun kDonut = {{"donut", "ciambella"}, {"donuts", "ciambelle"}, true};
constexpr Noun kRing = {{"ring", "anello"}, {"rings", "anelli"}, false};

constexpr std::array<Phrase, 2> kPreludes = {
    {{"a 3D scene of ", "una scena 3D con "}, {"a ray-traced picture of ", "un'immagine 3D con "}}};

const Adjective& material_of(const Body& body) {
  if (body.material == "wood") return kWooden;
  if (body.material == "metal") return kMetal;
  return body.material == "glossy" ? kShiny : kMatte;
}

const Noun& noun_of(const Body& body, double synonym) {
  if (body.shape == "sphere" && synonym < 0.15) return kBall;
  if (body.shape == "torus" && synonym < 0.4) return synonym < 0.25 ? kDonut : kRing;
  return shape_named(body.shape);
}

/// Equal bodies, which a caption counts.
struct Group {
  Body body;
  int count = 1;
};

std::vector<Group> groups_of(const Scene& scene) {
  std::vector<Group> groups;
  for (const auto& body : scene.bodies) {
    const auto same = std::ranges::find_if(groups, [&](const Group& group) {
      return group.body.shape == body.shape && group.body.colour == body.colour &&
             group.body.material == body.material;
    });
    if (same == groups.end()) {
      groups.push_back({body});
    } else {
      ++same->count;
    }
  }
  return groups;
}

std::string joined(const std::vector<std::string_view>& words) {
  std::string text;
  for (const auto word : words) {
    if (!text.empty()) text += ' ';
    text += word;
  }
  return text;
}

/// "large red metal sphere", "grande sfera rossa di metallo": without article or number.
std::string bare_phrase(const Group& group, const Manner& manner, const Noun& noun,
                        Random& random) {
  const auto& body = group.body;
  const Agreement agreement = {noun.feminine, group.count > 1};
  const auto word = [&](const Adjective& adjective) {
    return adjective.in(manner.language, agreement);
  };
  const bool wood = body.material == "wood";
  std::vector<std::string_view> qualities;
  if (manner.colour && !wood) qualities.push_back(word(colour_named(body.colour)));
  if (manner.material || (manner.colour && wood)) qualities.push_back(word(material_of(body)));
  const bool adjectives = body.material == "matte" || body.material == "glossy";
  if (manner.language == Language::english && adjectives && random.chance(0.5)) {
    std::ranges::reverse(qualities);  // "a shiny red sphere"
  }
  std::vector<std::string_view> words;
  if (manner.size) words.push_back(word(body.size < 0.6 ? kSmall : kLarge));
  const auto name = noun.in(manner.language, group.count > 1);
  const bool noun_first = manner.language == Language::italian;
  if (noun_first) words.push_back(name);
  words.insert(words.end(), qualities.begin(), qualities.end());
  if (!noun_first) words.push_back(name);
  return joined(words);
}

std::string phrase(const Group& group, const Manner& manner, Random& random) {
  const auto& noun = noun_of(group.body, manner.synonym);
  const auto bare = bare_phrase(group, manner, noun, random);
  if (group.count > 1) {
    return concat(number_word(manner.language, group.count), " ", bare);
  }
  return manner.language == Language::english ? english_indefinite(bare)
                                              : italian_indefinite(bare, noun.feminine);
}

std::string content(const Scene& scene, const Manner& manner, Random& random) {
  auto groups = groups_of(scene);
  std::vector<std::string> phrases;
  if (scene.relation && random.chance(0.4)) {
    const auto b = phrase(groups[1], manner, random), a = phrase(groups[0], manner, random);
    if (manner.related) return related(manner.language, b, opposite(*scene.relation), a);
    return listed(manner.language, {b, a});
  }
  for (const auto& group : groups) phrases.push_back(phrase(group, manner, random));
  if (scene.relation && manner.related) {
    return related(manner.language, phrases[0], *scene.relation, phrases[1]);
  }
  const int turn = random.below(int(phrases.size()));
  std::rotate(phrases.begin(), phrases.begin() + turn, phrases.end());
  return listed(manner.language, phrases);
}

bool sizes_differ(const Scene& scene) {
  const auto& bodies = scene.bodies;
  const bool lists = scene.kind == SceneKind::two || scene.kind == SceneKind::mixed;
  return lists && std::ranges::any_of(
                      bodies, [&](const Body& body) { return body.size != bodies.front().size; });
}

/// Whether the names of the shapes alone tell the bodies apart.
bool shapes_differ(const Scene& scene) {
  std::set<std::string> shapes;
  for (const auto& group : groups_of(scene)) {
    if (!shapes.insert(group.body.shape).second) return false;
  }
  return true;
}

Manner random_manner(const Scene& scene, Length length, Random& random) {
  Manner manner;
  const bool exact = length == Length::exact;
  manner.material = random.chance(exact ? 0.9 : 0.35);
  manner.colour = exact || !shapes_differ(scene) || random.chance(0.65);
  manner.size = sizes_differ(scene) && random.chance(exact ? 0.4 : 0.05);
  manner.ground = exact || (length == Length::medium && random.chance(0.6));
  manner.related = length != Length::brief || random.chance(0.7);
  manner.synonym = random.uniform();
  return manner;
}

std::string caption_text(const Scene& scene, const Manner& manner, Random& random) {
  std::string text = content(scene, manner, random);
  if (manner.ground) {
    const auto& place = random.pick(ground_named(scene.ground).places);
    text = concat(text, " ", place.in(manner.language));
  }
  if (random.chance(0.12)) {
    text = concat(random.pick(kPreludes).in(manner.language), text);
  }
  return text;
}

}  // namespace

std::vector<Caption> captions_of(const Scene& scene, Random& random) {
  check<InputError>(!scene.bodies.empty(), "captions_of: expected a scene with bodies, got none");
  const int count = 4 + random.below(3);
  const int italian = int(0.3 * count + random.uniform());
  const int first_length = random.below(3);
  std::vector<Caption> captions;
  for (int i = 0; i < count; ++i) {
    for (int tries = 0; tries < 90; ++tries) {
      // A lone body has few short captions: after thirty tries another length.
      const auto length = Length((first_length + i + tries / 30) % 3);
      auto manner = random_manner(scene, length, random);
      manner.language = i < italian ? Language::italian : Language::english;
      const Caption caption = {caption_text(scene, manner, random),
                               std::string(code_of(manner.language))};
      if (std::ranges::find(captions, caption.text, &Caption::text) != captions.end()) continue;
      captions.push_back(caption);
      break;
    }
  }
  return captions;
}

}  // namespace imagine::data
