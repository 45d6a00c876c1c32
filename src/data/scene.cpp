#include "data/scene.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string_view>

#include "data/holdout.h"
#include "data/scene_view.h"

namespace imagine::data {
namespace {

/// Metal 2, matte 3, glossy 3, wood 1 parts in nine.
constexpr std::array<std::string_view, 9> kMaterials = {
    "metal", "metal", "matte", "matte", "matte", "glossy", "glossy", "glossy", "wood"};
/// Six too, so that five, held out, lies between numbers that are seen.
constexpr std::array<int, 8> kCounts = {2, 2, 3, 3, 4, 4, 6, 6};
constexpr int kWalkableGrounds = 7;  // all but water
constexpr double kGap = 0.1;         // between the circles that two bodies stand in

/// How much of each body must be seen, and how the camera looks at a kind of scene.
struct Style {
  double visible;
  double low, high;            ///< height of the camera
  double fill_low, fill_high;  ///< of the picture's side
};

Style style_of(const Scene& scene) {
  const bool deep = scene.relation == Relation::behind || scene.relation == Relation::in_front;
  switch (scene.kind) {
    case SceneKind::single:
      return {1.0, 1.4, 3.2, 0.5, 0.8};
    case SceneKind::two:
      return deep ? Style{0.5, 2.4, 3.6, 0.72, 0.88} : Style{0.85, 1.6, 3.2, 0.74, 0.9};
    case SceneKind::count:
      return {0.85, 2.4, 3.8, 0.74, 0.92};
    default:
      return {0.65, 2.4, 3.6, 0.78, 0.92};
  }
}

double distance(const Body& a, const Body& b) { return std::hypot(a.x - b.x, a.z - b.z); }

bool same_look(const Body& a, const Body& b) {
  return a.shape == b.shape && a.colour == b.colour && a.material == b.material;
}

/// Two bodies that a caption could neither tell apart (without material) nor count as equal.
bool ambiguous(const Body& a, const Body& b) {
  if (a.shape != b.shape || a.colour != b.colour) return false;
  return a.material != b.material || a.size != b.size;
}

/// A body that its ground would swallow at 64 x 64.
bool blends(const Body& body, std::string_view ground) {
  if (ground == "snow") return body.colour == "white";
  if (ground == "checkered" && body.material == "metal") {
    return body.colour == "white" || body.colour == "gray" || body.colour == "black";
  }
  if (ground == "wood") return body.material == "wood" || body.colour == "brown";
  return false;
}

Body random_body(Random& random) {
  Body body;
  body.shape = random.pick(shapes()).singular.english;
  body.material = random.pick(kMaterials);
  if (body.material != "wood") body.colour = random.pick(colours()).english;
  body.size = random.chance(0.5) ? 0.5 : 0.8;
  body.turn = random.uniform(0, 90);
  return body;
}

void place_beside(Random& random, Body& left, Body& right) {
  const double gap = (radius_of(left) + radius_of(right)) * random.uniform(1.15, 1.6);
  left.x = -std::max(gap, 0.8) / 2;
  right.x = -left.x;
  left.z = random.uniform(-0.3, 0.3);
  right.z = random.uniform(-0.3, 0.3);
}

void place_behind(Random& random, Body& far, Body& near) {
  const double reach = radius_of(far) + radius_of(near);
  const double depth = std::max(0.95, reach * random.uniform(1.15, 1.45));
  far.z = depth / 2;
  near.z = -depth / 2;
  far.x = reach * random.uniform(-0.35, 0.35);
  near.x = 0;
}

void place_two(Random& random, Scene& scene) {
  auto &first = scene.bodies[0], &second = scene.bodies[1];
  switch (*scene.relation) {
    case Relation::left:
      return place_beside(random, first, second);
    case Relation::right:
      return place_beside(random, second, first);
    case Relation::behind:
      return place_behind(random, first, second);
    default:
      return place_behind(random, second, first);
  }
}

/// Anywhere on a floor that grows with their number and size; false if they do not fit.
bool scatter(Random& random, std::vector<Body>& bodies) {
  double reach = 0;
  for (const auto& body : bodies) {
    reach = std::max({reach, radius_of(body), 0.55 * height_of(body)});
  }
  const double wide = reach * (0.9 + 0.4 * double(bodies.size()));
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    auto& body = bodies[i];
    const auto touches = [&](const Body& other) {
      return distance(body, other) < radius_of(body) + radius_of(other) + kGap;
    };
    int tries = 0;
    do {
      if (++tries > 40) return false;
      body.x = random.uniform(-wide, wide);
      body.z = random.uniform(-0.75, 0.75) * wide;
    } while (std::any_of(bodies.begin(), bodies.begin() + std::ptrdiff_t(i), touches));
  }
  return true;
}

std::vector<Body> random_bodies(Random& random, SceneKind kind, int count) {
  std::vector<Body> bodies;
  for (int i = 0; i < count; ++i) bodies.push_back(random_body(random));
  const auto repeat = [&](std::size_t i) {
    const double turn = bodies[i].turn;
    bodies[i] = bodies[0];
    bodies[i].turn = turn;
  };
  if (kind == SceneKind::count) {
    for (std::size_t i = 1; i < bodies.size(); ++i) repeat(i);
  }
  if (kind == SceneKind::mixed && random.chance(0.35)) repeat(1);
  return bodies;
}

/// Whether the words of a caption can tell the bodies apart.
bool tellable(const Scene& scene) {
  const auto& bodies = scene.bodies;
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (ambiguous(bodies[i], bodies[k])) return false;
      if (scene.kind == SceneKind::two && same_look(bodies[i], bodies[k])) return false;
    }
  }
  return true;
}

bool well_seen(const Scene& scene) {
  const double enough = style_of(scene).visible;
  return std::ranges::all_of(views_of(scene), [&](const View& view) {
    const auto& box = view.box;
    const bool whole = box.left > 0 && box.top > 0 && box.right < 1 && box.bottom < 1;
    return whole && view.visible >= enough;
  });
}

/// Ground, sky and light. Grass swallows none of the bodies, so that the search ends.
void furnish(Random& random, Scene& scene) {
  const auto swallowed = [&](const Body& body) { return blends(body, scene.ground); };
  do {
    scene.ground = grounds()[std::size_t(random.below(kWalkableGrounds))].name;
  } while (std::ranges::any_of(scene.bodies, swallowed));
  scene.ground_shift = random.uniform(0, 50);
  scene.sky_shift = random.uniform(0, 50);
  scene.light = {random.uniform(-25, 25), 35, -20};
}

/// Everything but where the bodies stand and how the camera looks at them.
Scene undecided_scene(Random& random, SceneKind kind, int count) {
  Scene scene;
  scene.kind = kind;
  scene.bodies = random_bodies(random, kind, count);
  furnish(random, scene);
  if (kind == SceneKind::two) {
    scene.relation = random.pick(
        std::array{Relation::left, Relation::right, Relation::behind, Relation::in_front});
  }
  scene.held_out = is_held_out(scene);
  return scene;
}

/// Places bodies and camera anew; false if the bodies do not fit or hide each other.
bool arrange(Random& random, Scene& scene) {
  if (scene.kind == SceneKind::two) {
    place_two(random, scene);
  } else if (scene.kind != SceneKind::single && !scatter(random, scene.bodies)) {
    return false;
  }
  const auto style = style_of(scene);
  scene.camera.position = {random.uniform(-0.8, 0.8), random.uniform(style.low, style.high), -6};
  const double fill = random.uniform(style.fill_low, style.fill_high);
  const double x = random.uniform(-0.8, 0.8);
  const double y = random.uniform(-0.8, 0.6);
  frame(scene, fill, x, y);
  return well_seen(scene);
}

/// Bodies that are hard to arrange get many tries, so that they are not rarer than others.
template <class Accept>
Scene draw_until(Random& random, SceneKind kind, int count, Accept accept) {
  constexpr int kTries = 150;
  for (;;) {
    auto scene = undecided_scene(random, kind, count);
    if (!tellable(scene) || !accept(scene)) continue;
    for (int i = 0; i < kTries; ++i) {
      if (arrange(random, scene)) return scene;
    }
  }
}

SceneKind random_kind(Random& random) {
  const double part = random.uniform();
  return part < 0.30   ? SceneKind::single
         : part < 0.60 ? SceneKind::two
         : part < 0.85 ? SceneKind::count
                       : SceneKind::mixed;
}

int random_number(Random& random, SceneKind kind) {
  switch (kind) {
    case SceneKind::two:
      return 2;
    case SceneKind::count:
      return random.pick(kCounts);
    case SceneKind::mixed:
      return random.chance(2.0 / 3) ? 3 : 4;
    default:
      return 1;
  }
}

bool has_held_out_pair(const Scene& scene) {
  return std::ranges::any_of(
      scene.bodies, [](const Body& body) { return held_out_pair(body.colour, body.shape); });
}

bool has_held_out_relation(const Scene& scene) {
  if (!scene.relation) return false;
  return held_out_relation(scene.bodies[0].colour, *scene.relation) ||
         held_out_relation(scene.bodies[1].colour, opposite(*scene.relation));
}

std::string_view name_of(SceneKind kind) {
  constexpr std::array<std::string_view, 5> names = {"single", "two", "count", "mixed", "backdrop"};
  return names[std::size_t(kind)];
}

double rounded(double value) { return std::round(value * 1000) / 1000; }

Json facts_of(const Body& body, const View& view) {
  const auto& box = view.box;
  return {{"shape", body.shape},
          {"colour", body.colour},
          {"material", body.material},
          {"size", body.size},
          {"place", {rounded(body.x), rounded(body.z)}},
          {"box", {rounded(box.left), rounded(box.top), rounded(box.right), rounded(box.bottom)}},
          {"visible", rounded(view.visible)}};
}

}  // namespace

Scene random_scene(Random& random) {
  const auto kind = random_kind(random);
  const int count = random_number(random, kind);
  return draw_until(random, kind, count, [](const Scene& scene) { return !scene.held_out; });
}

Scene held_out_scene(Random& random) {
  switch (random.below(3)) {
    case 0: {
      const auto kind = random_kind(random);
      return draw_until(random, kind, random_number(random, kind), has_held_out_pair);
    }
    case 1:
      return draw_until(random, SceneKind::two, 2, has_held_out_relation);
    default:
      return draw_until(random, SceneKind::count, 5, [](const Scene&) { return true; });
  }
}

Scene any_scene(Random& random) {
  const auto kind = random_kind(random);
  const int count = kind == SceneKind::count ? 2 + random.below(4) : random_number(random, kind);
  return draw_until(random, kind, count, [](const Scene&) { return true; });
}

Scene random_backdrop(Random& random) {
  Scene scene;
  scene.kind = SceneKind::backdrop;
  furnish(random, scene);
  scene.ground = random.pick(grounds()).name;
  scene.sunset = random.chance(1.0 / 3);
  scene.light = {random.chance(0.5) ? 60.0 : -60.0, 50, -40};
  const double x = random.uniform(-9, 9), z = random.uniform(-9, 9);
  const double turn = random.uniform(-20, 20) * std::numbers::pi / 180;
  auto& camera = scene.camera;
  camera.position = {x, random.uniform(1.2, 3), z};
  camera.target = {x + 5 * std::sin(turn), random.uniform(0.1, 1), z + 5 * std::cos(turn)};
  camera.angle = random.uniform(45, 65);
  return scene;
}

bool is_held_out(const Scene& scene) {
  return has_held_out_pair(scene) || has_held_out_relation(scene) ||
         held_out_count(int(scene.bodies.size()));
}

Json facts_of(const Scene& scene) {
  Json bodies = Json::array();
  const auto views = views_of(scene);
  for (std::size_t i = 0; i < views.size(); ++i) {
    bodies.push_back(facts_of(scene.bodies[i], views[i]));
  }
  Json facts = {{"kind", name_of(scene.kind)}, {"ground", scene.ground}, {"bodies", bodies}};
  if (scene.relation) facts["relation"] = name_of(*scene.relation);
  return facts;
}

}  // namespace imagine::data
