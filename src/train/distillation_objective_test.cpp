#include "train/distillation_objective.h"

#include <gtest/gtest.h>

#include <torch/utils.h>

#include "diffusion/flow.h"
#include "io/temporary_folder.h"
#include "models/imagine/hybrid.h"
#include "nn/weights.h"
#include "train/tiny_networks.h"

namespace imagine::train {
namespace {

class DistillationObjectiveTest : public testing::Test {
 protected:
  DistillationObjectiveTest() {
    torch::manual_seed(5);
    config_ = tiny_networks();
    config_.dtype = "fp32";
    config_.distillation = {.teacher = (folder_ / "model.safetensors").string(), .steps = 4};
    for (auto& parameter : teacher_->parameters())
      parameter.set_data(torch::randn_like(parameter) * 0.2);
    nn::save_weights(*teacher_, config_.distillation.teacher, torch::kFloat);
  }

  Lesson lesson(DistillationObjective& objective) const {
    auto generator = at::detail::createCPUGenerator(1);
    return objective.prepared(batch_, {}, generator);
  }

  /// The teacher's clean picture, guided.
  Tensor taught(const Tensor& noisy, const Tensor& t, double guidance) {
    const auto yes = torch::zeros({4}, torch::kBool);
    const auto told = teacher_(noisy, t, teacher_->read(batch_.text, yes));
    const auto untold = teacher_(noisy, t, teacher_->read(batch_.text, yes.logical_not()));
    return untold + guidance * (told - untold);
  }

  io::TemporaryFolder folder_;
  TrainConfig config_;
  models::Hybrid teacher_{tiny_networks().base};
  Batch batch_ = with_some_text(torch::rand({4, 3, 16, 16}) * 2 - 1);
};

TEST_F(DistillationObjectiveTest, TimesAreThoseOfItsOwnPathEachAsOften) {
  DistillationObjective objective(config_, hybrid_flow);
  const auto times = std::get<0>(lesson(objective).t.sort());
  EXPECT_TRUE(torch::allclose(times, torch::tensor({0.0f, 0.25f, 0.5f, 0.75f})));
}

TEST_F(DistillationObjectiveTest, OneSubstepTeachesTheGuidedPicture) {
  config_.distillation.substeps = 1;
  DistillationObjective objective(config_, hybrid_flow);
  const auto given = lesson(objective);
  const auto noisy = diffusion::mix(batch_.pixels, given.noise, given.t);
  const auto expected = taught(noisy, given.t, config_.distillation.guidance);
  EXPECT_TRUE(torch::allclose(objective.target(noisy, given), expected, 1e-4, 1e-4));
}

TEST_F(DistillationObjectiveTest, OneStepToTheTargetArrivesWhereTheTeacherDoesInTwo) {
  config_.distillation.guidance = 2;
  DistillationObjective objective(config_, hybrid_flow);
  const auto given = lesson(objective);
  const auto noisy = diffusion::mix(batch_.pixels, given.noise, given.t);
  auto t = given.t;
  auto z = noisy;
  for (int i = 0; i < 2; ++i) {
    const auto velocity = (taught(z, t, 2) - z) / (1 - t).view({-1, 1, 1, 1});
    z = z + 0.125 * velocity, t = t + 0.125;
  }
  const auto target = objective.target(noisy, given);
  const auto one_step = noisy + 0.25 * (target - noisy) / (1 - given.t).view({-1, 1, 1, 1});
  EXPECT_TRUE(torch::allclose(one_step, z, 1e-4, 1e-4));
}

TEST_F(DistillationObjectiveTest, AStudentThatIsTheTeacherHasNothingToLearnWithoutGuidance) {
  config_.distillation.guidance = 1;
  config_.distillation.substeps = 1;
  DistillationObjective objective(config_, hybrid_flow);
  const auto before = objective.loss(lesson(objective)).item<double>();
  nn::load_weights(objective.network(), io::SafetensorsFile(config_.distillation.teacher));
  EXPECT_GT(before, 0.01);
  EXPECT_NEAR(objective.loss(lesson(objective)).item<double>(), 0, 1e-8);
}

TEST_F(DistillationObjectiveTest, GradientsReachTheStudentAlone) {
  DistillationObjective objective(config_, hybrid_flow);
  objective.loss(lesson(objective)).backward();
  double sum = 0;
  for (const auto& parameter : objective.network().parameters()) {
    if (parameter.grad().defined()) sum += parameter.grad().abs().sum().item<double>();
  }
  EXPECT_GT(sum, 0);
}

}  // namespace
}  // namespace imagine::train
