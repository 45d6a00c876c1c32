#include "models/control_planes.h"

#include <algorithm>

#include <torch/utils.h>

#include "core/check.h"
#include "io/control_picture.h"
#include "models/source.h"
#include "tensor/edges.h"

namespace imagine::models {
namespace {

/// How dark or light ink is beside the ground, of all that it could be: none below, all above.
constexpr double kNoInk = 0.15, kAllInk = 0.5;
constexpr double kMostInk = 0.4;      // of a picture's pixels: more are no lines
constexpr double kThin = 0.1;         // of its ink, what is left of thin lines without their rims
constexpr double kGrey = 16;          // of 255: how far the channels of a grey picture are apart
constexpr double kLeastDepth = 0.02;  // between the nearest and the farthest
constexpr double kBetween = 0.25;     // a silhouette's pixels are nearer than that to 0 or 1
constexpr double kMostBetween = 0.2;  // but for so many of them

double share(const Tensor& is_so) { return is_so.to(torch::kFloat).mean().item<double>(); }

/// Of a layer, which is transparent where nothing is, white where something is.
Image ink_of(const Source& source) {
  const auto& alpha = source.alpha;
  if (std::ranges::all_of(alpha, [](auto value) { return value >= io::kSeen; }))
    return source.image;
  auto ink = source.image;
  for (std::size_t i = 0; i < ink.rgb.size(); ++i) ink.rgb[i] = alpha[i / 3];
  return ink;
}

Image fitted(const Source& source, Extent extent) {
  check<InputError>(source.image.width > 0 && source.image.height > 0, source.name,
                    ": expected a picture, got none");
  return middle_of(ink_of(source), extent);
}

/// At its own size: [1, 1, h, w], 0 .. 1
Tensor brightness(const Image& image) {
  return brightness_at(image, {.width = image.width, .height = image.height});
}

/// What is drawn on a ground of one tone, whichever is darker: [1, 1, H, W], 0 .. 1
Tensor lines_of(const Source& source, Extent extent) {
  const auto grey = brightness(fitted(source, extent));
  const auto ground = grey.median().item<double>();
  const auto contrast = (grey - ground).abs() / std::max(ground, 1 - ground);
  const auto ink = ((contrast - kNoInk) / (kAllInk - kNoInk)).clamp(0, 1);
  const auto inked = share(ink.gt(0.5));
  check<InputError>(inked > 0, source.name,
                    ": expected lines, dark on light or light on dark, got none");
  check<InputError>(inked < kMostInk, source.name, ": expected lines on a ground of one tone, got ",
                    "a picture of which ", std::lround(100 * inked), " % stand out; edges_from, ",
                    "on the command line --edges-from, finds the lines of such a picture");
  return std::get<0>(torch::adaptive_max_pool2d(ink, {extent.height, extent.width}));
}

Tensor grown(const Tensor& lines) { return torch::max_pool2d(lines, 3, 1, 1); }

/// Lines as thick as a hand's: thin ones grow.
Tensor sketch_of(const Source& source, Extent extent) {
  const auto lines = lines_of(source, extent);
  const auto inside = 1 - grown(1 - lines);
  const bool are_thin = (inside.sum() < kThin * lines.sum()).item<bool>();
  return are_thin ? grown(lines) : lines;
}

Tensor depth_of(const Source& source, Extent extent) {
  const auto image = fitted(source, extent);
  const auto colours = torch::from_blob(const_cast<std::uint8_t*>(image.rgb.data()),
                                        {image.height, image.width, 3}, torch::kByte);
  const auto apart = (std::get<0>(colours.max(2)) - std::get<0>(colours.min(2))).to(torch::kFloat);
  check<InputError>(apart.mean().item<double>() < kGrey, source.name,
                    ": expected a grey picture, white where it is near, got one in colours");
  const auto nearness = brightness_at(image, extent);
  const auto range = (nearness.max() - nearness.min()).item<double>();
  check<InputError>(range > kLeastDepth, source.name,
                    ": expected what is near to be brighter than what is far, got one grey");
  return nearness;
}

Tensor silhouette_of(const Source& source, Extent extent) {
  const auto image = fitted(source, extent);
  const auto grey = brightness(image);
  const auto between = share(grey.gt(kBetween).logical_and(grey.lt(1 - kBetween)));
  check<InputError>(between < kMostBetween, source.name,
                    ": expected white where things are and black elsewhere, got ",
                    std::lround(100 * between), " % between them");
  const auto silhouette = mask_at(image, extent);
  const auto white = share(silhouette);
  check<InputError>(
      white > 0 && white<1, source.name,
                         ": expected white where things are and black elsewhere, got ", white> 0
          ? "white"
          : "black",
      " alone");
  return silhouette;
}

}  // namespace

ControlPlanes planes_of(const Control& control, Extent extent) {
  check<InputError>(!control.edges || !control.edges_from,
                    "control.edges: expected none beside a picture whose edges are found");
  ControlPlanes planes;
  const auto at = [&](Plane plane) -> Tensor& { return planes[std::size_t(plane)]; };
  if (control.edges) at(Plane::edges) = lines_of(*control.edges, extent);
  if (control.edges_from) {
    const auto image = fitted(*control.edges_from, extent);
    at(Plane::edges) = tensor::edges_of(picture_at(image, extent));
    check<InputError>(at(Plane::edges).any().item<bool>(), control.edges_from->name,
                      ": expected a picture that has edges, got none in it");
  }
  if (control.sketch) at(Plane::scribble) = sketch_of(*control.sketch, extent);
  if (control.depth) at(Plane::nearness) = depth_of(*control.depth, extent);
  if (control.silhouette) at(Plane::silhouette) = silhouette_of(*control.silhouette, extent);
  return planes;
}

}  // namespace imagine::models
