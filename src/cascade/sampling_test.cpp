#include "cascade/sampling.h"

#include <gmock/gmock.h>

#include <torch/utils.h>

#include "denoiser/super_resolution.h"
#include "imagine/error.h"
#include "nn/text_batch.h"

namespace imagine::cascade {
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

  Tensor drawn(const std::vector<std::uint64_t>& seeds,
               const SamplingOptions& options = {.steps = 2},
               const std::optional<TextEmbedding>& negative = {}) {
    const auto count = int64_t(seeds.size());
    Prompts prompts{.text = nn::repeated(prompt_, count), .negative = {}};
    if (negative) prompts.negative = nn::repeated(*negative, count);
    return draw(network_, prompts, {16, 16}, {.seeds = seeds, .options = options, .on_step = {}});
  }

  denoiser::Hybrid network_{denoiser::HybridConfig{.size = 16,
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
    return draw(network_, {.text = prompt_, .negative = {}}, {16, 16},
                {.seeds = {1}, .options = {.steps = 4, .first_step = first_step}, .on_step = {}},
                {.picture = torch::full({1, 3, 16, 16}, 0.5), .time = 0.4});
  };
  EXPECT_TRUE(near(later(0.05), later(0)));
}

TEST_F(DrawTest, ThresholdingKeepsTheRange) {
  SamplingOptions options{.sampler = "euler", .steps = 1, .guidance = 40};
  EXPECT_GT(drawn({1}, options).abs().max().item<double>(), 1);
  options.threshold = 0.9;
  EXPECT_LE(drawn({1}, options).abs().max().item<double>(), 1 + 1e-5);
}

TEST_F(DrawTest, StopsWhenTold) {
  const Sampling stopped{
      .seeds = {1}, .options = {.steps = 2}, .on_step = [](const auto&) { return false; }};
  EXPECT_THROW(draw(network_, {.text = prompt_, .negative = {}}, {16, 16}, stopped), Interrupted);
}

TEST_F(DrawTest, RefiningLeavesAsMuchToTheSeedAsItIsTold) {
  const auto refined = [&](double begin, std::uint64_t seed) {
    return draw(network_, {.text = prompt_, .negative = {}}, {16, 16},
                {.seeds = {seed}, .options = {.steps = 2}, .on_step = {}},
                {.picture = torch::full({1, 3, 8, 8}, 0.5), .time = begin});
  };
  EXPECT_EQ(refined(0.5, 1).sizes(), (std::vector<int64_t>{1, 3, 16, 16}));
  EXPECT_TRUE(near(refined(0, 1), drawn({1})));  // all noise: the coarse picture is not seen
  EXPECT_FALSE(near(refined(0.5, 1), drawn({1})));
  const auto between_seeds = [&](double begin) {
    return (refined(begin, 1) - refined(begin, 2)).abs().mean().item<double>();
  };
  EXPECT_LT(between_seeds(0.99), 0.2 * between_seeds(0.5));
}

class UpscaleTest : public testing::Test {
 protected:
  UpscaleTest() { torch::manual_seed(9); }

  Tensor upscaled(const Tensor& low, std::vector<std::uint64_t> seeds, double augmentation,
                  int steps = 1) {
    const SamplingOptions options{.steps = steps, .guidance = 1, .augmentation = augmentation};
    return upscale(*network_, text_, low,
                   {.seeds = std::move(seeds), .options = options, .on_step = {}});
  }

  denoiser::SuperResolution network_{denoiser::SuperResolutionConfig{
      .factor = 2, .width = 8, .blocks = 1, .text_width = kTextWidth}};
  TextEmbedding text_ = some_text(3);
};

TEST_F(UpscaleTest, AnUntrainedNetworkEnlargesTheClampedPicture) {
  const auto low = 2 * torch::randn({2, 3, 5, 6});
  const auto expected = denoiser::enlarged(low.clamp(-1, 1), 2);
  EXPECT_TRUE(torch::allclose(upscaled(low, {1, 2}, 0), expected, 1e-5, 1e-5));
}

TEST_F(UpscaleTest, AugmentationAddsNoiseOfThatStrengthFromTheSeed) {
  const auto low = torch::zeros({1, 3, 32, 32});
  const auto grain = torch::avg_pool2d(upscaled(low, {1}, 0.5), 2);
  EXPECT_NEAR(torch::avg_pool2d(upscaled(low, {1}, 0.25), 2).std().item<double>() * 2,
              grain.std().item<double>(), 1e-4);
  EXPECT_NEAR(upscaled(low, {1}, 0.5).mean().item<double>(), 0, 0.05);
  EXPECT_TRUE(near(upscaled(low, {1}, 0.5), upscaled(low, {1}, 0.5)));
  EXPECT_FALSE(near(upscaled(low, {1}, 0.5), upscaled(low, {2}, 0.5)));
}

TEST_F(UpscaleTest, APictureFollowsFromItsSeedWhateverTheOthersAre) {
  randomise(*network_);
  const auto low = torch::rand({2, 3, 8, 8});
  const auto both = upscaled(low, {1, 2}, 0.3, 2);
  EXPECT_TRUE(near(both.narrow(0, 1, 1), upscaled(low.narrow(0, 1, 1), {2}, 0.3, 2)));
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
  EXPECT_THAT(message({.sampler = "magic"}), testing::HasSubstr("magic"));
  EXPECT_EQ(message({.steps = 0}), "steps: expected 1 .. 1000, got 0");
  EXPECT_THAT(message({.guidance = NAN}), StartsWith("guidance:"));
  EXPECT_THAT(message({.guidance_begin = -0.1}), StartsWith("guidance_begin:"));
  EXPECT_THAT(message({.guidance_end = 1.1}), StartsWith("guidance_end:"));
  EXPECT_THAT(message({.first_step = 1}), StartsWith("first_step:"));
  EXPECT_THAT(message({.threshold = 2}), StartsWith("threshold:"));
  EXPECT_THAT(message({.begin = 1}), StartsWith("begin:"));
  EXPECT_THAT(message({.augmentation = -1}), StartsWith("augmentation:"));
}

/// The small network, but that nobody knows how far it reads: its pictures are drawn at once.
class WithoutReach : public denoiser::SuperResolutionImpl {
 public:
  using SuperResolutionImpl::SuperResolutionImpl;
  std::optional<int64_t> reach() const override { return std::nullopt; }
};

class TilesTest : public testing::Test {
 protected:
  TilesTest() {
    torch::manual_seed(4);
    randomise(*network_);
    torch::NoGradGuard no_grad;
    const auto to = whole_->parameters(), from = network_->parameters();
    for (std::size_t i = 0; i < to.size(); ++i) to[i].copy_(from[i]);
  }

  Tensor upscaled(denoiser::Upscaler& network, const Tensor& low, const SamplingOptions& options,
                  const diffusion::OnStep& on_step = {}) {
    std::vector<std::uint64_t> seeds;
    for (int64_t i = 0; i < low.size(0); ++i) seeds.push_back(std::uint64_t(5 + i));
    return upscale(network, nn::repeated(text_, low.size(0)), low,
                   {.seeds = seeds, .options = options, .on_step = on_step});
  }

  /// Of all pixels; 1 / 127.5 is one of 255.
  double difference(const Tensor& low, const SamplingOptions& options) {
    const auto tiled = upscaled(*network_, low, options);
    EXPECT_EQ(tiled.size(2), low.size(2) * network_->factor());
    EXPECT_EQ(tiled.size(3), low.size(3) * network_->factor());
    return (tiled - upscaled(*whole_, low, options)).abs().max().item<double>();
  }

  denoiser::SuperResolutionConfig config_{
      .factor = 2, .width = 4, .blocks = 1, .text_width = kTextWidth};
  std::shared_ptr<denoiser::Upscaler> network_ =
      std::make_shared<denoiser::SuperResolutionImpl>(config_);
  std::shared_ptr<denoiser::Upscaler> whole_ = std::make_shared<WithoutReach>(config_);
  TextEmbedding text_ = some_text(3);
};

TEST_F(TilesTest, ALargePictureIsDrawnAsIfAtOnce) {
  for (const auto& [height, width] :
       std::vector<std::pair<int64_t, int64_t>>{{10, 440}, {440, 10}, {220, 230}}) {
    for (const char* sampler : {"dpm++", "heun"}) {
      const auto low = torch::rand({1, 3, height, width}) * 2 - 1;
      EXPECT_LT(
          difference(low, {.sampler = sampler, .steps = 2, .guidance = 1, .augmentation = 0.1}),
          1e-4)
          << height << "x" << width << " by " << sampler;
    }
  }
}

TEST_F(TilesTest, SeveralPicturesAreDrawnInTilesToo) {
  EXPECT_LT(difference(torch::rand({2, 3, 12, 430}) * 2 - 1, {.steps = 2, .guidance = 1}), 1e-4);
}

TEST_F(TilesTest, TellsOfTheWholeAndStopsBetweenTiles) {
  const auto low = torch::rand({1, 3, 220, 460});
  int64_t next = 0, count = 0;
  const auto follow = [&](const diffusion::StepDone& step) {
    EXPECT_EQ(step.index, next++);
    count = step.count;
    return true;
  };
  upscaled(*network_, low, {.steps = 2, .guidance = 1}, follow);
  EXPECT_EQ(next, count);
  EXPECT_GE(count, 2 * 3);
  next = 0;
  const auto stop = [&](const diffusion::StepDone&) { return ++next < 3; };
  EXPECT_THROW(upscaled(*network_, low, {.steps = 2, .guidance = 1}, stop), Interrupted);
  EXPECT_EQ(next, 3);
}

}  // namespace
}  // namespace imagine::cascade
