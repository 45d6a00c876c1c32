#include "tensor/device.h"

#include <gmock/gmock.h>

#include <torch/cuda.h>
#include <torch/utils.h>

#include "imagine/error.h"

namespace imagine::tensor {
namespace {

/// Every device that this machine has.
std::vector<torch::Device> devices() {
  std::vector<torch::Device> found{torch::kCPU};
  if (torch::cuda::is_available()) found.emplace_back(torch::kCUDA);
  return found;
}

Tensor draw(torch::Generator generator) {
  return torch::randn({16}, generator, torch::device(generator.device()));
}

TEST(Device, NamesWhatItExpects) {
  EXPECT_TRUE(device_named("cpu").is_cpu());
  EXPECT_THAT([] { device_named("tpu"); },
              testing::ThrowsMessage<ConfigError>(testing::HasSubstr("expected cpu or cuda")));
  if (!torch::cuda::is_available()) {
    EXPECT_THROW(device_named("cuda"), ConfigError);
  }
}

TEST(Generator, FollowsFromItsSeedAlone) {
  for (const auto device : devices()) {
    const auto once = draw(generator_on(device, 1));
    EXPECT_EQ(once.device().type(), device.type());
    torch::manual_seed(9);
    EXPECT_TRUE(torch::equal(draw(generator_on(device, 1)), once));
    EXPECT_FALSE(torch::equal(draw(generator_on(device, 2)), once));
  }
}

TEST(Generator, LeavesTheDefaultOneAlone) {
  torch::manual_seed(3);
  const auto expected = torch::randn({4});
  torch::manual_seed(3);
  draw(generator_on(torch::kCPU, 1));
  EXPECT_TRUE(torch::equal(torch::randn({4}), expected));
}

}  // namespace
}  // namespace imagine::tensor
