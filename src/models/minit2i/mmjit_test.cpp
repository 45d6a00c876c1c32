#include "models/minit2i/mmjit.h"

#include <gmock/gmock.h>

#include <torch/utils.h>

#include "core/check.h"

namespace imagine::models {
namespace {

/// Heads of 12, which no vector register divides.
MmJitConfig tiny(bool student) {
  MmJitConfig config{.image_size = 24,
                     .patch_size = 8,
                     .txt_input_size = 10,
                     .hidden_size = 36,
                     .txt_hidden_size = 36,
                     .depth_double = 2,
                     .txt_preamble_depth = 1,
                     .num_heads = 3,
                     .head_dim = 12,
                     .pca_channels = 5,
                     .prompt_length = 7};
  if (student) {
    config.num_context_tokens = 3, config.num_cfg_tokens = 2;
    config.num_interval_tokens = 1, config.num_time_tokens = 2;
    config.omega = 12, config.t_min = 0.2, config.t_max = 0.8, config.sampler = "mean_flow";
  }
  config.validate();
  return config;
}

MmJit filled(const MmJitConfig& config) {
  torch::manual_seed(4);
  MmJit network(config);
  const torch::NoGradGuard no_grad;
  for (auto& parameter : network->parameters()) {
    parameter.set_data(torch::randn(parameter.sizes()) * 0.2);
  }
  return network;
}

TextEmbedding some_text(int64_t rows, int64_t tokens) {
  return {.states = torch::randn({rows, tokens, 10}),
          .mask = torch::ones({rows, tokens}, torch::kBool)};
}

class MmJitTest : public testing::TestWithParam<bool> {
 protected:
  const torch::NoGradGuard no_grad_;
  MmJit network_ = filled(tiny(GetParam()));
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
  auto network = filled(tiny(true));
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
