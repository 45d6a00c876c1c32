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
  Solver solver;
  int64_t order;
  bool takes_karras;
};

constexpr std::array kNamed = {
    Named{"ddpm", Solver::ddpm, 1, false},         Named{"ddim", Solver::ddim, 1, false},
    Named{"euler", Solver::ddim, 1, false},        Named{"dpm++", Solver::dpm_solver, 2, true},
    Named{"dpm++3m", Solver::dpm_solver, 3, true}, Named{"unipc", Solver::unipc, 2, true},
    Named{"heun", Solver::heun, 2, true},
};

}  // namespace

Method method_named(const std::string& name) {
  const bool karras = name.ends_with(kKarras);
  const auto base = name.substr(0, name.size() - (karras ? kKarras.size() : 0));
  for (const auto& known : kNamed) {
    if (base == known.name && (known.takes_karras || !karras)) {
      return {.solver = known.solver, .order = known.order, .karras = karras};
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

std::string name_of(const Method& method) {
  for (const auto& known : kNamed) {
    const bool same_order = known.solver != Solver::dpm_solver || known.order == method.order;
    if (known.solver == method.solver && same_order) {
      return concat(known.name, method.karras ? kKarras : "");
    }
  }
  return "dpm++";
}

Tensor finish_step(const Walk& walk, std::size_t index, const Tensor& after, const Tensor& clean) {
  const auto& strides = walk.path.strides;
  const Step step{.index = int64_t(index), .count = int64_t(strides.size()), .clean = clean};
  if (walk.on_step && !walk.on_step(step)) {
    throw Interrupted("stopped before the picture was finished");
  }
  return walk.after_step ? walk.after_step(after, strides[index].to) : after;
}

Tensor sample(const Method& method, const Denoiser& denoise, Tensor noisy, const Walk& walk) {
  switch (method.solver) {
    case Solver::ddpm:
      return walk_ddpm(method, denoise, std::move(noisy), walk);
    case Solver::ddim:
      return walk_ddim(denoise, std::move(noisy), walk);
    case Solver::heun:
      return walk_heun(method, denoise, std::move(noisy), walk);
    case Solver::unipc:
      return walk_unipc(method, denoise, std::move(noisy), walk);
    case Solver::dpm_solver:
      break;
  }
  return walk_dpm_solver(method, denoise, std::move(noisy), walk);
}

}  // namespace imagine::diffusion
