#include "core/check.h"
#include "core/request_json.h"
#include "imagine/image_file.h"
#include "io/alpha.h"
#include "io/image_file.h"
#include "recipes/foreign_recipe.h"
#include "recipes/recipe.h"

namespace imagine {
namespace {

namespace fs = std::filesystem;

/// Our recipe, or that of another program; null where there is none.
Json json_of_origin(const io::Provenance& provenance, const std::optional<Recipe>& recipe) {
  Json json;
  if (recipe) {
    json = to_json(*recipe);
    json["command"] = recipes::command_line_of(*recipe);
    const auto stand_ins = recipes::stand_ins_of(*recipe);
    if (!stand_ins.empty()) json["stand_ins"] = stand_ins;
  } else if (const auto foreign = recipes::foreign_recipe_of(provenance)) {
    json = recipes::json_of(*foreign);
  }
  if (!provenance.parameters.empty()) json["parameters"] = provenance.parameters;
  return json;
}

/// A line that a shell passes over: which pictures of its command are to be given again.
std::string remark_of(const Recipe& recipe) {
  std::string names;
  for (const auto& name : recipes::stand_ins_of(recipe))
    names += (names.empty() ? "" : ", ") + name;
  return names.empty() ? "" : concat("# ", names, ": ", recipes::kSent, ", to be given again\n");
}

std::string text_of_origin(const io::Provenance& provenance, const std::optional<Recipe>& recipe) {
  if (recipe) {
    return concat(provenance.parameters, "\n\n", remark_of(*recipe),
                  recipes::command_line_of(*recipe));
  }
  const auto foreign = recipes::foreign_recipe_of(provenance);
  return foreign ? recipes::text_of(*foreign) : "";
}

}  // namespace

Source decode(std::string_view bytes, const std::string& name, Transparency transparency) {
  constexpr std::uint8_t kBlack = 0;
  const auto image = io::decode_image(bytes, name);
  switch (transparency) {
    case Transparency::on_black:
      return {.image = io::flatten(image, kBlack), .name = name};
    case Transparency::kept:
      return {.image = io::colors_of(image), .name = name, .alpha = io::alpha_of(image)};
    case Transparency::on_white:
      break;
  }
  return {.image = io::flatten(image), .name = name};
}

Source load_image(const fs::path& file, Transparency transparency) {
  return decode(io::read_file(file), file.string(), transparency);
}

EncodedPicture encode(const Picture& picture, ImageFormat format, std::optional<int> quality) {
  const auto provenance = recipes::provenance_of(picture.recipe);
  const auto held = io::fitted(provenance, format);
  EncodedPicture file;
  if (held.parameters != provenance.parameters) {
    file.notes.push_back(concat("a JPEG holds the first ", held.parameters.size(), " of the ",
                                provenance.parameters.size(),
                                " bytes that say how it was made; PNG and WebP hold all"));
  }
  if (held.json != provenance.json) {
    file.notes.emplace_back(
        "a JPEG cannot hold a recipe of this length: nothing in it makes the picture again; PNG "
        "and WebP hold all");
  }
  if (picture.alpha.empty()) {
    file.bytes = io::encode_image(picture.image, format, provenance, quality);
    return file;
  }
  if (format == ImageFormat::jpeg) {
    file.notes.emplace_back("a JPEG has no transparency: on white ground; PNG and WebP keep it");
  }
  file.bytes =
      io::encode_image(io::with_alpha(picture.image, picture.alpha), format, provenance, quality);
  return file;
}

ImageFormat format_of(const fs::path& file) {
  const auto ending = file.extension().string();
  return io::image_format(ending.empty() ? ending : ending.substr(1));
}

std::vector<std::string> save(const Picture& picture, const fs::path& file) {
  const auto encoded = encode(picture, format_of(file));
  io::write_file(file, encoded.bytes);
  return encoded.notes;
}

Origin origin_of(const fs::path& file) { return origin_of(io::read_file(file), file.string()); }

Origin origin_of(std::string_view bytes, const std::string& name) {
  const auto provenance = io::read_provenance(bytes, name);
  Origin origin{.recipe = recipes::recipe_of(provenance, name)};
  const auto json = json_of_origin(provenance, origin.recipe);
  check<InputError>(!json.is_null(), name,
                    ": expected a picture that says how it was made, found nothing of that kind");
  origin.json = json.dump(2, ' ', false, Json::error_handler_t::replace);
  origin.text = text_of_origin(provenance, origin.recipe);
  return origin;
}

std::string command_of(const Recipe& recipe) { return recipes::command_line_of(recipe); }

}  // namespace imagine
