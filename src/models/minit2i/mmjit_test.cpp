#include "models/minit2i/mmjit.h"

#include <gmock/gmock.h>

#include <torch/utils.h>

#include "core/check.h"
#include "models/minit2i/tiny_mmjit.h"

namespace imagine::models {
namespace {

class MmJitTest : public testing::TestWithParam<bool> {
 protected:
  const torch::NoGradGuard no_grad_;
  MmJit network_ = filled(tiny_mmjit(GetParam()));
};

TEST_P(MmJitTest, ABatchIsItsRows) {
  const auto noisy = torch::randn({2, 3, 24, 24});
  const auto text = some_text(2, 4);
  const auto read = network_->read(text, {}, torch::kFloat);
  const auto both = network_(noisy, read, torch::kFloat);
  for (int64_t i = 0; i < 2; ++i) {
    const MmJitText own{.rows = read.rows.narrow(0, i, 1)};
    const auto alone = network_(noisy.narrow(0, i, 1), own, torch::kFloat);
    EXPECT_LT((alone - both.narrow(0, i, 1)).abs().max().item<double>(), 1e-5);
  }
}

TEST_P(MmJitTest, HiddenTokensAreTheMaskToken) {
  auto text = some_text(1, 6);
  text.mask[0][4] = false, text.mask[0][5] = false;
  const auto all = network_->read(text, {}, torch::kFloat).rows;
  const TextEmbedding shorter{.states = text.states.narrow(1, 0, 4),
                              .mask = text.mask.narrow(1, 0, 4)};
  EXPECT_LT((all - network_->read(shorter, {}, torch::kFloat).rows).abs().max().item<double>(),
            1e-5);
  text.mask.fill_(false);
  EXPECT_LT((network_->read(text, {}, torch::kFloat).rows -
             network_->read_nothing(1, {}, torch::kFloat).rows)
                .abs()
                .max()
                .item<double>(),
            1e-5);
}

TEST_P(MmJitTest, RefusesATextThatIsTooLong) {
  EXPECT_THAT([&] { network_->read(some_text(1, 8), {}, torch::kFloat); },
              testing::ThrowsMessage<InputError>(
                  testing::HasSubstr("text: expected at most 7 tokens, got 8")));
}

INSTANTIATE_TEST_SUITE_P(Kinds, MmJitTest, testing::Bool());

TEST(MmJit, TellsAStudentHowItIsGuided) {
  const torch::NoGradGuard no_grad;
  auto network = filled(tiny_mmjit(true));
  const auto text = some_text(1, 3);
  const auto usual = network->read(text, {}, torch::kFloat).rows;
  const auto moved = [&](const StudentConditioning& told) {
    return (network->read(text, told, torch::kFloat).rows - usual).abs().max().item<double>();
  };
  EXPECT_GT(moved({.omega = 3}), 1e-3);
  EXPECT_GT(moved({.t_min = 0}), 1e-3);
  EXPECT_GT(moved({.t_max = 1}), 1e-3);
  EXPECT_GT(moved({.step = 0.5}), 1e-3);
}

}  // namespace
}  // namespace imagine::models
