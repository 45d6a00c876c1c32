/// Pictures in floating point, resized without fringes: colours are premultiplied by alpha.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "imagine/image.h"
#include "io/image_file.h"

namespace imagine::data {

/// Red, green, blue (each times alpha) and alpha, 0 .. 1, sRGB-encoded.
using Pixel = std::array<float, 4>;

struct Picture {
  int width = 0;
  int height = 0;
  std::vector<Pixel> pixels;  ///< rows from the top

  Picture() = default;
  Picture(int w, int h) : width(w), height(h), pixels(std::size_t(w) * h) {}
  Pixel& at(int x, int y) { return pixels[std::size_t(y) * width + x]; }
  const Pixel& at(int x, int y) const { return pixels[std::size_t(y) * width + x]; }
};

/// A rectangle of pixels.
struct Box {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
};

Picture to_picture(const io::RgbaImage& image);
/// Opaque.
Picture to_picture(const Image& image);
/// Drops alpha: what is not opaque appears on black.
Image to_image(const Picture& picture);

/// Separable: Lanczos of three lobes where it shrinks, Catmull-Rom cubic where it grows. The result
/// is clamped to 0 <= colour <= alpha <= 1.
Picture resize(const Picture& picture, int width, int height);

/// `box` must lie inside.
Picture crop(const Picture& picture, Box box);

/// Left and right exchanged.
Picture mirrored(const Picture& picture);

/// Three box blurs of the alpha alone, close to a Gaussian of `sigma` pixels; the colours are zero.
Picture blurred_shadow(const Picture& picture, double sigma);

}  // namespace imagine::data
