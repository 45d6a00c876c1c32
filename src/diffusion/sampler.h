/// From noise to a picture: functions over a function.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "diffusion/denoiser.h"

namespace imagine::diffusion {

/// A moment of the sampling, for progress and previews.
struct Step {
  int64_t index;  ///< from 0
  int64_t count;
  Tensor clean;  ///< [B, 3, H, W], the present guess
};

/// Answers whether to go on.
using OnStep = std::function<bool(const Step&)>;

/// Standard normal numbers of the shape of `like`; each call draws new ones.
using NoiseSource = std::function<Tensor(const Tensor& like)>;

/// What a step led to, which lies at `level` -> what goes on from there (see keep.h).
using AfterStep = std::function<Tensor(const Tensor& noisy, NoiseLevel level)>;

struct Walk {
  Path path;
  OnStep on_step = {};     ///< where it answers no, Interrupted is thrown
  NoiseSource noise = {};  ///< needed by ddpm alone
  AfterStep after_step = {};
};

enum class Solver { ddpm, ddim, dpm_solver, unipc, heun };

/// How to walk a path.
struct Method {
  Solver solver = Solver::dpm_solver;
  int64_t order = 2;      ///< of dpm_solver and unipc: 1 .. 3
  bool karras = false;    ///< the levels of Karras et al. 2022, eq. 5, instead of even timesteps
  bool straight = false;  ///< heun: averages slopes of the straight path, not of x / alpha
  bool lower_order_final = true;  ///< the last steps of a short path are of lower order
  bool euler_at_final = false;
  bool midpoint = true;                  ///< dpm_solver of order 2: else Heun's weights
  bool bh2 = true;                       ///< unipc: B(h) = e^h - 1, else h
  std::string variance = "fixed_small";  ///< ddpm: of the noise that a step adds
};

/// "ddpm", "ddim" (or "euler", which it is), "dpm++", "dpm++3m", "unipc" or "heun"; the last four
/// may end in "-karras". Else a ConfigError that lists them.
Method method_named(const std::string& name);

/// The shortest name that method_named() takes for it.
std::string name_of(const Method& method);

/// Walks `noisy` [B, 3, H, W], which lies at the path's first level, to its last one.
Tensor sample(const Method& method, const Denoiser& denoise, Tensor noisy, const Walk& walk);

}  // namespace imagine::diffusion
