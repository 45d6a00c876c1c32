/// The ray-traced world: a few coloured bodies on a ground, seen by a camera.
///
/// Left-handed, as in POV-Ray: x to the right, y up, z away from the camera; the ground is y = 0.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/fields.h"
#include "core/random.h"
#include "data/grammar.h"

namespace imagine::data {

struct Vec3 {
  double x = 0, y = 0, z = 0;
};

/// A body that stands on the ground.
struct Body {
  std::string shape;     ///< one of shapes()
  std::string colour;    ///< one of colours(); empty for wood
  std::string material;  ///< "matte", "glossy", "metal" or "wood"
  double size = 0.5;     ///< radius of the sphere; the others fill about the same space
  double x = 0;
  double z = 0;
  double turn = 0;  ///< degrees about the vertical
};

/// Without roll; the picture is square.
struct Camera {
  Vec3 position;
  Vec3 target;
  double angle = 40;  ///< degrees from the left to the right border
};

enum class SceneKind { single, two, count, mixed, backdrop };

struct Scene {
  SceneKind kind = SceneKind::single;
  std::string ground;       ///< name of one of grounds()
  double ground_shift = 0;  ///< moves the pattern, so that no two floors are equal
  double sky_shift = 0;     ///< moves the clouds
  bool sunset = false;      ///< only of backdrops
  Vec3 light;
  Camera camera;
  std::vector<Body> bodies;
  std::optional<Relation> relation;  ///< of bodies[0] to bodies[1], in scenes of two
  bool held_out = false;             ///< holds what holdout.h keeps out of training
};

/// A scene for training: nothing in it is held out. 30 % one body, 30 % two in a relation, 25 %
/// two, three, four or six equal ones, 15 % three or four. No two bodies touch, each is mostly
/// visible and whole in the picture.
Scene random_scene(Random& random);

/// A scene for evaluation, of a held-out colour and shape, relation, or count.
Scene held_out_scene(Random& random);

/// A scene for what judges pictures: kinds as in training, every combination and up to five equal
/// bodies, held out or not.
Scene any_scene(Random& random);

/// Ground and sky alone, for compositions of cut-outs.
Scene random_backdrop(Random& random);

/// Whether any rule of holdout.h applies.
bool is_held_out(const Scene& scene);

/// What is where, for the manifest and the evaluation: kind, ground, bodies with their boxes in the
/// picture (0 .. 1, from the top left), relation.
Json facts_of(const Scene& scene);

}  // namespace imagine::data
