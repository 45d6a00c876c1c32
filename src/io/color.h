/// From what a file says of its colours to sRGB, by Little CMS.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace imagine::io {

/// How the samples of a pixel lie: one byte each, or two in the machine's order. Grey pictures have
/// their grey three times. Of ink 255 is all, of inverse ink none.
enum class Samples { rgba, rgba16, gray, gray16, ink, inverse_ink };

/// CIE xy of white, red, green and blue.
struct Chromaticities {
  double white_x, white_y, red_x, red_y, green_x, green_y, blue_x, blue_y;
};
extern const Chromaticities kSrgbChromaticities;

/// A meaning of samples: an ICC profile, or one made of numbers. Nothing: that of sRGB.
class ColorProfile {
 public:
  ColorProfile() = default;
  /// Nothing where the ICC profile is broken or is not one of a device's colours.
  static ColorProfile of_icc(std::string_view icc);
  /// Samples are light to the power `gamma`, 0.45455 of most; sRGB's curve for what lies within 5 %
  /// of that, as libpng has it, and where there is none. Nothing for chromaticities without sense.
  static ColorProfile of_gamma(std::optional<double> gamma, const Chromaticities& chromaticities);
  /// By the numbers of ITU-T H.273. Curves of video (1, 6, 14, 15) count as sRGB's, as what is
  /// unknown does. FormatError for high dynamic range (16, 18).
  static ColorProfile of_code_points(int primaries, int transfer, const std::string& where);

  explicit operator bool() const { return profile_ != nullptr; }

 private:
  friend class ToSrgb;
  ColorProfile(void* profile, std::uint32_t space);
  std::shared_ptr<void> profile_;
  std::uint32_t space_ = 0;  // the signature of its colours
};

/// Takes rows to 8-bit sRGB.
class ToSrgb {
 public:
  /// Nothing changes where there is no profile, it is not for such samples (an RGB profile may
  /// stand in a grey picture), or none of many colours tried moves by more than one step of 255.
  ToSrgb(const ColorProfile& profile, Samples samples);

  explicit operator bool() const { return transform_ != nullptr; }

  /// `pixels` of them to four bytes each, where there is a way. Rows of 8-bit samples may be
  /// converted in place. Alpha stays; of ink it becomes 255.
  void convert(const void* from, std::uint8_t* rgba, std::size_t pixels) const;

 private:
  Samples samples_;
  std::shared_ptr<void> transform_;
};

/// Ink to red, green and blue where no profile tells how: in place, alpha 255.
void mix_ink(std::uint8_t* pixels, std::size_t count, Samples samples);

}  // namespace imagine::io
