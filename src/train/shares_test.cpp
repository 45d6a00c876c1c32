#include "train/shares.h"

#include <gtest/gtest.h>

#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/linear.h>
#include <torch/utils.h>

namespace imagine::train {
namespace {

using torch::nn::Linear;

torch::nn::Sequential six_layers() {
  torch::nn::Sequential network;
  for (const int width : {8, 3, 5, 2, 9, 4}) network->push_back(Linear(width, width));
  return network;
}

bool begins_or_ends_a_parameter(const FlatParameters& parameters, int64_t offset) {
  for (const auto& slot : parameters.slots()) {
    if (slot.offset == offset || slot.offset + slot.count == offset) return true;
  }
  return false;
}

TEST(Shares, CoverAllParametersAndCutNone) {
  auto network = six_layers();
  const FlatParameters parameters(*network, torch::kFloat);
  for (const int ranks : {1, 2, 3, 7, 40}) {
    const auto shares = shares_of(parameters, ranks);
    ASSERT_EQ(shares.size(), ranks);
    int64_t end = 0;
    for (const auto& share : shares) {
      EXPECT_EQ(share.begin, end);
      EXPECT_GE(share.count(), 0);
      EXPECT_TRUE(begins_or_ends_a_parameter(parameters, share.end));
      end = share.end;
    }
    EXPECT_EQ(end, parameters.count());
  }
}

TEST(Shares, AreNearlyEqual) {
  auto network = six_layers();  // the largest matrix has 81 of 230 elements
  const FlatParameters parameters(*network, torch::kFloat);
  for (const auto& share : shares_of(parameters, 2)) {
    EXPECT_NEAR(double(share.count()), double(parameters.count()) / 2, 81.0 / 2);
  }
}

TEST(Buckets, CoverAShareInPartsOfAboutTheirSize) {
  auto network = six_layers();
  const FlatParameters parameters(*network, torch::kFloat);
  const auto share = shares_of(parameters, 2)[1];
  const auto buckets = buckets_of(parameters, share, 20);
  EXPECT_GT(buckets.size(), 1);
  auto end = share.begin;
  for (const auto& bucket : buckets) {
    EXPECT_EQ(bucket.begin, end);
    EXPECT_TRUE(begins_or_ends_a_parameter(parameters, bucket.end));
    EXPECT_TRUE(bucket.end == share.end || bucket.count() >= 20);
    end = bucket.end;
  }
  EXPECT_EQ(end, share.end);
}

}  // namespace
}  // namespace imagine::train
