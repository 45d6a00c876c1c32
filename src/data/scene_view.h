/// What the camera sees of a scene: where each body appears and how much of it others hide.
#pragma once

#include <vector>

#include "data/labels.h"
#include "data/scene.h"

namespace imagine::data {

/// In parts of the picture: (0, 0) is the top left corner, (1, 1) the bottom right one.
struct BoundingBox {
  double left = 0, top = 0, right = 0, bottom = 0;
};

struct View {
  BoundingBox box;     ///< of the whole body, hidden or not; beyond 0 .. 1 where it is cut
  double visible = 1;  ///< part of its outline's area that no other body hides
};

/// One for each body, from rays through a coarse grid.
std::vector<View> views_of(const Scene& scene);

/// Whose each pixel of a picture of that side is, and how near what is seen there is.
Labels labels_of(const Scene& scene, int side);

/// Radius of the circle on the ground that the body fits in, and its height.
double radius_of(const Body& body);
double height_of(const Body& body);

/// Turns and zooms the camera so that all bodies fill `fill` (0 .. 1) of the picture's side and
/// stand off its centre by (x, y), each -1 .. 1, as far as the rest leaves room.
void frame(Scene& scene, double fill, double x, double y);

}  // namespace imagine::data
