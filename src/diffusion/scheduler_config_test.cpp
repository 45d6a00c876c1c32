#include "diffusion/scheduler_config.h"

#include <gmock/gmock.h>

#include <torch/utils.h>

#include "core/names.h"
#include "imagine/error.h"

namespace imagine::diffusion {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// DeepFloyd IF's first stage, as published.
Json published() {
  return {{"_class_name", "DDPMScheduler"},
          {"_diffusers_version", "0.17.0"},
          {"beta_end", 0.02},
          {"beta_schedule", "squaredcos_cap_v2"},
          {"beta_start", 0.0001},
          {"clip_sample", true},
          {"clip_sample_range", 1.0},
          {"dynamic_thresholding_ratio", 0.95},
          {"lambda_min_clipped", -5.1},
          {"num_train_timesteps", 1000},
          {"prediction_type", "epsilon"},
          {"sample_max_value", 1.5},
          {"thresholding", true},
          {"trained_betas", nullptr},
          {"variance_type", "learned_range"}};
}

std::vector<double> times_of(const SchedulerConfig& config, const Steps& steps) {
  std::vector<double> times;
  for (const auto& step : sampling_schedule_of(config, Schedule(config.betas), steps).steps) {
    times.push_back(step.from.time);
  }
  return times;
}

TEST(SchedulerConfig, ReadsWhatIfWasPublishedWith) {
  const auto config = scheduler_config_of(published(), "s.json");
  EXPECT_EQ(config.sampler.algorithm, Algorithm::ddpm);
  EXPECT_EQ(config.sampler.variance, "learned_range");
  EXPECT_EQ(config.target, Target::noise);
  EXPECT_EQ(config.thresholding_cap, 1.5);
  EXPECT_THAT(times_of(config, 4), ElementsAre(750, 500, 250, 0));
  EXPECT_THAT(times_of(config, TimestepList::smart27), testing::Contains(976));
}

TEST(SchedulerConfig, AnotherSamplerHasSpacingAndClippingOfItsOwn) {
  const auto config = scheduler_config_of(published(), "s.json");
  const auto dpm = with_sampler(config, SamplerName::dpm_solver);
  // Half log SNR -5.1 is timestep 996: pure noise is left out.
  EXPECT_THAT(times_of(dpm, 3), ElementsAre(995, 663, 332));
  EXPECT_THAT(times_of(with_sampler(config, SamplerName::unipc), 3), ElementsAre(999, 666, 333));
  EXPECT_THAT(times_of(with_sampler(config, SamplerName::heun), 3), ElementsAre(999, 499.5, 0));
}

TEST(SchedulerConfig, EveryScheduleEndsClean) {
  const auto config = scheduler_config_of(published(), "s.json");
  for (const auto* name : {"ddpm", "ddim", "dpm++", "dpm++3m-karras", "unipc", "heun-karras"}) {
    const auto with = with_sampler(config, *value_named<SamplerName>(name));
    for (const int64_t steps : {1, 2, 7}) {
      const auto sampling = sampling_schedule_of(with, Schedule(with.betas), steps);
      EXPECT_EQ(std::ssize(sampling.steps), steps) << name;
      EXPECT_EQ(sampling.steps.back().to.sigma, 0) << name;
    }
  }
}

TEST(SchedulerConfig, RefusesWhatItDoesNotKnowByName) {
  const auto refusal = [](const char* key, const Json& value) {
    auto json = published();
    json[key] = value;
    try {
      scheduler_config_of(json, "s.json");
    } catch (const ConfigError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_THAT(refusal("_class_name", "PNDMScheduler"), HasSubstr("DDIMScheduler"));
  EXPECT_EQ(refusal("betas", 1), "s.json: unknown key \"betas\"");
  EXPECT_THAT(refusal("rescale_betas_zero_snr", true), HasSubstr("expected false, got true"));
  EXPECT_THAT(refusal("prediction_type", "flow"), HasSubstr("s.json: prediction_type: expected"));
  EXPECT_THAT(refusal("beta_schedule", "sigmoid"), HasSubstr("s.json: beta_schedule: expected"));
  EXPECT_THAT(refusal("num_train_timesteps", "many"), HasSubstr("s.json: num_train_timesteps: "));
  EXPECT_THAT(refusal("variance_type", "fixed_large_log"), HasSubstr("variance_type: expected"));
  EXPECT_THAT(refusal("sample_max_value", 0.5), HasSubstr("at least 1, got 0.5"));
  EXPECT_THAT(refusal("steps_offset", -1), HasSubstr("0 or 1, got -1"));
  EXPECT_EQ(refusal("_name_or_path", "any"), "");
}

TEST(SchedulerConfig, RefusesFieldsThatNothingHereDoes) {
  const auto refusal = [](const char* name, const Json& fields) {
    Json json = {{"_class_name", name}};
    json.update(fields);
    try {
      scheduler_config_of(json, "s.json");
    } catch (const ConfigError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const auto dpm = "DPMSolverMultistepScheduler", unipc = "UniPCMultistepScheduler";
  EXPECT_EQ(refusal(dpm, {{"solver_order", 1}}), "");
  EXPECT_THAT(refusal(dpm, {{"solver_order", 4}}), HasSubstr("solver_order: expected 1 to 3"));
  EXPECT_THAT(refusal(dpm, {{"algorithm_type", "sde-dpmsolver++"}}), HasSubstr("algorithm_type"));
  EXPECT_THAT(refusal(dpm, {{"solver_type", "rk4"}}), HasSubstr("solver_type: expected midpoint"));
  EXPECT_THAT(refusal(dpm, {{"prediction_type", "flow_prediction"}}), HasSubstr("prediction_type"));
  for (const auto* key : {"use_lu_lambdas", "use_exponential_sigmas", "use_beta_sigmas",
                          "use_flow_sigmas", "rescale_betas_zero_snr", "use_dynamic_shifting"}) {
    EXPECT_THAT(refusal(dpm, {{key, true}}), HasSubstr(key));
    EXPECT_EQ(refusal(dpm, {{key, false}}), "");
  }
  EXPECT_THAT(refusal(unipc, {{"predict_x0", false}}), HasSubstr("predict_x0"));
  EXPECT_THAT(refusal(unipc, {{"disable_corrector", {0}}}), HasSubstr("disable_corrector"));
  EXPECT_THAT(refusal(unipc, {{"final_sigmas_type", "last"}}), HasSubstr("final_sigmas_type"));
  // A last step from the lowest level to itself.
  const Json stands = {{"use_karras_sigmas", true}, {"final_sigmas_type", "sigma_min"}};
  EXPECT_EQ(refusal(dpm, stands), "");
  EXPECT_THAT(refusal(unipc, stands), HasSubstr("final_sigmas_type: expected zero"));
  auto third = stands;
  third["solver_order"] = 3;
  EXPECT_THAT(refusal(dpm, third), HasSubstr("final_sigmas_type: expected zero"));
  for (const auto* name : {"exp", "laplace", "sigmoid"}) {
    EXPECT_THAT(refusal("DDPMScheduler", {{"beta_schedule", name}}), HasSubstr("beta_schedule"));
  }
}

TEST(SchedulerConfig, RefusesStepsThatTheScheduleLacks) {
  const auto config = scheduler_config_of(published(), "s.json");
  const Schedule schedule(config.betas);
  for (const std::int64_t steps : {0, 1001}) {
    EXPECT_THROW(sampling_schedule_of(config, schedule, steps), ConfigError);
  }
  EXPECT_NO_THROW(sampling_schedule_of(config, schedule, 1000));
  EXPECT_THROW(sampling_schedule_of(with_sampler(config, SamplerName::dpm_solver), schedule, 1000),
               ConfigError);
}

TEST(SchedulerConfig, ALearnedVarianceNeedsANetworkThatLearnsIt) {
  const auto config = scheduler_config_of(published(), "s.json");
  const Denoiser still = [](const Tensor& noisy, NoiseLevel) { return Prediction{.clean = noisy}; };
  const auto run = [&] {
    sample(config.sampler,
           {.schedule = sampling_schedule_of(config, Schedule(config.betas), 2),
            .noisy = torch::zeros({1, 3, 2, 2})},
           still);
  };
  EXPECT_THAT(run, ThrowsMessage<ConfigError>(HasSubstr("variance_type")));
}

}  // namespace
}  // namespace imagine::diffusion
