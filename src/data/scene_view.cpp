#include "data/scene_view.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace imagine::data {
namespace {

constexpr int kGrid = 40;  // rays along each side

Vec3 operator+(Vec3 a, Vec3 b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
Vec3 operator-(Vec3 a, Vec3 b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
Vec3 operator*(Vec3 a, double k) { return {a.x * k, a.y * k, a.z * k}; }
double dot(Vec3 a, Vec3 b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
Vec3 unit(Vec3 a) { return a * (1 / std::sqrt(dot(a, a))); }
double radians(double degrees) { return degrees * std::numbers::pi / 180; }

/// The camera's axes; `forward` has length 1.
struct Axes {
  Vec3 right, up, forward;
};

Axes axes_of(const Camera& camera) {
  const auto forward = unit(camera.target - camera.position);
  const auto right = unit(Vec3{forward.z, 0, -forward.x});
  const Vec3 up = {forward.y * right.z - forward.z * right.y,
                   forward.z * right.x - forward.x * right.z,
                   forward.x * right.y - forward.y * right.x};
  return {right, up, forward};
}

/// Where the camera's plane at distance 1 is hit: x to the right, y up.
struct Extent {
  double left = 1e9, right = -1e9, bottom = 1e9, top = -1e9;

  void include(double x, double y) {
    left = std::min(left, x), right = std::max(right, x);
    bottom = std::min(bottom, y), top = std::max(top, y);
  }
};

struct Ring {
  double radius, height;
};

/// Circles about the body's axis whose hull is the body (a cube's are turned squares).
std::vector<Ring> rings_of(const Body& body) {
  const double s = body.size;
  if (body.shape == "sphere") {
    std::vector<Ring> rings;
    for (int i = -4; i <= 4; ++i) {
      const double latitude = i * std::numbers::pi / 8;
      rings.push_back({s * std::cos(latitude), s + s * std::sin(latitude)});
    }
    return rings;
  }
  if (body.shape == "torus") return {{0.75 * s, 0}, {1.03 * s, 0.28 * s}, {0.75 * s, 0.56 * s}};
  if (body.shape == "cone") return {{0.9 * s, 0}, {0, 1.8 * s}};
  return {{radius_of(body), 0}, {radius_of(body), height_of(body)}};
}

Extent extent_of(const Body& body, const Camera& camera) {
  const auto axes = axes_of(camera);
  const bool cube = body.shape == "cube";
  const int corners = cube ? 4 : 24;
  const double start = cube ? radians(45 - body.turn) : 0;
  Extent extent;
  for (const auto& [radius, height] : rings_of(body)) {
    for (int i = 0; i < corners; ++i) {
      const double angle = start + 2 * std::numbers::pi * i / corners;
      const Vec3 point = {body.x + radius * std::cos(angle), height,
                          body.z + radius * std::sin(angle)};
      const auto away = point - camera.position;
      const double depth = dot(away, axes.forward);
      extent.include(dot(away, axes.right) / depth, dot(away, axes.up) / depth);
    }
  }
  return extent;
}

struct Ray {
  Vec3 from, along;
};

constexpr double kMiss = std::numeric_limits<double>::infinity();

double hit_sphere(const Ray& ray, Vec3 centre, double radius) {
  const auto to = centre - ray.from;
  const double along = dot(to, ray.along);
  const double square = radius * radius - dot(to, to) + along * along;
  return square < 0 ? kMiss : along - std::sqrt(square);
}

/// Distance to the part between two heights of the surface x^2 + z^2 = (radius + slope y)^2, or to
/// the discs that close it. `ray` is relative to the body's foot.
double hit_round(const Ray& ray, double radius, double slope, double height) {
  const auto [o, d] = ray;
  double nearest = kMiss;
  const double r = radius + slope * o.y;
  const double a = d.x * d.x + d.z * d.z - slope * slope * d.y * d.y;
  const double b = o.x * d.x + o.z * d.z - slope * d.y * r;
  const double c = o.x * o.x + o.z * o.z - r * r;
  const double square = b * b - a * c;
  if (square >= 0) {
    for (const double root : {(-b - std::sqrt(square)) / a, (-b + std::sqrt(square)) / a}) {
      const double y = o.y + root * d.y;
      if (y >= 0 && y <= height) nearest = std::min(nearest, root);
    }
  }
  const double top = (height - o.y) / d.y;
  const double x = o.x + top * d.x, z = o.z + top * d.z, rim = radius + slope * height;
  if (x * x + z * z <= rim * rim) nearest = std::min(nearest, top);
  return nearest;
}

double hit_cube(const Ray& ray, const Body& body) {
  const double half = 0.8 * body.size, c = std::cos(radians(body.turn)),
               s = std::sin(radians(body.turn));
  const auto turned = [&](Vec3 v) { return Vec3{c * v.x - s * v.z, v.y, s * v.x + c * v.z}; };
  const auto o = turned(ray.from) - Vec3{0, half, 0}, d = turned(ray.along);
  double enter = -kMiss, leave = kMiss;
  for (const auto& [from, along] : {std::pair{o.x, d.x}, {o.y, d.y}, {o.z, d.z}}) {
    const double near = (-half - from) / along, far = (half - from) / along;
    enter = std::max(enter, std::min(near, far));
    leave = std::min(leave, std::max(near, far));
  }
  return enter <= leave ? enter : kMiss;
}

/// Beads on a ring stand for the torus.
double hit_torus(const Ray& ray, double size) {
  constexpr int beads = 24;
  double nearest = kMiss;
  for (int i = 0; i < beads; ++i) {
    const double angle = 2 * std::numbers::pi * i / beads;
    const Vec3 centre = {0.75 * size * std::cos(angle), 0.28 * size, 0.75 * size * std::sin(angle)};
    nearest = std::min(nearest, hit_sphere(ray, centre, 0.28 * size));
  }
  return nearest;
}

double hit(const Ray& world, const Body& body) {
  const Ray ray = {world.from - Vec3{body.x, 0, body.z}, world.along};
  const double s = body.size;
  if (body.shape == "sphere") return hit_sphere(ray, {0, s, 0}, s);
  if (body.shape == "cube") return hit_cube(ray, body);
  if (body.shape == "cylinder") return hit_round(ray, 0.8 * s, 0, 1.7 * s);
  if (body.shape == "cone") return hit_round(ray, 0.9 * s, -0.5, 1.8 * s);
  return hit_torus(ray, s);
}

/// Counts of rays that meet a body at all, and that meet it first.
struct Seen {
  int whole = 0, first = 0;
};

bool holds(const Extent& extent, double x, double y) {
  return x >= extent.left && x <= extent.right && y >= extent.bottom && y <= extent.top;
}

/// Rays from the camera through the pixels of a square picture.
class Rays {
 public:
  Rays(const Scene& scene, int side)
      : camera_(scene.camera),
        axes_(axes_of(scene.camera)),
        half_(std::tan(radians(scene.camera.angle / 2))),
        side_(side) {}

  /// Calls visit(ray, x, y) row after row; x and y as in Extent.
  template <class Visit>
  void each(const Visit& visit) const {
    for (int pixel = 0; pixel < side_ * side_; ++pixel) {
      const int column = pixel % side_, row = pixel / side_;
      const double x = half_ * (2 * (column + 0.5) / side_ - 1);
      const double y = half_ * (1 - 2 * (row + 0.5) / side_);
      visit(Ray{camera_.position, unit(axes_.forward + axes_.right * x + axes_.up * y)}, x, y);
    }
  }
  const Vec3& forward() const { return axes_.forward; }

 private:
  Camera camera_;
  Axes axes_;
  double half_;
  int side_;
};

std::vector<Extent> extents_of(const Scene& scene) {
  std::vector<Extent> extents;
  for (const auto& body : scene.bodies) extents.push_back(extent_of(body, scene.camera));
  return extents;
}

std::vector<Seen> cast(const Scene& scene, const std::vector<Extent>& extents) {
  std::vector<Seen> seen(scene.bodies.size());
  Rays(scene, kGrid).each([&](const Ray& ray, double x, double y) {
    double nearest = kMiss;
    std::size_t owner = 0;
    for (std::size_t i = 0; i < scene.bodies.size(); ++i) {
      if (!holds(extents[i], x, y)) continue;
      const double distance = hit(ray, scene.bodies[i]);
      if (distance == kMiss) continue;
      ++seen[i].whole;
      if (distance < nearest) nearest = distance, owner = i;
    }
    if (nearest < kMiss) ++seen[owner].first;
  });
  return seen;
}

}  // namespace

double radius_of(const Body& body) {
  if (body.shape == "cube") return 0.8 * body.size * std::numbers::sqrt2;
  if (body.shape == "cylinder") return 0.8 * body.size;
  if (body.shape == "cone") return 0.9 * body.size;
  if (body.shape == "torus") return 1.03 * body.size;
  return body.size;
}

double height_of(const Body& body) {
  if (body.shape == "cube") return 1.6 * body.size;
  if (body.shape == "cylinder") return 1.7 * body.size;
  if (body.shape == "cone") return 1.8 * body.size;
  if (body.shape == "torus") return 0.56 * body.size;
  return 2 * body.size;
}

std::vector<View> views_of(const Scene& scene) {
  const auto extents = extents_of(scene);
  const auto seen = cast(scene, extents);
  const double half = std::tan(radians(scene.camera.angle / 2));
  const auto across = [&](double v) { return 0.5 + v / half / 2; };
  std::vector<View> views;
  for (std::size_t i = 0; i < scene.bodies.size(); ++i) {
    const auto& extent = extents[i];
    const double visible = seen[i].whole > 0 ? double(seen[i].first) / seen[i].whole : 0;
    views.push_back(
        {{across(extent.left), across(-extent.top), across(extent.right), across(-extent.bottom)},
         visible});
  }
  return views;
}

Labels labels_of(const Scene& scene, int side) {
  const Rays rays(scene, side);
  const auto extents = extents_of(scene);
  Labels labels{.side = side, .things = {}, .nearness = {}};
  std::vector<double> nearness;  // 1 / distance along the camera's axis, the sky 0
  rays.each([&](const Ray& ray, double x, double y) {
    const double down = ray.along.y;
    double nearest = down < 0 ? -ray.from.y / down : kMiss;  // the ground
    std::size_t owner = 0;
    for (std::size_t i = 0; i < scene.bodies.size(); ++i) {
      const double distance = holds(extents[i], x, y) ? hit(ray, scene.bodies[i]) : kMiss;
      if (distance < nearest) nearest = distance, owner = i + 1;
    }
    labels.things.push_back(std::uint8_t(owner));
    nearness.push_back(1 / (nearest * dot(ray.along, rays.forward())));
  });
  const double most = *std::ranges::max_element(nearness);
  for (const double near : nearness) {
    labels.nearness.push_back(std::uint8_t(std::lround(255 * near / most)));
  }
  return labels;
}

void frame(Scene& scene, double fill, double x, double y) {
  auto& camera = scene.camera;
  Extent all;
  double half = 0;
  for (int pass = 0; pass < 4; ++pass) {
    all = {};
    for (const auto& body : scene.bodies) {
      const auto extent = extent_of(body, camera);
      all.include(extent.left, extent.bottom);
      all.include(extent.right, extent.top);
    }
    const double wide = (all.right - all.left) / 2, high = (all.top - all.bottom) / 2;
    half = std::max(wide, high) / fill;
    const double room = 0.96 * half;
    const double right = (all.left + all.right) / 2 - x * std::max(0.0, room - wide);
    const double up = (all.bottom + all.top) / 2 - y * std::max(0.0, room - high);
    const auto axes = axes_of(camera);
    camera.target = camera.position + unit(axes.forward + axes.right * right + axes.up * up) * 6;
  }
  camera.angle = 2 * std::atan(half) * 180 / std::numbers::pi;
}

}  // namespace imagine::data
