#include "models/imagine/control_adapter.h"

#include <gtest/gtest.h>

#include <torch/utils.h>

#include "imagine/error.h"
#include "models/imagine/tiny_hybrid.h"

namespace imagine::models {
namespace {

constexpr ControlConfig kSmall = {.width = 16, .depth = 1};
constexpr Extent kPicture = {.width = 32, .height = 32};

class ControlTest : public testing::Test {
 protected:
  ControlTest() {
    torch::manual_seed(3);
    randomise(*network_);
    text_ = network_->read(
        {.states = torch::randn({1, 4, 12}), .mask = torch::ones({1, 4}, torch::kBool)},
        torch::zeros({1}, torch::kBool));
  }

  Tensor drawn(const HybridText& text) {
    const torch::NoGradGuard no_grad;
    const auto rows = text.pooled.size(0);
    auto generator = at::detail::createCPUGenerator(9);
    const auto noisy = torch::randn({1, 3, 32, 32}, generator, torch::kFloat);
    return network_(noisy.expand({rows, -1, -1, -1}), torch::full({rows}, 0.4), text);
  }
  static ControlInput nothing() {
    return nothing_told(1, {.extent = kPicture, .place = kHybridPlace}, 12);
  }
  /// A thing in that box.
  static ControlInput thing(double left, double top, double right, double bottom) {
    auto input = nothing();
    input.boxes[0][0] = torch::tensor({float(left), float(top), float(right), float(bottom)});
    input.coverage = coverage_of(input.boxes, {.width = 8, .height = 8});
    input.phrases[0][0] = torch::linspace(-1, 1, 12);
    return input;
  }

  Hybrid network_{kTinyHybrid};
  ControlAdapter adapter_{kSmall, kTinyHybrid};
  HybridText text_;
};

TEST_F(ControlTest, NewWeightsChangeNothing) {
  const auto told = adapter_->told(text_, thing(0, 0, 0.5, 0.5));
  EXPECT_TRUE(torch::equal(drawn(told), drawn(text_)));
}

TEST_F(ControlTest, EachKindIsHeeded) {
  randomise(*adapter_);
  const auto plain = drawn(adapter_->told(text_, nothing()));
  const auto differs = [&](const ControlInput& input) {
    return (drawn(adapter_->told(text_, input)) - plain).abs().max().item<double>();
  };
  EXPECT_GT(differs(thing(0, 0, 0.5, 0.5)), 1e-3);
  for (int64_t plane = 0; plane < kPlanes; ++plane) {
    auto input = nothing();
    input.planes[0][plane].narrow(0, 8, 8).fill_(1);
    EXPECT_EQ(differs(input), 0) << "a plane that is not told";
    input.told[0][plane] = 1;
    EXPECT_GT(differs(input), 1e-3) << plane;
  }
  auto palette = nothing();
  palette.palette[0] = palette_rows({{{50, 60, -20}, 0.7}, {{90, 0, 0}, 0.3}}, true);
  EXPECT_GT(differs(palette), 1e-3);
  auto turned = nothing();
  turned.palette[0] = palette_rows({{{90, 0, 0}, 0.3}, {{50, 60, -20}, 0.7}}, true);
  EXPECT_NEAR(differs(turned), differs(palette), 1e-5) << "colours have no order";
}

TEST_F(ControlTest, ItsOwnStrengthMultipliesTheRequests) {
  randomise(*adapter_);
  ControlAdapter stronger(ControlConfig{.width = 16, .depth = 1, .strength = 1.5}, kTinyHybrid);
  const torch::NoGradGuard no_grad;
  for (const auto& parameter : adapter_->named_parameters()) {
    stronger->named_parameters()[parameter.key()].copy_(parameter.value());
  }
  auto input = thing(0, 0, 0.5, 0.5);
  input.strength = 1.2;
  const auto by_both = drawn(stronger->told(text_, input));
  input.strength = 1.8;
  EXPECT_TRUE(torch::allclose(by_both, drawn(adapter_->told(text_, input)), 1e-4, 1e-5));
}

TEST_F(ControlTest, AThingIsWhereItsBoxIsAndOfItsSize) {
  randomise(*adapter_);
  const auto at = [&](const ControlInput& input) {
    return adapter_->told(text_, input).added.tokens[0][0];  // [64, C]
  };
  const auto none = at(nothing()), here = at(thing(0, 0, 0.5, 0.5)), wide = at(thing(0, 0, 1, 0.5));
  EXPECT_GT((here - none)[0].abs().max().item<double>(), 1e-3);
  EXPECT_GT((here - wide)[0].abs().max().item<double>(), 1e-3) << "a place in a larger box";
}

TEST_F(ControlTest, RowsThatAreToldNothingStayAsTheyAre) {
  randomise(*adapter_);
  const auto told = adapter_->told(text_, thing(0, 0, 0.5, 0.5));
  const auto both = drawn(joined({&text_, &told}));
  EXPECT_TRUE(torch::allclose(both.narrow(0, 0, 1), drawn(text_), 1e-4, 1e-5));
  EXPECT_TRUE(torch::allclose(both.narrow(0, 1, 1), drawn(told), 1e-4, 1e-5));
}

TEST_F(ControlTest, CoverageIsThePartOfASquare) {
  const auto boxes = torch::tensor({{{0.25F, 0.0F, 0.75F, 0.375F}}});
  const auto coverage = coverage_of(boxes, {.width = 4, .height = 4})[0][0];
  const auto expected = torch::tensor({{0.0F, 1.0F, 1.0F, 0.0F},
                                       {0.0F, 0.5F, 0.5F, 0.0F},
                                       {0.0F, 0.0F, 0.0F, 0.0F},
                                       {0.0F, 0.0F, 0.0F, 0.0F}});
  EXPECT_TRUE(torch::allclose(coverage, expected));
}

TEST(ControlConfig, NamesTheFieldThatIsWrong) {
  EXPECT_THROW((ControlConfig{.width = 12}).validate(), ConfigError);
  EXPECT_THROW((ControlConfig{.depth = -1}).validate(), ConfigError);
  EXPECT_THROW((ControlConfig{.strength = -1}).validate(), ConfigError);
  EXPECT_NO_THROW(ControlConfig().validate());
}

}  // namespace
}  // namespace imagine::models
