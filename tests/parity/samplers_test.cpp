/// Every sampler against what diffusers' class computes, with a closed-form network.
#include <gmock/gmock.h>

#include <torch/utils.h>

#include "diffusion/scheduler_config.h"
#include "io/json_file.h"
#include "nn/tensor_file.h"

namespace imagine {
namespace {

const io::fs::path kData = io::fs::path(IMAGINE_SOURCE_DIR) / "tests/data";

/// What expected.json calls sampler.model: a network that predicts as the config says.
Tensor output_of(const diffusion::SchedulerConfig& config, const Tensor& noisy,
                 diffusion::NoiseLevel level, const diffusion::Schedule& schedule) {
  const auto clean = 0.8 * torch::tanh(1.3 * noisy + (level.time / 500 - 1));
  const auto [alpha, sigma, time] = schedule.level(int64_t(std::nearbyint(level.time)));
  if (config.target == diffusion::Target::clean) return clean;
  const auto noise = (noisy - alpha * clean) / sigma;
  return config.target == diffusion::Target::noise ? noise : alpha * noise - sigma * clean;
}

/// Diffusers numbers both evaluations of a Heun step.
std::vector<double> times_of(const diffusion::SamplingSchedule& sampling,
                             diffusion::Algorithm algorithm) {
  std::vector<double> times;
  for (const auto& [from, to] : sampling.steps) {
    if (algorithm == diffusion::Algorithm::heun && !times.empty()) times.push_back(from.time);
    times.push_back(from.time);
  }
  return times;
}

/// One case of a folder's expected.json and expected.safetensors.
struct Case {
  std::string name;  // in the files
  Json config;
  int64_t steps;
  int64_t left_out;  // at the beginning, as an edit does
  std::uint64_t seed;
};

void expect_agreement(const Case& wanted, const io::SafetensorsFile& file, const Tensor& noise) {
  SCOPED_TRACE(wanted.name);
  const auto config = diffusion::scheduler_config_of(wanted.config, wanted.name);
  const diffusion::Schedule schedule(config.betas);
  auto sampling = diffusion::sampling_schedule_of(config, schedule, wanted.steps);
  sampling.skipped = wanted.left_out;
  sampling.steps.erase(sampling.steps.begin(), sampling.steps.begin() + wanted.left_out);

  const auto wanted_times = nn::tensor_of(file, wanted.name + ".timesteps").to(torch::kDouble);
  const auto times = torch::tensor(times_of(sampling, config.sampler.algorithm), torch::kDouble);
  ASSERT_EQ(times.sizes(), wanted_times.sizes());
  EXPECT_TRUE(torch::allclose(times, wanted_times, 1e-6)) << times << wanted_times;

  auto generator = at::detail::createCPUGenerator(wanted.seed);
  const auto denoise = [&](const Tensor& noisy, diffusion::NoiseLevel level) {
    const auto output = output_of(config, noisy, level, schedule);
    return diffusion::bounded(diffusion::prediction_of(config.target, output, noisy, level),
                              config);
  };
  const diffusion::NoiseSource draw = [&](const Tensor& like) {
    return torch::randn(like.sizes(), generator, like.options());
  };
  const auto result = diffusion::sample(
      config.sampler, {.schedule = sampling, .noisy = noise * sampling.start_scale, .noise = draw},
      denoise);
  const auto picture = nn::tensor_of(file, wanted.name);
  const double scale = picture.abs().max().item<double>();
  EXPECT_LE((result - picture).abs().max().item<double>(), 1e-4 * scale);
}

class SamplersParity : public testing::TestWithParam<std::string> {};

TEST_P(SamplersParity, AgreesWithDiffusers) {
  const auto folder = kData / "tiny-if";
  const auto name = "sampler." + GetParam();
  const auto entry = io::read_python_json(folder / "expected.json").at(name);
  auto config = entry.at("config");
  config["_class_name"] = entry.at("class");
  const io::SafetensorsFile file(folder / "expected.safetensors");
  expect_agreement({.name = name,
                    .config = config,
                    .steps = entry.at("steps").get<int64_t>(),
                    .left_out = 0,
                    .seed = entry.at("seed").get<std::uint64_t>()},
                   file, nn::tensor_of(file, "sampler.start"));
}

INSTANTIATE_TEST_SUITE_P(All, SamplersParity,
                         testing::Values("ddim.eps", "ddim.v.thresholded", "ddpm.eps.small",
                                         "dpmpp2m.eps", "dpmpp2m.v.karras", "dpmpp3m.eps.trailing",
                                         "unipc.eps", "heun.eps"),
                         [](const auto& info) {
                           auto name = info.param;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

TEST(SchedulerFieldsParity, EveryFieldThatIsHonouredDoesWhatItDoesInDiffusers) {
  const auto folder = kData / "samplers";
  const auto entries = io::read_python_json(folder / "expected.json");
  const io::SafetensorsFile file(folder / "expected.safetensors");
  EXPECT_GT(entries.size(), 80u);
  for (const auto& [name, entry] : entries.items()) {
    expect_agreement({.name = name,
                      .config = entry.at("config"),
                      .steps = entry.at("steps").get<int64_t>(),
                      .left_out = entry.at("left_out").get<int64_t>(),
                      .seed = entry.at("seed").get<std::uint64_t>()},
                     file, nn::tensor_of(file, "start"));
  }
}

}  // namespace
}  // namespace imagine
