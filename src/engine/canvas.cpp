#include "engine/canvas.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/check.h"
#include "models/source.h"

namespace imagine::engine {
namespace {

constexpr double kMostAdded = 1;  // on a side, of the picture's own
constexpr int kSeams = 32;        // wide a seam lies that often in the shorter side
constexpr int kBlurs = 24;        // the same of what the added part's colours are blurred over
constexpr std::uint8_t kAnew = 255, kKept = 0;

/// Pixels added before and behind along one direction.
struct Added {
  int before, behind;

  int both() const { return before + behind; }
};

struct Margins {
  Added across, down;

  bool are_none() const { return across.both() == 0 && down.both() == 0; }
};

/// A side that grows grows by a pixel at least.
Added added(int length, double before, double behind) {
  const auto pixels = [&](double part) { return int(std::ceil(length * part - 1e-9)); };
  return {.before = pixels(before), .behind = pixels(behind)};
}

/// So many more pixels, on the side that grows where only one does.
Added widened(Added added, int more) {
  if (more <= 0) return added;
  const bool before = added.before > 0, behind = added.behind > 0;
  const int first = before == behind ? more / 2 : before ? more : 0;
  return {.before = added.before + first, .behind = added.behind + more - first};
}

Margins margins_of(const Request& request, bool square) {
  const auto& image = request.image->image;
  const auto extend = request.extend.value_or(Extension());
  Margins margins{.across = added(image.width, extend.left, extend.right),
                  .down = added(image.height, extend.top, extend.bottom)};
  if (!square || margins.are_none()) return margins;
  const int width = image.width + margins.across.both();
  const int height = image.height + margins.down.both();
  return {.across = widened(margins.across, height - width),
          .down = widened(margins.down, width - height)};
}

/// pixel(x, y) for each, from where in `inner` it lies.
template <class Pixel>
Image painted(const Image& inner, const Margins& margins, const Pixel& pixel) {
  const int width = inner.width + margins.across.both();
  const int height = inner.height + margins.down.both();
  Image image{.width = width, .height = height, .rgb = {}};
  image.rgb.reserve(std::size_t(width) * std::size_t(height) * 3);
  for (int y = -margins.down.before; y < height - margins.down.before; ++y) {
    for (int x = -margins.across.before; x < width - margins.across.before; ++x) {
      const std::array<std::uint8_t, 3> rgb = pixel(x, y);
      image.rgb.insert(image.rgb.end(), rgb.begin(), rgb.end());
    }
  }
  return image;
}

std::array<std::uint8_t, 3> rgb_at(const Image& image, int x, int y) {
  const auto* rgb = image.at(x, y);
  return {rgb[0], rgb[1], rgb[2]};
}

/// The picture's edge, blurred, around it: drawn on in a small copy, which is enlarged.
Image blurred_edge(const Image& picture, const Margins& margins) {
  const int blur = std::max(1, std::min(picture.width, picture.height) / kBlurs);
  const auto fewer = [&](int pixels) { return (pixels + blur - 1) / blur; };
  const auto small =
      models::resized(picture, {.width = fewer(picture.width), .height = fewer(picture.height)});
  const auto added = [&](const Added& of) {
    return Added{.before = fewer(of.before), .behind = fewer(of.behind)};
  };
  const Margins around{.across = added(margins.across), .down = added(margins.down)};
  const auto edge = painted(small, around, [&](int x, int y) {
    return rgb_at(small, std::clamp(x, 0, small.width - 1), std::clamp(y, 0, small.height - 1));
  });
  return models::resized(edge, {.width = picture.width + margins.across.both(),
                                .height = picture.height + margins.down.both()});
}

Image extended_picture(const Image& picture, const Margins& margins) {
  const auto edge = blurred_edge(picture, margins);
  return painted(picture, margins, [&](int x, int y) {
    const bool is_inside = x >= 0 && y >= 0 && x < picture.width && y < picture.height;
    return is_inside ? rgb_at(picture, x, y)
                     : rgb_at(edge, x + margins.across.before, y + margins.down.before);
  });
}

/// `mask`: of the picture; none: all of it is kept.
Image extended_mask(const Image& picture, const std::optional<Source>& mask,
                    const Margins& margins) {
  const int seam = std::max(1, std::min(picture.width, picture.height) / kSeams);
  const auto is_anew = [&](int at, int length, const Added& added) {
    return (added.before > 0 && at < seam) || (added.behind > 0 && at >= length - seam);
  };
  return painted(picture, margins, [&](int x, int y) -> std::array<std::uint8_t, 3> {
    const bool anew =
        is_anew(x, picture.width, margins.across) || is_anew(y, picture.height, margins.down);
    if (anew) return {kAnew, kAnew, kAnew};
    return mask ? rgb_at(mask->image, x, y) : std::array<std::uint8_t, 3>{kKept, kKept, kKept};
  });
}

}  // namespace

void check_extension(const Request& request) {
  if (!request.extend) return;
  check<InputError>(request.task == Task::edit, "extend: expected none but for an edit");
  double sum = 0;
  Extension::fields(*request.extend, [&](const char* side, double part, const char*) {
    check<InputError>(part >= 0 && part <= kMostAdded, "extend.", side, ": expected 0 .. ",
                      kMostAdded, ", got ", part);
    sum += part;
  });
  check<InputError>(sum > 0, "extend: expected a side that grows, got none");
}

Canvas canvas_of(const Request& request, bool square) {
  const auto& picture = request.image->image;
  const auto& mask = request.mask;
  const auto margins = margins_of(request, square);
  Canvas canvas;
  if (!margins.are_none()) {
    canvas = {.picture = extended_picture(picture, margins),
              .mask = extended_mask(picture, mask, margins)};
  } else {
    canvas.picture = square ? models::middle_square(picture) : picture;
    if (mask) canvas.mask = square ? models::middle_square(mask->image) : mask->image;
  }
  return canvas;
}

}  // namespace imagine::engine
