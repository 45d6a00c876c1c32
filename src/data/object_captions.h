/// Captions of pictures made of cut-outs: {style} + {content} + {ground}, each part dropped in
/// turn.
#pragma once

#include <optional>
#include <vector>

#include "core/random.h"
#include "data/compose.h"
#include "data/grammar.h"
#include "data/sample.h"

namespace imagine::data {

struct ObjectScene {
  Composition composition;
  std::optional<Relation> relation;   ///< of the first of two things to the second
  const Adjective* colour = nullptr;  ///< of the plain background
};

/// Whether the picture shows one thing several times.
bool is_repeated(const ObjectScene& scene);

/// A long exact one, two medium ones and a short one, each in Italian with a chance of 30 % where
/// every thing has an Italian name (and, repeated, a plural); without repetitions.
std::vector<Caption> object_captions(const ObjectScene& scene, bool italian, Random& random);

/// The caption that names style, things, relation and ground, in one language.
std::string exact_caption(const ObjectScene& scene, Language language, Random& random);

/// Style and things alone, in English: "a photo of an apple and a lemon".
std::string plain_caption(const ObjectScene& scene);

/// What is where, for the evaluation.
Json object_facts(const ObjectScene& scene);

}  // namespace imagine::data
