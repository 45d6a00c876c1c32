#include "serve/request_body.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <random>

#include "core/number.h"
#include "io/utf8.h"
#include "serve/bounded_json.h"
#include "serve/multipart.h"

namespace imagine::serve {
namespace {

constexpr std::int64_t kLargestSide = 65536;
constexpr std::uint64_t kLargestSeed = std::uint64_t(1) << 53;

std::optional<double> real_number(const std::string& text) {
  double number = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && rest == end ? std::optional(number) : std::nullopt;
}

std::uint64_t random_seed() {
  std::random_device device;
  return device();  // of 32 bits: short to say
}

}  // namespace

Body::Body(const HttpRequest& request) {
  const auto type = request.header("content-type");
  is_form_ = is_multipart(type);
  if (!is_form_) {
    json_ = bounded_json(request.body, "the request's body");
    if (!json_.is_object()) throw Problem(400, "the request's body: expected a JSON object");
    return;
  }
  for (const auto& part : multipart_of(type, request.body)) {
    if (part.filename.empty()) json_[part.name] = part.content;
  }
}

const Json* Body::find(const char* name) const {
  const auto found = json_.find(name);
  return found == json_.end() || found->is_null() ? nullptr : &*found;
}

bool Body::has(const char* name) const { return find(name) != nullptr; }

std::optional<std::string> Body::text(const char* name) const {
  const auto* value = find(name);
  if (value == nullptr) return {};
  if (!value->is_string()) throw Problem(400, concat(name, ": expected a text"), name);
  auto text = value->get<std::string>();
  if (!io::is_utf8(text)) throw Problem(400, concat(name, ": expected UTF-8"), name);
  return text;
}

std::optional<std::int64_t> Body::whole(const char* name, std::int64_t least,
                                        std::int64_t most) const {
  const auto* value = find(name);
  if (value == nullptr) return {};
  std::optional<std::int64_t> number;
  if (is_form_ && value->is_string()) number = whole_number(value->get<std::string>());
  if (is_integer_of<std::int64_t>(*value)) number = value->get<std::int64_t>();
  if (!number || *number < least || *number > most) {
    throw Problem(400, concat(name, ": expected a whole number from ", least, " to ", most), name);
  }
  return number;
}

std::optional<double> Body::number(const char* name, double least, double most) const {
  const auto* value = find(name);
  if (value == nullptr) return {};
  std::optional<double> number;
  if (is_form_ && value->is_string()) number = real_number(value->get<std::string>());
  if (value->is_number()) number = value->get<double>();
  if (!number || !(*number >= least && *number <= most)) {
    throw Problem(400, concat(name, ": expected a number from ", least, " to ", most), name);
  }
  return number;
}

bool Body::flag(const char* name) const {
  const auto* value = find(name);
  if (value == nullptr) return false;
  if (value->is_boolean()) return value->get<bool>();
  const auto text = is_form_ && value->is_string() ? value->get<std::string>() : "";
  if (text == "true" || text == "false") return text == "true";
  throw Problem(400, concat(name, ": expected true or false"), name);
}

std::optional<std::pair<std::int64_t, std::int64_t>> extent_in(const std::string& text) {
  const auto cross = text.find('x');
  if (cross == text.npos) return {};
  const auto width = whole_number(text.substr(0, cross));
  const auto height = whole_number(text.substr(cross + 1));
  const auto is_side = [](const auto& side) { return side && *side >= 1 && *side <= kLargestSide; };
  if (!is_side(width) || !is_side(height)) return {};
  return std::pair(*width, *height);
}

void read_common(const Body& body, const Desk& desk, JobOrder& order) {
  auto& request = order.request;
  request.prompt = body.text("prompt").value_or("");
  request.negative = body.text("negative_prompt").value_or("");
  for (const auto* field : {&request.prompt, &request.negative}) {
    if (field->size() > desk.limits.prompt) {
      throw Problem(
          400,
          concat("prompt: expected at most ", desk.limits.prompt, " bytes, got ", field->size()),
          "prompt");
    }
  }
  request.count = int(body.whole("n", 1, desk.limits.count).value_or(1));
  const auto seed = body.whole("seed", -1, std::int64_t(kLargestSeed)).value_or(-1);
  request.seed = seed < 0 ? random_seed() : std::uint64_t(seed);
  StageOptions sampling;  // of all stages
  for (const char* name : {"num_inference_steps", "steps"}) {
    if (const auto steps = body.whole(name, 1, desk.limits.steps)) sampling.steps = *steps;
  }
  for (const char* name : {"guidance_scale", "cfg_scale"}) {
    if (const auto guidance = body.number(name, 0, 100)) sampling.guidance = *guidance;
  }
  if (const auto name = body.text("sampler")) {
    sampling.sampler = value_named<SamplerName>(*name);
    if (!sampling.sampler)
      throw Problem(400, "sampler: " + expected_names<SamplerName>(*name), "sampler");
  }
  if (sampling != StageOptions()) request.stages = {sampling};
}

}  // namespace imagine::serve
