#include "recipes/a1111_samplers.h"

#include <gtest/gtest.h>

#include "core/names.h"

namespace imagine::recipes {
namespace {

TEST(A1111Samplers, AreFoundByBothNames) {
  EXPECT_EQ(a1111_sampler("Euler", ""), SamplerName::euler);
  EXPECT_EQ(a1111_sampler("dpm++ 2m", "Karras"), SamplerName::dpm_solver_karras);
  EXPECT_EQ(a1111_sampler("DPM++ 2M Karras", ""), SamplerName::dpm_solver_karras);
  EXPECT_EQ(a1111_sampler("Euler", "Karras"), SamplerName::euler);
  EXPECT_EQ(a1111_sampler("dpm++", ""), SamplerName::dpm_solver);
  EXPECT_EQ(a1111_sampler("Euler a", ""), std::nullopt);
  for (const auto& name : all_names<SamplerName>()) {
    const auto sampler = *value_named<SamplerName>(name);
    EXPECT_EQ(a1111_sampler(a1111_name(sampler), "Automatic"), sampler);
  }
}

}  // namespace
}  // namespace imagine::recipes
