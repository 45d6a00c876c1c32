#include "diffusion/sampler.h"

#include <array>

#include <torch/utils.h>

#include "diffusion/solvers.h"

namespace imagine::diffusion {
namespace {

struct Entry {
  SamplerName name;
  Algorithm algorithm;
  int64_t order;
  bool karras;
};

constexpr std::array kEntries = {
    Entry{SamplerName::ddpm, Algorithm::ddpm, 1, false},
    Entry{SamplerName::ddim, Algorithm::ddim, 1, false},
    Entry{SamplerName::euler, Algorithm::ddim, 1, false},
    Entry{SamplerName::dpm_solver, Algorithm::dpm_solver, 2, false},
    Entry{SamplerName::dpm_solver_karras, Algorithm::dpm_solver, 2, true},
    Entry{SamplerName::dpm_solver_3m, Algorithm::dpm_solver, 3, false},
    Entry{SamplerName::dpm_solver_3m_karras, Algorithm::dpm_solver, 3, true},
    Entry{SamplerName::unipc, Algorithm::unipc, 2, false},
    Entry{SamplerName::unipc_karras, Algorithm::unipc, 2, true},
    Entry{SamplerName::heun, Algorithm::heun, 2, false},
    Entry{SamplerName::heun_karras, Algorithm::heun, 2, true},
};

}  // namespace

Sampler sampler_of(SamplerName name) {
  for (const auto& [known, algorithm, order, karras] : kEntries) {
    if (known == name) return {.algorithm = algorithm, .order = order, .karras = karras};
  }
  return {};
}

SamplerName name_of(const Sampler& sampler) {
  for (const auto& [name, algorithm, order, karras] : kEntries) {
    const bool same_order = algorithm != Algorithm::dpm_solver || order == sampler.order;
    if (algorithm == sampler.algorithm && same_order && karras == sampler.karras) return name;
  }
  return SamplerName::dpm_solver;
}

std::unique_ptr<Solver> make_solver(const Sampler& sampler, SolverInput input) {
  switch (sampler.algorithm) {
    case Algorithm::ddpm:
      return make_ddpm(sampler, std::move(input));
    case Algorithm::ddim:
      return make_ddim(sampler, std::move(input));
    case Algorithm::heun:
      return make_heun(sampler, std::move(input));
    case Algorithm::unipc:
      return make_unipc(sampler, std::move(input));
    case Algorithm::dpm_solver:
      break;
  }
  return make_dpm_solver(sampler, std::move(input));
}

Tensor sample(const Sampler& sampler, SolverInput input, const Denoiser& denoise,
              const OnStep& on_step) {
  return sample(*make_solver(sampler, std::move(input)), denoise, on_step);
}

}  // namespace imagine::diffusion
