#include "diffusion/sampler.h"

#include <array>

#include <torch/utils.h>

#include "core/check.h"
#include "core/nearest.h"
#include "diffusion/solvers.h"

namespace imagine::diffusion {
namespace {

constexpr std::string_view kKarras = "-karras";

struct Named {
  const char* name;
  Algorithm algorithm;
  int64_t order;
  bool takes_karras;
};

constexpr std::array kNamed = {
    Named{"ddpm", Algorithm::ddpm, 1, false},
    Named{"ddim", Algorithm::ddim, 1, false},
    Named{"euler", Algorithm::ddim, 1, false},
    Named{"dpm++", Algorithm::dpm_solver, 2, true},
    Named{"dpm++3m", Algorithm::dpm_solver, 3, true},
    Named{"unipc", Algorithm::unipc, 2, true},
    Named{"heun", Algorithm::heun, 2, true},
};

}  // namespace

Sampler sampler_named(const std::string& name) {
  const bool karras = name.ends_with(kKarras);
  const auto base = name.substr(0, name.size() - (karras ? kKarras.size() : 0));
  for (const auto& known : kNamed) {
    if (base == known.name && (known.takes_karras || !karras)) {
      return {.algorithm = known.algorithm, .order = known.order, .karras = karras};
    }
  }
  std::vector<std::string> names;
  for (const auto& known : kNamed) {
    names.emplace_back(known.name);
    if (known.takes_karras) names.push_back(concat(known.name, kKarras));
  }
  const auto meant = nearest(name, names);
  throw ConfigError(concat("sampler: expected ddpm, ddim, euler, or dpm++, dpm++3m, unipc, heun ",
                           "(these also with -karras), got \"", name, '"',
                           meant ? concat("; did you mean ", *meant, '?') : ""));
}

std::string name_of(const Sampler& sampler) {
  for (const auto& known : kNamed) {
    const bool same_order =
        known.algorithm != Algorithm::dpm_solver || known.order == sampler.order;
    if (known.algorithm == sampler.algorithm && same_order) {
      return concat(known.name, sampler.karras ? kKarras : "");
    }
  }
  return "dpm++";
}

std::unique_ptr<Solver> make_solver(const Sampler& sampler, SolverInput input) {
  switch (sampler.algorithm) {
    case Algorithm::ddpm:
      return make_ddpm(sampler, std::move(input));
    case Algorithm::ddim:
      return make_ddim(std::move(input));
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
