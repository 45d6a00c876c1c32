#include "models/noise.h"

#include <gtest/gtest.h>

#include <torch/utils.h>

namespace imagine::models {
namespace {

TEST(PictureNoise, ReadInRowsIsWhatIsDrawnAtOnce) {
  const std::vector<std::uint64_t> seeds = {0, 7};
  for (const auto& [height, width] : std::vector<std::pair<int64_t, int64_t>>{
           {1, 16}, {2, 8}, {4, 4}, {40, 12}, {1024, 1028}, {17, 16}, {5, 7}, {64, 3}}) {
    PictureNoise at_once(seeds), in_rows(seeds);
    const auto whole = at_once.draw(height, width);
    auto rows = in_rows.rows(height, width);
    for (int64_t begin = 0; begin < height; begin += std::max<int64_t>(1, height / 5)) {
      const auto end = std::min(height, begin + height / 3 + 1);
      EXPECT_TRUE(torch::equal(rows.read(begin, end), whole.narrow(2, begin, end - begin)))
          << height << "x" << width << " from " << begin;
    }
    EXPECT_TRUE(torch::equal(at_once.draw(3, 5), in_rows.draw(3, 5))) << "what is drawn after it";
  }
}

}  // namespace
}  // namespace imagine::models
