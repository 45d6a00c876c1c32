#include "recipes/a1111_samplers.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/lower_case.h"
#include "core/names.h"

namespace imagine::recipes {
namespace {

constexpr std::array<const char*, 11> kNames = {"DDPM",
                                                "DDIM",
                                                "Euler",
                                                "DPM++ 2M",
                                                "DPM++ 2M Karras",
                                                "DPM++ 3M",
                                                "DPM++ 3M Karras",
                                                "UniPC",
                                                "UniPC Karras",
                                                "Heun",
                                                "Heun Karras"};

std::optional<SamplerName> sampler_named(const std::string& name) {
  if (const auto own = value_named<SamplerName>(name)) return own;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (lower_case(kNames[i]) == lower_case(name)) return SamplerName(i);
  }
  return {};
}

}  // namespace

std::string a1111_name(SamplerName sampler) { return kNames.at(std::size_t(sampler)); }

std::optional<SamplerName> a1111_sampler(const std::string& name, const std::string& scheduler) {
  if (lower_case(scheduler) == "karras") {
    if (const auto found = sampler_named(name + " Karras")) return found;
  }
  return sampler_named(name);
}

bool is_only_a1111s(const std::string& name) {
  constexpr std::array<std::string_view, 18> kOthers = {"euler a",
                                                        "lms",
                                                        "lms karras",
                                                        "dpm2",
                                                        "dpm2 a",
                                                        "dpm fast",
                                                        "dpm adaptive",
                                                        "dpm++ 2s a",
                                                        "dpm++ sde",
                                                        "dpm++ 2m sde",
                                                        "dpm++ 2m sde heun",
                                                        "dpm++ 3m sde",
                                                        "plms",
                                                        "restart",
                                                        "lcm",
                                                        "dpm++ sde karras",
                                                        "dpm++ 2m sde karras",
                                                        "ddim cfg++"};
  return std::ranges::find(kOthers, lower_case(name)) != kOthers.end();
}

}  // namespace imagine::recipes
