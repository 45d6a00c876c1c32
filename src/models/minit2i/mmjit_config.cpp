#include "models/minit2i/mmjit_config.h"

#include "core/foreign_config.h"
#include "core/place.h"
#include "core/range.h"
#include "imagine/request.h"

namespace imagine::models {
namespace {

constexpr const char* kClassName = "MiniT2IMMJiTModel";
constexpr std::int64_t kLargest = std::int64_t(1) << 16;  // of any width, far above all

void check_same(const char* field, std::int64_t value, const char* as, std::int64_t expected) {
  check<ConfigError>(value == expected, field, ": expected ", expected, ", as ", as, " says, got ",
                     value);
}

void validate_student(const MmJitConfig& config) {
  const bool all = config.num_context_tokens && config.num_cfg_tokens &&
                   config.num_interval_tokens && config.num_time_tokens && config.omega &&
                   config.t_min && config.t_max;
  check<ConfigError>(all, "sampler: expected euler where any of num_context_tokens, ",
                     "num_cfg_tokens, num_interval_tokens, num_time_tokens, omega, t_min and ",
                     "t_max is missing, got ", config.sampler);
  check_range("num_context_tokens", *config.num_context_tokens, 1, 1024);
  check_range("num_cfg_tokens", *config.num_cfg_tokens, 1, 1024);
  check_range("num_interval_tokens", *config.num_interval_tokens, 1, 1024);
  check_range("num_time_tokens", *config.num_time_tokens, 1, 1024);
  check_range("omega", *config.omega, 1, kLargestGuidance);
  check_range("t_min", *config.t_min, 0, 1);
  check_range("t_max", *config.t_max, *config.t_min, 1);
}

}  // namespace

std::int64_t MmJitConfig::mlp_width() const {
  constexpr std::int64_t kMultiple = 8;
  const auto exact = std::int64_t(double(hidden_size) * mlp_ratio);
  return (exact + kMultiple - 1) / kMultiple * kMultiple;
}

std::int64_t MmJitConfig::prefix() const {
  if (!is_student()) return 0;
  return *num_context_tokens + *num_cfg_tokens + 2 * *num_interval_tokens + *num_time_tokens;
}

double MmJitConfig::parameters() const {
  const auto width = double(hidden_size);
  const auto attention = 4 * width * double(inner_width());
  return 2 * double(depth_double) * (attention + 3 * width * double(mlp_width()));
}

void MmJitConfig::validate() const {
  check_range("image_size", image_size, 1, 8192);
  check_range("patch_size", patch_size, 1, 256);
  check<ConfigError>(image_size % patch_size == 0, "image_size: expected a multiple of patch_size ",
                     patch_size, ", got ", image_size);
  check<ConfigError>(grid() <= 512, "image_size: expected at most 512 patches along a side, got ",
                     grid());
  check_same("in_channels", in_channels, "a picture's kind", 3);
  check_same("cfg_channels", cfg_channels, "in_channels", in_channels);
  check_range("txt_input_size", txt_input_size, 1, kLargest);
  check_range("num_heads", num_heads, 1, kLargest);
  check_range("head_dim", head_dim, 4, kLargest);
  check<ConfigError>(head_dim % 4 == 0, "head_dim: expected a multiple of 4, got ", head_dim);
  check_range("hidden_size", hidden_size, 4, kLargest);
  check<ConfigError>(hidden_size % 4 == 0, "hidden_size: expected a multiple of 4, got ",
                     hidden_size);
  check_range("num_heads * head_dim", inner_width(), 4, kLargest);
  check_same("txt_hidden_size", txt_hidden_size, "hidden_size", hidden_size);
  check_range("depth_double", depth_double, 1, 1024);
  check_range("txt_preamble_depth", txt_preamble_depth, 0, 1024);
  check_range("mlp_ratio", mlp_ratio, 0.01, 64);
  check_range("pca_channels", pca_channels, 1, kLargest);
  check_range("prompt_length", prompt_length, 1, 8192);
  check_range("n_T", n_T, 1, 1000);
  check<ConfigError>(prediction == "x", "prediction: expected x, got \"", prediction, '"');
  check<ConfigError>(sampler == "euler" || sampler == "mean_flow",
                     "sampler: expected euler or mean_flow, got \"", sampler, '"');
  check<ConfigError>(cfg_interval.size() == 2, "cfg_interval: expected two numbers, got ",
                     cfg_interval.size());
  for (const auto end : cfg_interval) check_range("cfg_interval", end, 0, 1);
  check<ConfigError>(cfg_interval.front() <= cfg_interval.back(),
                     "cfg_interval: expected its begin before its end, got ", cfg_interval.front(),
                     " and ", cfg_interval.back());
  check_range("noise_scale", noise_scale, 0.01, 100);
  check<ConfigError>(is_student() == (sampler == "mean_flow"), "sampler: expected ",
                     is_student() ? "mean_flow" : "euler", " ", is_student() ? "with" : "without",
                     " num_time_tokens, got ", sampler);
  if (is_student()) validate_student(*this);
}

MmJitConfig mmjit_config_of(const Json& json, const std::string& where) {
  check<ConfigError>(json.is_object(), where, ": expected a JSON object, got ", json.type_name());
  const auto network = json.value("_class_name", Json(kClassName));
  check<ConfigError>(network == kClassName, where, ": _class_name: expected MiniT2I's ", kClassName,
                     ", got ", network.dump());
  const auto stored = json.value("quantization_config", Json());
  check<ConfigError>(stored.is_null() || stored == our_quantization(), where,
                     ": quantization_config: expected none or ", our_quantization().dump(),
                     ", got ", stored.dump());
  auto ours = Json::object();  // without what the library that wrote it says of itself
  for (const auto& [key, value] : json.items()) {
    if (!key.starts_with("_") && key != "quantization_config") ours[key] = value;
  }
  for (const auto* needed : {"image_size", "patch_size", "txt_input_size", "hidden_size",
                             "depth_double", "num_heads", "head_dim", "prompt_length"}) {
    check<ConfigError>(ours.contains(needed), where, ": ", needed, ": expected a value, got none");
  }
  if (!ours.contains("txt_hidden_size")) ours["txt_hidden_size"] = ours["hidden_size"];
  auto config = from_json<MmJitConfig>(ours, where);
  at_place(where + ": ", [&] { config.validate(); });
  return config;
}

}  // namespace imagine::models
