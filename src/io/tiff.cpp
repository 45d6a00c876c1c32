// TIFF, by libtiff.
#include <algorithm>
#include <array>
#include <bit>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>
#include <tiffio.h>

#include "core/check.h"
#include "io/codec.h"
#include "io/color.h"
#include "io/exif.h"

namespace imagine::io {
namespace {

using namespace std::string_view_literals;

constexpr tmsize_t kLargestBlock = tmsize_t(512) << 20;  // of memory that libtiff may take at once

bool recognises(std::string_view bytes) {
  constexpr std::array kMarks{"II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv};
  return std::ranges::any_of(kMarks, [&](auto mark) { return bytes.starts_with(mark); });
}

/// A file in memory, as libtiff reads one.
struct Memory {
  std::string_view bytes;
  std::size_t at = 0;
  std::array<char, 1024> message{};

  static Memory& of(thandle_t handle) { return *static_cast<Memory*>(handle); }

  static tmsize_t read(thandle_t handle, void* to, tmsize_t size) {
    auto& memory = of(handle);
    const auto rest = memory.bytes.substr(std::min(memory.at, memory.bytes.size()));
    const auto count = std::min(rest.size(), std::size_t(std::max<tmsize_t>(size, 0)));
    std::memcpy(to, rest.data(), count);
    memory.at += count;
    return tmsize_t(count);
  }

  static toff_t seek(thandle_t handle, toff_t offset, int from) {
    auto& memory = of(handle);
    std::size_t base = 0;
    if (from == SEEK_CUR) base = memory.at;
    if (from == SEEK_END) base = memory.bytes.size();
    return memory.at = base + std::size_t(offset);
  }

  static int keep_message(TIFF*, void* user, const char* module, const char* format,
                          va_list arguments) {
    auto& text = static_cast<Memory*>(user)->message;
    if (text[0] == '\0') std::vsnprintf(text.data(), text.size(), format, arguments);
    static_cast<void>(module);
    return 1;
  }
};

struct Close {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};

/// The first directory of a file.
class Opened {
 public:
  Opened(std::string_view bytes, const std::string& where)
      : where_(where), memory_{.bytes = bytes} {
    const std::unique_ptr<TIFFOpenOptions, decltype(&TIFFOpenOptionsFree)> options(
        TIFFOpenOptionsAlloc(), TIFFOpenOptionsFree);
    TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), kLargestBlock);
    TIFFOpenOptionsSetErrorHandlerExtR(options.get(), Memory::keep_message, &memory_);
    TIFFOpenOptionsSetWarningHandlerExtR(
        options.get(), [](TIFF*, void*, const char*, const char*, va_list) { return 1; }, nullptr);
    const auto no_map = [](thandle_t, void**, toff_t*) { return 0; };
    tiff_.reset(TIFFClientOpenExt(
        "picture", "rm", &memory_, Memory::read,
        [](thandle_t, void*, tmsize_t) { return tmsize_t(0); }, Memory::seek,
        [](thandle_t) { return 0; },
        [](thandle_t handle) { return toff_t(Memory::of(handle).bytes.size()); }, no_map,
        [](thandle_t, void*, toff_t) {}, options.get()));
    require(tiff_ != nullptr);
  }

  TIFF* get() const { return tiff_.get(); }
  void require(bool ok) const {
    check<FormatError>(ok, where_, ": expected a whole TIFF, got: ", memory_.message.data());
  }

  template <class Number>
  Number field(std::uint32_t tag) const {
    Number value = 0;
    TIFFGetFieldDefaulted(tiff_.get(), tag, &value);
    return value;
  }

  ColorProfile colors() const {
    std::uint32_t size = 0;
    void* icc = nullptr;
    if (TIFFGetField(tiff_.get(), TIFFTAG_ICCPROFILE, &size, &icc) == 0) return {};
    return ColorProfile::of_icc({static_cast<const char*>(icc), size});
  }

 private:
  const std::string& where_;
  Memory memory_;
  std::unique_ptr<TIFF, Close> tiff_;
};

Extent extent_of(const Opened& opened) {
  return {.width = opened.field<std::uint32_t>(TIFFTAG_IMAGEWIDTH),
          .height = opened.field<std::uint32_t>(TIFFTAG_IMAGELENGTH)};
}

Extent extent(const Encoded& encoded) { return extent_of(Opened(encoded.bytes, encoded.where)); }

/// libtiff's routine for a picture calls back for each block of rows: this one takes the first four
/// samples of each pixel as they are, of 8 or 16 bits. `skips`: pixels between rows of the block
/// and of the raster.
template <class Sample>
constexpr tileContigRoutine kPutSamples =
    [](TIFFRGBAImage* image, std::uint32_t* to, std::uint32_t, std::uint32_t, std::uint32_t width,
       std::uint32_t height, std::int32_t from_skip, std::int32_t to_skip, unsigned char* from) {
      const std::ptrdiff_t channels = image->samplesperpixel;
      for (std::uint32_t y = 0; y < height; ++y) {
        for (std::uint32_t x = 0; x < width; ++x, ++to, from += channels * sizeof(Sample)) {
          auto* pixel = reinterpret_cast<std::uint8_t*>(to);
          for (int i = 0; i < 4; ++i) {
            Sample sample;
            std::memcpy(&sample, from + std::size_t(i) * sizeof(Sample), sizeof(Sample));
            constexpr std::uint32_t kMost = sizeof(Sample) == 1 ? 255 : 65535;
            pixel[i] = std::uint8_t((sample * 255U + kMost / 2) / kMost);
          }
        }
        to += to_skip;
        from += from_skip * channels * std::ptrdiff_t(sizeof(Sample));
      }
    };

/// The same of planes.
constexpr tileSeparateRoutine kPutPlanes =
    [](TIFFRGBAImage*, std::uint32_t* to, std::uint32_t, std::uint32_t, std::uint32_t width,
       std::uint32_t height, std::int32_t from_skip, std::int32_t to_skip, unsigned char* a,
       unsigned char* b, unsigned char* c, unsigned char* d) {
      for (std::uint32_t y = 0; y < height; ++y) {
        for (std::uint32_t x = 0; x < width; ++x, ++to) {
          const std::array<unsigned char, 4> pixel{*a++, *b++, *c++, *d++};
          std::memcpy(to, pixel.data(), pixel.size());
        }
        to += to_skip;
        a += from_skip, b += from_skip, c += from_skip, d += from_skip;
      }
    };

/// Whether what stands beside the colours is something else than alpha, as a saved selection is.
/// libtiff takes it for alpha.
bool is_unspecified(const Opened& opened) {
  std::uint16_t count = 0;
  const std::uint16_t* kinds = nullptr;
  return TIFFGetField(opened.get(), TIFFTAG_EXTRASAMPLES, &count, &kinds) != 0 && count > 0 &&
         kinds[0] == EXTRASAMPLE_UNSPECIFIED;
}

struct Reader : TIFFRGBAImage {
  explicit Reader(const Opened& opened, const std::string& where) {
    std::array<char, 1024> reason{};
    constexpr int kStopOnError = 1;
    const bool ok = TIFFRGBAImageOK(opened.get(), reason.data()) != 0 &&
                    TIFFRGBAImageBegin(this, opened.get(), kStopOnError, reason.data()) != 0;
    check<FormatError>(
        ok, where, ": expected a TIFF of whole numbers, up to 16 bits each, got: ", reason.data());
    check<FormatError>(
        photometric <= PHOTOMETRIC_YCBCR, where,
        ": expected a TIFF of RGB, grey, palette, ink or YCbCr, got another kind of ", "colours (",
        photometric, ')');
    req_orientation = orientation;  // as it lies in the file
    is_opaque = is_unspecified(opened);
    is_ink = photometric == PHOTOMETRIC_SEPARATED;
    is_gray = photometric <= PHOTOMETRIC_MINISBLACK;
    const bool is_color = photometric == PHOTOMETRIC_RGB;
    const bool straight = alpha == EXTRASAMPLE_UNASSALPHA && is_color && isContig != 0;
    if (isContig != 0 && (is_ink || (straight && bitspersample == 8))) {
      put.contig = kPutSamples<std::uint8_t>;
    } else if (straight && bitspersample == 16) {
      put.contig = kPutSamples<std::uint16_t>;
    } else if (is_ink) {
      put.separate = kPutPlanes;
    }
    multiplied = !is_opaque && (alpha == EXTRASAMPLE_ASSOCALPHA ||
                                (alpha == EXTRASAMPLE_UNASSALPHA && is_color && !straight));
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() { TIFFRGBAImageEnd(this); }

  bool is_ink, is_gray, is_opaque, multiplied;
};

RgbaImage decode(const Encoded& encoded) {
  const Opened opened(encoded.bytes, encoded.where);
  auto image = allocate_image(encoded, extent_of(opened));
  Reader reader(opened, encoded.where);
  auto* raster = reinterpret_cast<std::uint32_t*>(image.rgba.data());
  opened.require(TIFFRGBAImageGet(&reader, raster, std::uint32_t(image.width),
                                  std::uint32_t(image.height)) != 0);
  if constexpr (std::endian::native == std::endian::big) {
    if (!reader.is_ink) TIFFSwabArrayOfLong(raster, tmsize_t(image.rgba.size() / 4));
  }
  if (reader.is_opaque && !reader.is_ink) {
    for (std::size_t i = 3; i < image.rgba.size(); i += 4) image.rgba[i] = 255;
  }
  auto samples = reader.is_gray ? Samples::gray : Samples::rgba;
  if (reader.is_ink) samples = Samples::ink;
  if (reader.multiplied) divide_by_alpha(image);
  const ToSrgb to_srgb(opened.colors(), samples);
  const auto count = image.rgba.size() / 4;
  if (to_srgb) {
    to_srgb.convert(image.rgba.data(), image.rgba.data(), count);
  } else if (reader.is_ink) {
    mix_ink(image.rgba.data(), count, samples);
  }
  return image;
}

int orientation_of(const Encoded& encoded) {
  const auto value = Opened(encoded.bytes, encoded.where).field<std::uint16_t>(TIFFTAG_ORIENTATION);
  return value >= 1 && value <= 8 ? value : 1;
}

Provenance provenance_of(std::string_view bytes, const std::string& where) {
  const Opened opens(bytes, where);
  Provenance provenance;
  read_exif(bytes, provenance);
  return provenance;
}

}  // namespace

const Codec kTiff{{"tif", "tiff"}, recognises, extent, decode, orientation_of, provenance_of};

}  // namespace imagine::io
