#include "models/stage_run.h"

#include <gmock/gmock.h>

#include <torch/utils.h>

#include "core/names.h"
#include "imagine/error.h"
#include "models/imagine/networks.h"
#include "models/imagine/stages.h"
#include "models/imagine/super_resolution.h"

namespace imagine::models {
namespace {

constexpr int64_t kTextWidth = 8;

TextEmbedding some_text(int64_t length) {
  return {.states = torch::randn({1, length, kTextWidth}),
          .mask = torch::ones({1, length}, torch::kBool)};
}

void randomise(torch::nn::Module& network) {
  torch::NoGradGuard no_grad;
  for (auto& parameter : network.parameters()) parameter.normal_(0, 0.2);
}

bool near(const Tensor& a, const Tensor& b) { return torch::allclose(a, b, 1e-3, 1e-3); }

class DrawTest : public testing::Test {
 protected:
  DrawTest() {
    torch::manual_seed(8);
    randomise(*network_);
    prompt_ = some_text(4), other_ = some_text(7);
  }

  /// Begins at `coarse` [1, 3, h, w] where there is one.
  Tensor drawn(const std::vector<std::uint64_t>& seeds,
               const SamplingOptions& options = {.steps = 2},
               const std::optional<TextEmbedding>& negative = {}, const Tensor& coarse = {}) {
    const auto network = network_of(network_);
    const StageTexts texts{.conditional = network->encode_text(prompt_, {}),
                           .unconditional = network->encode_text(negative ? *negative : prompt_,
                                                                 {.unconditional = !negative})};
    std::vector<StageDrawing> drawings;
    for (const auto seed : seeds) {
      const StageInput input{.seed = seed, .coarse = coarse};
      drawings.push_back(
          {.plan = first_stage_plan(options, 16, input), .input = input, .texts = texts});
    }
    return torch::cat(draw(drawings, *network));
  }

  Hybrid network_{HybridConfig{.size = 16,
                               .stem = 8,
                               .width = 16,
                               .depth = 1,
                               .heads = 2,
                               .text_width = kTextWidth,
                               .text_depth = 1}};
  TextEmbedding prompt_, other_;
};

TEST_F(DrawTest, APictureFollowsFromItsSeedWhateverTheOthersAre) {
  const auto three = drawn({3, 4, 5}), one = drawn({4});
  EXPECT_EQ(three.sizes(), (std::vector<int64_t>{3, 3, 16, 16}));
  EXPECT_TRUE(near(three.narrow(0, 1, 1), one));
  EXPECT_FALSE(near(three.narrow(0, 0, 1), one));
}

TEST_F(DrawTest, ANegativePromptThatIsThePromptPushesNowhere) {
  const auto plain = drawn({1}, {.steps = 2, .guidance = 1});
  EXPECT_TRUE(near(drawn({1}, {.steps = 2, .guidance = 5}, prompt_), plain));
  EXPECT_FALSE(near(drawn({1}, {.steps = 2, .guidance = 5}, other_), plain));
  EXPECT_FALSE(near(drawn({1}, {.steps = 2, .guidance = 5}), plain));
}

TEST_F(DrawTest, GuidanceOutsideItsIntervalIsNone) {
  const auto plain = drawn({1}, {.steps = 2, .guidance = 1});
  const SamplingOptions empty{
      .steps = 2, .guidance = 5, .guidance_begin = 0.6, .guidance_end = 0.6};
  EXPECT_TRUE(near(drawn({1}, empty), plain));
}

TEST_F(DrawTest, AFirstStepOfItsOwnLengthIsForDrawingsFromNoise) {
  const auto even = drawn({1}, {.steps = 4});
  EXPECT_TRUE(near(drawn({1}, {.steps = 4, .first_step = 0.25}), even));
  EXPECT_FALSE(near(drawn({1}, {.steps = 4, .first_step = 0.05}), even));
  const auto later = [&](double first_step) {
    return drawn({1}, {.steps = 4, .first_step = first_step, .begin = 0.4}, {},
                 torch::full({1, 3, 16, 16}, 0.5));
  };
  EXPECT_TRUE(near(later(0.05), later(0)));
}

TEST_F(DrawTest, ThresholdingKeepsTheRange) {
  SamplingOptions options{.sampler = SamplerName::euler, .steps = 1, .guidance = 40};
  EXPECT_GT(drawn({1}, options).abs().max().item<double>(), 1);
  options.threshold = 0.9;
  EXPECT_LE(drawn({1}, options).abs().max().item<double>(), 1 + 1e-5);
}

TEST_F(DrawTest, RefiningLeavesAsMuchToTheSeedAsItIsTold) {
  const auto refined = [&](double begin, std::uint64_t seed) {
    return drawn({seed}, {.steps = 2, .begin = begin}, {}, torch::full({1, 3, 8, 8}, 0.5));
  };
  EXPECT_EQ(refined(0.5, 1).sizes(), (std::vector<int64_t>{1, 3, 16, 16}));
  EXPECT_TRUE(near(refined(0, 1), drawn({1})));  // all noise: the coarse picture is not seen
  EXPECT_FALSE(near(refined(0.5, 1), drawn({1})));
  const auto between_seeds = [&](double begin) {
    return (refined(begin, 1) - refined(begin, 2)).abs().mean().item<double>();
  };
  EXPECT_LT(between_seeds(0.99), 0.2 * between_seeds(0.5));
}

/// Draws pictures [B, 3, h, w] larger, picture k from the seed `first` + k. `reach`: as the network
/// says, or nothing: at once.
std::vector<StageDrawing> enlargements(const Network& network, const Upscaler& upscaler,
                                       const Tensor& low, const SamplingOptions& options,
                                       std::optional<int64_t> reach) {
  std::vector<StageDrawing> drawings;
  torch::manual_seed(2);
  const auto text = network.encode_text(some_text(3), {});
  for (int64_t i = 0; i < low.size(0); ++i) {
    const StageInput input{.seed = std::uint64_t(5 + i), .coarse = low.narrow(0, i, 1)};
    drawings.push_back({.plan = upscaler_plan(options, upscaler.path(), reach, input),
                        .input = input,
                        .texts = {.conditional = text}});
  }
  return drawings;
}

class UpscaleTest : public testing::Test {
 protected:
  UpscaleTest() { torch::manual_seed(9); }

  Tensor upscaled(const Tensor& low, std::uint64_t seed, double augmentation, int steps = 1) {
    const SamplingOptions options{.steps = steps, .guidance = 1, .augmentation = augmentation};
    const auto network = network_of(network_.ptr());
    auto drawings = enlargements(*network, *network_, low, options, network_->reach());
    for (auto& drawing : drawings) drawing.input.seed = seed++;
    return torch::cat(draw(drawings, *network));
  }

  SuperResolution network_{
      SuperResolutionConfig{.factor = 2, .width = 8, .blocks = 1, .text_width = kTextWidth}};
};

TEST_F(UpscaleTest, AnUntrainedNetworkEnlargesTheClampedPicture) {
  const auto low = 2 * torch::randn({2, 3, 5, 6});
  const auto expected = models::enlarged(low.clamp(-1, 1), 2);
  EXPECT_TRUE(torch::allclose(upscaled(low, 1, 0), expected, 1e-5, 1e-5));
}

TEST_F(UpscaleTest, AugmentationAddsNoiseOfThatStrengthFromTheSeed) {
  const auto low = torch::zeros({1, 3, 32, 32});
  const auto grain = torch::avg_pool2d(upscaled(low, 1, 0.5), 2);
  EXPECT_NEAR(torch::avg_pool2d(upscaled(low, 1, 0.25), 2).std().item<double>() * 2,
              grain.std().item<double>(), 1e-4);
  EXPECT_NEAR(upscaled(low, 1, 0.5).mean().item<double>(), 0, 0.05);
  EXPECT_TRUE(near(upscaled(low, 1, 0.5), upscaled(low, 1, 0.5)));
  EXPECT_FALSE(near(upscaled(low, 1, 0.5), upscaled(low, 2, 0.5)));
}

TEST_F(UpscaleTest, APictureFollowsFromItsSeedWhateverTheOthersAre) {
  randomise(*network_);
  const auto low = torch::rand({2, 3, 8, 8});
  const auto both = upscaled(low, 1, 0.3, 2);
  EXPECT_TRUE(near(both.narrow(0, 1, 1), upscaled(low.narrow(0, 1, 1), 2, 0.3, 2)));
}

TEST(SamplingOptions, NamesTheFieldThatIsWrong) {
  const auto message = [](const SamplingOptions& options) {
    try {
      options.validate();
    } catch (const ConfigError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  using testing::StartsWith;
  EXPECT_EQ(message({}), "accepted");
  EXPECT_THAT(message({.sampler = SamplerName::ddpm}), testing::HasSubstr("\"ddpm\""));
  EXPECT_THAT(message({.sampler = SamplerName::unipc_karras}), StartsWith("sampler:"));
  EXPECT_EQ(message({.steps = 0}), "steps: expected 1 .. 1000, got 0");
  EXPECT_THAT(message({.guidance = NAN}), StartsWith("guidance:"));
  EXPECT_THAT(message({.guidance_begin = -0.1}), StartsWith("guidance_begin:"));
  EXPECT_THAT(message({.guidance_end = 1.1}), StartsWith("guidance_end:"));
  EXPECT_THAT(message({.first_step = 1}), StartsWith("first_step:"));
  EXPECT_THAT(message({.threshold = 2}), StartsWith("threshold:"));
  EXPECT_THAT(message({.begin = 1}), StartsWith("begin:"));
  EXPECT_THAT(message({.augmentation = -1}), StartsWith("augmentation:"));
}

class TilesTest : public testing::Test {
 protected:
  TilesTest() {
    torch::manual_seed(4);
    randomise(*network_);
  }

  Tensor upscaled(const Tensor& low, const SamplingOptions& options, bool in_tiles) {
    const auto network = network_of(network_.ptr());
    const auto reach = in_tiles ? network_->reach() : std::nullopt;
    return torch::cat(draw(enlargements(*network, *network_, low, options, reach), *network));
  }

  /// Of all pixels; 1 / 127.5 is one of 255.
  double difference(const Tensor& low, const SamplingOptions& options) {
    const auto tiled = upscaled(low, options, true);
    EXPECT_EQ(tiled.size(2), low.size(2) * network_->factor());
    EXPECT_EQ(tiled.size(3), low.size(3) * network_->factor());
    return (tiled - upscaled(low, options, false)).abs().max().item<double>();
  }

  SuperResolution network_{
      SuperResolutionConfig{.factor = 2, .width = 4, .blocks = 1, .text_width = kTextWidth}};
};

TEST_F(TilesTest, ALargePictureIsDrawnAsIfAtOnce) {
  for (const auto& [height, width] :
       std::vector<std::pair<int64_t, int64_t>>{{10, 440}, {440, 10}, {220, 230}}) {
    for (const auto sampler : {SamplerName::dpm_solver, SamplerName::heun}) {
      const auto low = torch::rand({1, 3, height, width}) * 2 - 1;
      EXPECT_LT(
          difference(low, {.sampler = sampler, .steps = 2, .guidance = 1, .augmentation = 0.1}),
          1e-4)
          << height << "x" << width << " by " << name_of(sampler);
    }
  }
}

TEST_F(TilesTest, SeveralPicturesAreDrawnInTilesToo) {
  EXPECT_LT(difference(torch::rand({2, 3, 12, 430}) * 2 - 1, {.steps = 2, .guidance = 1}), 1e-4);
}

TEST_F(TilesTest, TellsOfAllTilesSteps) {
  const auto network = network_of(network_.ptr());
  const auto low = torch::rand({1, 3, 220, 460});
  const auto drawing =
      enlargements(*network, *network_, low, {.steps = 2, .guidance = 1}, network_->reach())[0];
  for (const int64_t at_once : {1, 2, 5}) {
    StageRun run(drawing.plan, drawing.input, {.tiles = at_once});
    EXPECT_GE(run.steps(), 2 * 2) << at_once;
    EXPECT_EQ(run.steps_done(), 0);
    for (int64_t step = 1; step <= run.steps(); ++step) {
      ASSERT_FALSE(run.is_done());
      const auto rows = run.rows(drawing.texts);
      EXPECT_LE(std::ssize(rows), at_once);
      run.answer(network->evaluate(rows), drawing.texts);
      EXPECT_EQ(run.steps_done(), step);
      EXPECT_FALSE(run.preview().defined());
    }
    EXPECT_TRUE(run.is_done());
  }
}

TEST_F(TilesTest, TheKnownRegionBeginsWhereTheDrawnPixelsDo) {
  const auto network = network_of(network_.ptr());
  const auto low = torch::rand({1, 3, 8, 8});
  auto drawing = enlargements(*network, *network_, low, {.steps = 2, .guidance = 1}, {})[0];
  const StageRun plain(drawing.plan, drawing.input, {});
  auto mask = torch::zeros({1, 1, 16, 16});
  mask.narrow(3, 0, 8).fill_(1);
  drawing.input.edited = Edited{.picture = torch::rand({1, 3, 16, 16}), .mask = mask};
  drawing.input.settings.known_region = KnownRegion::noised;
  const StageRun inpainting(drawing.plan, drawing.input, {});
  // The path of super-resolution begins at the enlargement, in the known region too.
  EXPECT_TRUE(torch::allclose(inpainting.rows(drawing.texts)[0].noisy,
                              plain.rows(drawing.texts)[0].noisy, 1e-6, 1e-6));
}

TEST_F(TilesTest, AWholePictureHasAPreviewAfterEachStep) {
  const auto network = network_of(network_.ptr());
  const auto low = torch::rand({1, 3, 8, 8});
  const auto drawing =
      enlargements(*network, *network_, low, {.steps = 2, .guidance = 1}, network_->reach())[0];
  StageRun run(drawing.plan, drawing.input, {});
  EXPECT_FALSE(run.preview().defined());
  run.answer(network->evaluate(run.rows(drawing.texts)), drawing.texts);
  EXPECT_EQ(run.preview().sizes(), (std::vector<int64_t>{1, 3, 16, 16}));
}

}  // namespace
}  // namespace imagine::models
