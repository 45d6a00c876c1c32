/// A request's fields, from JSON or a form alike, and what all dialects read of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "core/fields.h"
#include "serve/service.h"

namespace imagine::serve {

/// Errors are Problems that name the field.
class Body {
 public:
  /// A JSON object, or a form, of which the texts count. Problem 400 for what is neither, or nested
  /// deeper than 32.
  explicit Body(const HttpRequest& request);

  bool has(const char* name) const;
  /// Nothing where the field is missing or null.
  std::optional<std::string> text(const char* name) const;
  std::optional<std::int64_t> whole(const char* name, std::int64_t least, std::int64_t most) const;
  std::optional<double> number(const char* name, double least, double most) const;
  bool flag(const char* name) const;

 private:
  const Json* find(const char* name) const;

  Json json_ = Json::object();  // a form's texts are strings
  bool is_form_ = false;
};

/// "640x480" -> 640, 480; from 1 to 65536.
std::optional<std::pair<std::int64_t, std::int64_t>> extent_in(const std::string& text);

/// prompt, negative_prompt, n, seed, and how the stages sample: steps or num_inference_steps,
/// guidance_scale or cfg_scale, sampler. Within the limits; a seed that is missing or -1 is random.
void read_common(const Body& body, const Desk& desk, JobOrder& order);

}  // namespace imagine::serve
