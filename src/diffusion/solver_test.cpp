#include "diffusion/solver.h"

#include <cmath>
#include <gmock/gmock.h>

#include <torch/utils.h>

#include "core/names.h"
#include "diffusion/flow.h"
#include "diffusion/sampler.h"
#include "imagine/error.h"

namespace imagine::diffusion {
namespace {

constexpr std::array kNames = {"euler", "heun", "dpm++", "dpm++3m", "unipc", "ddpm"};

/// Some smooth function of what it is given, and of each picture alone.
Prediction denoise(const Tensor& noisy, NoiseLevel level) {
  return {.clean = 0.8 * torch::tanh(1.3 * noisy + (1 - level.time))};
}

Tensor noise(std::uint64_t seed) {
  auto generator = at::detail::createCPUGenerator(seed);
  return torch::randn({1, 3, 4, 4}, generator, torch::kDouble);
}

std::unique_ptr<Solver> solver_named(const std::string& name, const Tensor& noisy,
                                     int64_t steps = 6) {
  auto sampler = sampler_of(*value_named<SamplerName>(name));
  sampler.straight = true;
  return make_solver(sampler, {.schedule = flow_schedule(steps),
                               .noisy = noisy,
                               .noise = [](const Tensor& like) { return 0.5 + 0 * like; }});
}

TEST(Solver, AsksTheSameUntilItIsAnswered) {
  const auto solver = solver_named("heun", noise(1));
  const auto first = solver->next(), again = solver->next();
  ASSERT_TRUE(first && again);
  EXPECT_TRUE(torch::equal(first->noisy, again->noisy));
  EXPECT_EQ(first->level.time, again->level.time);
  solver->answer(denoise(first->noisy, first->level));
  EXPECT_FALSE(torch::equal(solver->next()->noisy, first->noisy));
}

TEST(Solver, HeunAsksTwiceAStepButForTheLastAndTheOthersOnce) {
  for (const std::string name : kNames) {
    const auto solver = solver_named(name, noise(1));
    int asked = 0;
    std::vector<int64_t> done;
    while (const auto query = solver->next()) {
      ++asked;
      solver->answer(denoise(query->noisy, query->level));
      done.push_back(solver->steps_done());
    }
    EXPECT_EQ(asked, name == "heun" ? 11 : 6) << name;
    EXPECT_EQ(solver->steps_done(), 6) << name;
    EXPECT_TRUE(std::ranges::is_sorted(done)) << name;
  }
}

TEST(Solver, ItsPreviewIsTheFirstPredictionOfTheStep) {
  const auto solver = solver_named("heun", noise(1));
  EXPECT_FALSE(solver->clean().defined());
  const auto first = *solver->next();
  const auto clean = denoise(first.noisy, first.level);
  solver->answer(clean);
  const auto second = *solver->next();
  solver->answer({.clean = torch::zeros_like(second.noisy)});
  EXPECT_TRUE(torch::equal(solver->clean(), clean.clean));
}

TEST(Solver, TwoThatAreAnsweredInTurnDrawWhatEachDrawsAlone) {
  for (const auto* one : kNames) {
    for (const auto* other : kNames) {
      const auto alone = sample(*solver_named(one, noise(1)), denoise);
      const auto other_alone = sample(*solver_named(other, noise(2), 4), denoise);
      const auto a = solver_named(one, noise(1)), b = solver_named(other, noise(2), 4);
      while (a->next() || b->next()) {
        for (const auto& solver : {a.get(), b.get()}) {
          if (const auto query = solver->next()) {
            solver->answer(denoise(query->noisy, query->level));
          }
        }
      }
      EXPECT_TRUE(torch::equal(a->noisy(), alone)) << one << " beside " << other;
      EXPECT_TRUE(torch::equal(b->noisy(), other_alone)) << other << " beside " << one;
    }
  }
}

TEST(Solver, PicturesOfABatchAreEachItsOwn) {
  for (const auto* name : kNames) {
    const auto both = sample(*solver_named(name, torch::cat({noise(1), noise(2)})), denoise);
    for (const std::uint64_t seed : {1, 2}) {
      const auto alone = sample(*solver_named(name, noise(seed)), denoise);
      EXPECT_TRUE(torch::allclose(both[int64_t(seed) - 1], alone[0], 1e-12, 1e-12)) << name;
    }
  }
}

TEST(Sample, ReportsEveryStepAndStopsWhenTold) {
  for (const auto* name : {"euler", "heun"}) {
    int steps = 0;
    const OnStep stop_at_three = [&](const StepDone& step) {
      EXPECT_EQ(step.index, steps);
      EXPECT_EQ(step.count, 8);
      EXPECT_EQ(step.clean.sizes(), noise(1).sizes());
      return ++steps < 3;
    };
    EXPECT_THROW(sample(*solver_named(name, noise(1), 8), denoise, stop_at_three), Interrupted);
    EXPECT_EQ(steps, 3);
  }
}

TEST(Sample, WhatComesAfterAStepGoesOn) {
  const auto kept = torch::full({1, 3, 4, 4}, 0.5, torch::kDouble);
  int steps = 0;
  const AfterStep keep = [&](const Tensor&, NoiseLevel) { return ++steps, kept; };
  const auto result =
      sample(sampler_of(SamplerName::unipc),
             {.schedule = flow_schedule(5), .noisy = noise(1), .after_step = keep}, denoise);
  EXPECT_TRUE(torch::equal(result, kept));
  EXPECT_EQ(steps, 5);
}

/// MiniT2I's published sampler: with 100 steps of even length each of the last five covers a fifth
/// of what is left of the way.
TEST(Solver, AVelocityFloorLeavesNoiseBehindManySteps) {
  const auto clean = torch::full({1, 3, 4, 4}, 0.3, torch::kDouble);
  const auto left = [&](int64_t steps) {
    auto sampler = sampler_of(SamplerName::euler);
    sampler.straight = true, sampler.velocity_floor = 0.05;
    const auto solver = make_solver(sampler, {.schedule = flow_schedule(steps), .noisy = noise(1)});
    while (solver->next()) solver->answer({.clean = clean});
    return ((solver->noisy() - clean) / (noise(1) - clean)).mean().item<double>();
  };
  EXPECT_NEAR(left(100), 0.05 * std::pow(0.8, 5), 1e-9);
  EXPECT_NEAR(left(20), 0, 1e-9);
}

}  // namespace
}  // namespace imagine::diffusion
