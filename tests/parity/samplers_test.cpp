/// Every sampler against what diffusers' class computes, with a closed-form network.
#include <gmock/gmock.h>

#include <torch/utils.h>

#include "diffusion/scheduler_config.h"
#include "io/json_file.h"
#include "nn/tensor_file.h"

namespace imagine {
namespace {

const io::fs::path kFolder = io::fs::path(IMAGINE_SOURCE_DIR) / "tests/data/tiny-if";

/// What expected.json calls sampler.model: a network that predicts as the config says.
Tensor output_of(const diffusion::SchedulerConfig& config, const Tensor& noisy,
                 diffusion::NoiseLevel level, const diffusion::Schedule& schedule) {
  const auto clean = 0.8 * torch::tanh(1.3 * noisy + (level.time / 500 - 1));
  const auto [alpha, sigma, time] = schedule.level(int64_t(std::nearbyint(level.time)));
  const auto noise = (noisy - alpha * clean) / sigma;
  return config.target == diffusion::Target::noise ? noise : alpha * noise - sigma * clean;
}

/// Diffusers numbers both evaluations of a Heun step.
std::vector<double> times_of(const diffusion::Path& path, diffusion::Solver solver) {
  std::vector<double> times;
  for (const auto& [from, to] : path.strides) {
    if (solver == diffusion::Solver::heun && !times.empty()) times.push_back(from.time);
    times.push_back(from.time);
  }
  return times;
}

class SamplersParity : public testing::TestWithParam<std::string> {};

TEST_P(SamplersParity, AgreesWithDiffusers) {
  const auto entry = io::read_python_json(kFolder / "expected.json").at("sampler." + GetParam());
  auto json = entry.at("config");
  json["_class_name"] = entry.at("class");
  const auto config = diffusion::scheduler_config_of(json, GetParam());
  const diffusion::Schedule schedule(config.betas);
  const auto path = diffusion::path_of(config, schedule, entry.at("steps").get<int64_t>());

  const io::SafetensorsFile file(kFolder / "expected.safetensors");
  const auto name = "sampler." + GetParam();
  const auto wanted_times = nn::tensor_of(file, name + ".timesteps").to(torch::kDouble);
  const auto times = torch::tensor(times_of(path, config.method.solver), torch::kDouble);
  ASSERT_EQ(times.sizes(), wanted_times.sizes());
  EXPECT_TRUE(torch::allclose(times, wanted_times, 1e-6)) << times << wanted_times;

  auto generator = at::detail::createCPUGenerator(entry.at("seed").get<std::uint64_t>());
  const auto denoise = diffusion::bounded(
      [&](const Tensor& noisy, diffusion::NoiseLevel level) {
        return diffusion::prediction_of(config.target, output_of(config, noisy, level, schedule),
                                        noisy, level);
      },
      config);
  const auto start = nn::tensor_of(file, "sampler.start") * path.start_scale;
  const auto result =
      diffusion::sample(config.method, denoise, start,
                        {.path = path, .noise = [&](const Tensor& like) {
                           return torch::randn(like.sizes(), generator, like.options());
                         }});
  const auto wanted = nn::tensor_of(file, name);
  const double scale = wanted.abs().max().item<double>();
  EXPECT_LE((result - wanted).abs().max().item<double>(), 1e-4 * scale);
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

}  // namespace
}  // namespace imagine
