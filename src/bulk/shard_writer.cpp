#include "bulk/shard_writer.h"

#include <array>
#include <cstdio>
#include <utility>

#include "core/check.h"
#include "core/names.h"
#include "core/request_json.h"

namespace imagine::bulk {
namespace {

/// As it sorts, up to a thousand million of them.
std::string key_of(std::int64_t number) {
  std::array<char, 24> digits{};
  std::snprintf(digits.data(), digits.size(), "%09lld", static_cast<long long>(number));
  return digits.data();
}

std::string ending_of(ImageFormat format) {
  return format == ImageFormat::jpeg ? ".jpg" : concat(".", name_of(format));
}

}  // namespace

ShardWriter::ShardWriter(const io::fs::path& path, ImageFormat format, std::int64_t first)
    : tar_(path), format_(format), next_(first) {}

void ShardWriter::add(std::int64_t number, const Picture& picture) {
  // What the format cannot hold of the recipe stands in the JSON.
  early_[number] = {
      .picture = encode(picture, format_).bytes,
      .prompt = picture.recipe.request.prompt,
      .recipe = to_json(picture.recipe).dump(-1, ' ', false, Json::error_handler_t::replace)};
  for (auto first = early_.begin(); first != early_.end() && first->first == next_;
       first = early_.begin()) {
    write(next_++, first->second);
    early_.erase(first);
  }
}

void ShardWriter::write(std::int64_t number, const Sample& sample) {
  const auto key = key_of(number);
  tar_.add(key + ending_of(format_), sample.picture);
  tar_.add(key + ".txt", sample.prompt);
  tar_.add(key + ".json", sample.recipe);
}

}  // namespace imagine::bulk
