// HEIC and AVIF, by libheif.
#include <algorithm>
#include <array>
#include <libheif/heif.h>
#include <memory>

#include "core/check.h"
#include "io/codec.h"
#include "io/color.h"
#include "io/exif.h"

namespace imagine::io {
namespace {

using namespace std::string_view_literals;

/// A file type box names one of these among its brands (ISO/IEC 23008-12, AV1 Image File Format).
bool recognises(std::string_view bytes) {
  constexpr std::array kBrands{"heic"sv, "heix"sv, "heim"sv, "heis"sv, "hevc"sv,
                               "hevx"sv, "mif1"sv, "msf1"sv, "avif"sv, "avis"sv};
  if (bytes.size() < 16 || bytes.substr(4, 4) != "ftyp") return false;
  const auto size = std::size_t(std::uint8_t(bytes[2])) << 8 | std::uint8_t(bytes[3]);
  if (bytes[0] != 0 || bytes[1] != 0) return false;
  const auto box = bytes.substr(0, size);
  for (std::size_t at = 8; at + 4 <= box.size(); at += 4) {
    const bool is_version = at == 12;
    if (!is_version && std::ranges::find(kBrands, box.substr(at, 4)) != kBrands.end()) return true;
  }
  return false;
}

template <auto release>
struct Release {
  template <class Object>
  void operator()(Object* object) const {
    release(object);
  }
};
using Context = std::unique_ptr<heif_context, Release<heif_context_free>>;
using Handle = std::unique_ptr<heif_image_handle, Release<heif_image_handle_release>>;
using Decoded = std::unique_ptr<heif_image, Release<heif_image_release>>;
using Options = std::unique_ptr<heif_decoding_options, Release<heif_decoding_options_free>>;
using Nclx = std::unique_ptr<heif_color_profile_nclx, Release<heif_nclx_color_profile_free>>;

void require(const heif_error& error, const std::string& where) {
  check<FormatError>(error.code == heif_error_Ok, where,
                     ": expected a whole HEIC or AVIF, got: ", error.message);
}

/// The file's main picture.
struct Opened {
  explicit Opened(std::string_view bytes, const std::string& where)
      : context(heif_context_alloc()) {
    constexpr int kLongestSide = 32'768;
    heif_context_set_maximum_image_size_limit(context.get(), kLongestSide);
    require(heif_context_read_from_memory_without_copy(context.get(), bytes.data(), bytes.size(),
                                                       nullptr),
            where);
    heif_image_handle* found = nullptr;
    require(heif_context_get_primary_image_handle(context.get(), &found), where);
    handle.reset(found);
  }

  /// As it is to be seen, turned and cut.
  Extent extent() const {
    return {.width = heif_image_handle_get_width(handle.get()),
            .height = heif_image_handle_get_height(handle.get())};
  }

  ColorProfile colors(const std::string& where) const {
    std::string icc(heif_image_handle_get_raw_color_profile_size(handle.get()), '\0');
    if (!icc.empty() &&
        heif_image_handle_get_raw_color_profile(handle.get(), icc.data()).code == heif_error_Ok) {
      if (auto profile = ColorProfile::of_icc(icc)) return profile;
    }
    heif_color_profile_nclx* found = nullptr;
    heif_image_handle_get_nclx_color_profile(handle.get(), &found);
    const Nclx nclx(found);
    if (!nclx) return {};
    return ColorProfile::of_code_points(nclx->color_primaries, nclx->transfer_characteristics,
                                        where);
  }

  Context context;
  Handle handle;
};

Extent extent(const Encoded& encoded) { return Opened(encoded.bytes, encoded.where).extent(); }

RgbaImage decode(const Encoded& encoded) {
  const Opened opened(encoded.bytes, encoded.where);
  auto image = allocate_image(encoded, opened.extent());
  const ToSrgb to_srgb(opened.colors(encoded.where), Samples::rgba);
  const Options options(heif_decoding_options_alloc());
  options->convert_hdr_to_8bit = 1;
  heif_image* decoded = nullptr;
  const auto error = heif_decode_image(opened.handle.get(), &decoded, heif_colorspace_RGB,
                                       heif_chroma_interleaved_RGBA, options.get());
  const Decoded owner(decoded);
  require(error, encoded.where);
  int stride = 0;
  const auto* pixels = heif_image_get_plane_readonly(decoded, heif_channel_interleaved, &stride);
  const bool as_told = pixels != nullptr &&
                       heif_image_get_width(decoded, heif_channel_interleaved) == image.width &&
                       heif_image_get_height(decoded, heif_channel_interleaved) == image.height;
  check<FormatError>(as_told, encoded.where, ": expected a picture of ", image.width, "x",
                     image.height, " as its header says");
  for (int y = 0; y < image.height; ++y) {
    std::copy_n(pixels + std::ptrdiff_t(y) * stride, std::size_t(image.width) * 4, image.row(y));
  }
  if (heif_image_handle_is_premultiplied_alpha(opened.handle.get()) != 0) {
    divide_by_alpha(image);
  }
  if (to_srgb) to_srgb.convert(image.rgba.data(), image.rgba.data(), image.rgba.size() / 4);
  return image;
}

Provenance provenance_of(std::string_view bytes, const std::string& where) {
  constexpr std::size_t kOffset = 4;  // big-endian, from its end to the TIFF block
  const Opened opened(bytes, where);
  Provenance provenance;
  heif_item_id id = 0;
  if (heif_image_handle_get_list_of_metadata_block_IDs(opened.handle.get(), "Exif", &id, 1) != 1) {
    return provenance;
  }
  std::string exif(heif_image_handle_get_metadata_size(opened.handle.get(), id), '\0');
  if (exif.size() <= kOffset ||
      heif_image_handle_get_metadata(opened.handle.get(), id, exif.data()).code != heif_error_Ok) {
    return provenance;
  }
  read_exif(std::string_view(exif).substr(kOffset), provenance);
  return provenance;
}

}  // namespace

const Codec kHeif{
    {"heic", "heif", "avif", "hif"}, recognises, extent, decode, always_upright, provenance_of};

}  // namespace imagine::io
