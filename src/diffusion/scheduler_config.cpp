#include "diffusion/scheduler_config.h"

#include <map>
#include <set>

#include "core/foreign_config.h"
#include "core/place.h"
#include "diffusion/solvers.h"
#include "diffusion/thresholding.h"

namespace imagine::diffusion {
namespace {

Algorithm algorithm_of(const Json& json, const std::string& where) {
  static const std::map<std::string, Algorithm> classes = {
      {"DDPMScheduler", Algorithm::ddpm},
      {"DDIMScheduler", Algorithm::ddim},
      {"DPMSolverMultistepScheduler", Algorithm::dpm_solver},
      {"UniPCMultistepScheduler", Algorithm::unipc},
      {"HeunDiscreteScheduler", Algorithm::heun},
  };
  const auto name = json.is_object() ? json.value("_class_name", Json()) : Json();
  const auto found = name.is_string() ? classes.find(name.get<std::string>()) : classes.end();
  std::string known;
  for (const auto& [each, algorithm] : classes) known += concat(known.empty() ? "" : ", ", each);
  check<ConfigError>(found != classes.end(), where, ": _class_name: expected one of ", known,
                     ", got ", name.dump());
  return found->second;
}

std::string variance_of(ForeignConfig& config) {
  const auto name = config.value<std::string>("variance_type", "fixed_small");
  check<ConfigError>(name == "fixed_small" || name == "fixed_small_log" || name == "fixed_large" ||
                         name == "learned" || name == "learned_range",
                     config.where(), ": variance_type: expected fixed_small, fixed_small_log, ",
                     "fixed_large, learned or learned_range, got \"", name, '"');
  return name;
}

bool ends_clean(ForeignConfig& config, const Sampler& sampler) {
  const auto last = config.value<std::string>("final_sigmas_type", "zero");
  check<ConfigError>(last == "zero" || last == "sigma_min", config.where(),
                     ": final_sigmas_type: expected zero or sigma_min, got \"", last, '"');
  // Karras' levels end at the lowest one: a step from there to itself is 0 / 0 in most formulas.
  const bool stands = last == "sigma_min" && sampler.karras;
  const bool defined =
      sampler.algorithm == Algorithm::dpm_solver && sampler.order <= 2 && sampler.midpoint;
  check<ConfigError>(!stands || defined || !is_multistep(sampler.algorithm), config.where(),
                     ": final_sigmas_type: expected zero with use_karras_sigmas, got sigma_min");
  return last == "zero";
}

/// Which of two weights a solver has. Each class takes the others' names for its own default.
std::string solver_type_of(ForeignConfig& config) {
  auto name = config.value<std::string>("solver_type", "");
  static const std::set<std::string> known = {"", "midpoint", "heun", "logrho", "bh1", "bh2"};
  check<ConfigError>(known.contains(name), config.where(),
                     ": solver_type: expected midpoint, heun, bh1 or bh2, got \"", name, '"');
  return name;
}

Sampler sampler_of(ForeignConfig& config, Algorithm algorithm) {
  Sampler sampler{.algorithm = algorithm, .order = 1};
  if (is_multistep(algorithm) || algorithm == Algorithm::heun) {
    sampler.order = config.value<int64_t>("solver_order", 2);
    check<ConfigError>(1 <= sampler.order && sampler.order <= 3, config.where(),
                       ": solver_order: expected 1 to 3, got ", sampler.order);
    sampler.karras = config.value("use_karras_sigmas", false);
  }
  sampler.lower_order_final = config.value("lower_order_final", true);
  sampler.euler_at_final = config.value("euler_at_final", false);
  const auto type = solver_type_of(config);
  sampler.midpoint = type != "heun";
  sampler.bh2 = type != "bh1";
  sampler.variance = variance_of(config);
  return sampler;
}

/// What other solvers' keys could ask for and ours do not do.
void refuse_the_rest(ForeignConfig& config) {
  config.expect("algorithm_type", "dpmsolver++");
  config.expect("predict_x0", true);
  config.expect("disable_corrector", Json::array());
  for (const auto* key :
       {"trained_betas", "solver_p", "sigma_min", "sigma_max", "shift_terminal"}) {
    config.expect(key, nullptr);
  }
  for (const auto* key : {"use_exponential_sigmas", "use_beta_sigmas", "use_lu_lambdas",
                          "use_flow_sigmas", "rescale_betas_zero_snr", "use_dynamic_shifting"}) {
    config.expect(key, false);
  }
  config.ignore({"flow_shift", "time_shift_type"});  // of flows and shifting, refused above
}

}  // namespace

SchedulerConfig scheduler_config_of(const Json& json, const std::string& where) {
  const auto algorithm = algorithm_of(json, where);
  ForeignConfig file(json, where);
  SchedulerConfig config;
  config.sampler = sampler_of(file, algorithm);
  config.betas.name = file.value("beta_schedule", config.betas.name);
  const bool heun = algorithm == Algorithm::heun;
  config.betas.begin = file.value("beta_start", heun ? 0.00085 : config.betas.begin);
  config.betas.end = file.value("beta_end", heun ? 0.012 : config.betas.end);
  config.betas.timesteps = file.value("num_train_timesteps", config.betas.timesteps);
  at_place(where + ": ", [&] {
    config.target = target_named(file.value<std::string>("prediction_type", "epsilon"));
    if (file.has("timestep_spacing")) {
      config.spacing = spacing_named(file.required<std::string>("timestep_spacing"));
    }
    Schedule unused(config.betas);
  });
  config.steps_offset = file.value("steps_offset", config.steps_offset);
  config.thresholding = file.value("thresholding", config.thresholding);
  config.thresholding_quantile =
      file.value("dynamic_thresholding_ratio", config.thresholding_quantile);
  config.thresholding_cap = file.value("sample_max_value", config.thresholding_cap);
  if (file.has("clip_sample")) config.clip = file.required<bool>("clip_sample");
  config.clip_range = file.value("clip_sample_range", config.clip_range);
  config.ends_clean = ends_clean(file, config.sampler);
  config.ddim_ends_clean = file.value("set_alpha_to_one", true);
  config.lowest_half_log_snr = file.value("lambda_min_clipped", config.lowest_half_log_snr);
  refuse_the_rest(file);
  file.finish();
  check<ConfigError>(0 < config.thresholding_quantile && config.thresholding_quantile <= 1, where,
                     ": dynamic_thresholding_ratio: expected above 0 to 1, got ",
                     config.thresholding_quantile);
  check<ConfigError>(config.thresholding_cap >= 1, where,
                     ": sample_max_value: expected at least 1, got ", config.thresholding_cap);
  check<ConfigError>(0 <= config.steps_offset && config.steps_offset <= 1, where,
                     ": steps_offset: expected 0 or 1, got ", config.steps_offset);
  return config;
}

SchedulerConfig with_sampler(SchedulerConfig config, SamplerName name) {
  auto sampler = sampler_of(name);
  sampler.variance = config.sampler.variance;
  if (sampler.algorithm == config.sampler.algorithm) {
    sampler.lower_order_final = config.sampler.lower_order_final;
    sampler.euler_at_final = config.sampler.euler_at_final;
    sampler.midpoint = config.sampler.midpoint;
    sampler.bh2 = config.sampler.bh2;
  }
  config.sampler = sampler;
  return config;
}

Prediction bounded(Prediction prediction, const SchedulerConfig& config) {
  const auto algorithm = config.sampler.algorithm;
  if (config.thresholding && algorithm != Algorithm::heun) {
    return thresholded(std::move(prediction), config.thresholding_quantile,
                       config.thresholding_cap);
  }
  const bool original = algorithm == Algorithm::ddpm || algorithm == Algorithm::ddim;
  const bool clips = original || algorithm == Algorithm::heun;
  if (!clips || !config.clip.value_or(original)) return prediction;
  return clipped(std::move(prediction), config.clip_range);
}

}  // namespace imagine::diffusion
