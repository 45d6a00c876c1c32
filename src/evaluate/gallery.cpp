#include "evaluate/gallery.h"

#include <iomanip>
#include <sstream>

#include "core/check.h"
#include "core/random.h"
#include "core/request_json.h"
#include "core/sources.h"
#include "io/image_file.h"
#include "io/json_file.h"

namespace imagine::evaluate {
namespace {

constexpr const char* kOwner = "model.json";

std::string name_of(const Request& request) {
  auto key = to_json(request).dump(-1, ' ', false, Json::error_handler_t::replace);
  visit_sources(request, [&](const Source& source) {
    key.append(source.image.rgb.begin(), source.image.rgb.end());
  });
  std::ostringstream name;
  name << std::hex << std::setfill('0') << std::setw(16) << stable_hash(key) << ".png";
  return name.str();
}

}  // namespace

Gallery::Gallery(io::fs::path folder, const std::string& model, Painter paint)
    : folder_(std::move(folder)), model_(model), paint_(std::move(paint)) {
  const auto file = folder_ / kOwner;
  if (!io::fs::exists(file)) return;
  const auto json = io::read_json(file);
  const auto owner = json.is_object() ? json.value("model", std::string()) : "";
  check<InputError>(owner == model, folder_.string(), ": expected pictures of ", model,
                    ", got those of \"", owner, "\"; choose another --out");
}

Image Gallery::picture(const Request& request) {
  const auto file = folder_ / name_of(request);
  if (io::fs::exists(file)) {
    try {
      return io::flatten(io::decode_image(io::read_file(file), file.string()));
    } catch (const FormatError&) {
      io::fs::remove(file);
    }
  }
  auto image = paint_(request);
  if (!io::fs::exists(folder_ / kOwner)) {
    io::fs::create_directories(folder_);
    io::write_json(folder_ / kOwner, {{"model", model_}});
  }
  io::write_file(file, io::encode_image(image, ImageFormat::png));
  return image;
}

}  // namespace imagine::evaluate
