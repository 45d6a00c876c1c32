#include "cli/picture_file.h"

#include "core/check.h"
#include "io/alpha.h"
#include "recipes/recipe.h"

namespace imagine::cli {

Source read_layered_source(const std::string& path) {
  const auto image = io::decode_image(io::read_file(path), path);
  return {.image = io::colors_of(image), .name = path, .alpha = io::alpha_of(image)};
}

Source read_mask(const std::string& path) {
  constexpr std::uint8_t kBlack = 0;
  const auto image = io::decode_image(io::read_file(path), path);
  return {.image = io::flatten(image, kBlack), .name = path};
}

PictureFile picture_file(const Picture& picture, io::ImageFormat format) {
  const auto provenance = recipes::provenance_of(picture.recipe);
  const auto held = io::fitted(provenance, format);
  PictureFile file;
  if (held.parameters != provenance.parameters) {
    file.notes.push_back(concat("a JPEG holds the first ", held.parameters.size(), " of the ",
                                provenance.parameters.size(),
                                " bytes that say how it was made; PNG and WebP hold all"));
  }
  if (held.json != provenance.json) {
    file.notes.emplace_back(
        "a JPEG cannot hold a recipe of this length: nothing in it makes the picture again; PNG "
        "and "
        "WebP hold all");
  }
  if (picture.alpha.empty()) {
    file.bytes = io::encode_image(picture.image, format, provenance);
    return file;
  }
  if (format == io::ImageFormat::jpeg) {
    file.notes.emplace_back("a JPEG has no transparency: on white ground; PNG and WebP keep it");
  }
  file.bytes = io::encode_image(io::with_alpha(picture.image, picture.alpha), format, provenance);
  return file;
}

}  // namespace imagine::cli
