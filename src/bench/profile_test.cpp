#include "bench/profile.h"

#include <gmock/gmock.h>

#include <torch/utils.h>

namespace imagine::bench {
namespace {

TEST(Profile, ShowsTheCostliestFirstAndCountsCalls) {
  const auto a = torch::randn({1200, 1200});
  const auto operations = profile([&] {
    for (int i = 0; i < 3; ++i) torch::mm(a, a);
    torch::relu(a.narrow(0, 0, 1));
  });
  ASSERT_FALSE(operations.empty());
  EXPECT_EQ(operations[0].operation, "aten::mm");
  EXPECT_EQ(operations[0].calls, 3);
  EXPECT_GT(operations[0].ms, operations.back().ms);
}

TEST(Profile, AnOperationsTimeIsWithoutWhatItCalls) {
  const auto a = torch::randn({1500, 1500});
  double linear = 0, product = 0;
  for (const auto& each : profile([&] { torch::linear(a, a); })) {
    if (each.operation == "aten::linear") linear = each.ms;
    if (each.operation == "aten::mm" || each.operation == "aten::addmm") product += each.ms;
  }
  EXPECT_LT(linear, product);
}

TEST(Profile, EndsWithWhatItProfiles) {
  EXPECT_THROW(profile([] { throw std::runtime_error("stop"); }), std::runtime_error);
  const auto operations = profile([] {});
  EXPECT_TRUE(operations.empty());
}

}  // namespace
}  // namespace imagine::bench
