#include "engine/weight_cache.h"

#include <gtest/gtest.h>
#include <vector>

#include "io/file.h"
#include "io/temporary_folder.h"

namespace imagine::engine {
namespace {

class WeightCacheTest : public testing::Test {
 protected:
  std::shared_ptr<const std::string> get(const std::string& key, std::uint64_t bytes,
                                         const std::string& model = {}) {
    const auto load = [&] {
      loads_.push_back(key);
      return std::make_shared<const std::string>(key);
    };
    return cache_.get<const std::string>(key, bytes, load, model);
  }

  WeightCache cache_{{.bytes = 100}};
  std::vector<std::string> loads_;
};

TEST_F(WeightCacheTest, TheLeastRecentlyUsedGoesFirst) {
  get("a", 40), get("b", 40), get("a", 40);
  EXPECT_TRUE(cache_.has_room(20));
  EXPECT_FALSE(cache_.has_room(21));
  get("c", 40);
  EXPECT_TRUE(cache_.holds("a"));
  EXPECT_FALSE(cache_.holds("b"));
  EXPECT_TRUE(cache_.holds("c"));
  get("b", 40);
  EXPECT_EQ(loads_, (std::vector<std::string>{"a", "b", "c", "b"}));
}

TEST_F(WeightCacheTest, WhatIsInUseLivesAndWhatIsTooLargeIsHeldAlone) {
  const auto used = get("a", 40);
  get("large", 500);
  EXPECT_FALSE(cache_.holds("a"));
  EXPECT_TRUE(cache_.holds("large"));
  EXPECT_EQ(*used, "a");
}

TEST_F(WeightCacheTest, AsManyModelsStayAsMay) {
  cache_ = WeightCache({.bytes = 100, .models = 2});
  get("text", 10), get("a.base", 10, "a"), get("a.fine", 10, "a"), get("b", 10, "b");
  EXPECT_TRUE(cache_.holds("a.base") && cache_.holds("a.fine") && cache_.holds("b"));
  get("a.fine", 10, "a");  // b is now the one that waits longest
  get("c", 10, "c");
  EXPECT_FALSE(cache_.holds("b"));
  EXPECT_TRUE(cache_.holds("a.base") && cache_.holds("a.fine") && cache_.holds("c"));
  EXPECT_TRUE(cache_.holds("text"));  // which is no model's alone
  get("d", 10, "d");
  EXPECT_FALSE(cache_.holds("a.base") || cache_.holds("a.fine"));
  EXPECT_TRUE(cache_.has_room(70));
  EXPECT_FALSE(cache_.has_room(71));
}

TEST_F(WeightCacheTest, WeightsAreTheModelsThatUsedThemLast) {
  cache_ = WeightCache({.bytes = 100, .models = 1});
  get("a", 10, "a"), get("shared", 10, "a");
  get("shared", 10, "b");
  get("b", 10, "b");
  EXPECT_FALSE(cache_.holds("a"));
  EXPECT_TRUE(cache_.holds("shared"));
}

TEST_F(WeightCacheTest, WhatIsDroppedLeavesItsRoom) {
  get("a", 40), get("b", 40);
  cache_.drop("a"), cache_.drop("never seen");
  EXPECT_FALSE(cache_.holds("a"));
  EXPECT_TRUE(cache_.holds("b"));
  EXPECT_TRUE(cache_.has_room(60));
  EXPECT_FALSE(cache_.has_room(61));
}

TEST(KeyOfFiles, IsAnotherForFilesThatChanged) {
  const io::TemporaryFolder folder;
  io::write_file(folder / "model.safetensors", "weights");
  const auto key = key_of_files(folder.path());
  EXPECT_EQ(key_of_files(folder.path() / "."), key);
  EXPECT_NE(key_of_files(folder / "model.safetensors"), key);
  io::write_file(folder / "model.safetensors", "other weights");
  const auto changed = key_of_files(folder.path());
  EXPECT_NE(changed, key);
  io::write_file(folder / "more.safetensors", "x");
  EXPECT_NE(key_of_files(folder.path()), changed);
}

}  // namespace
}  // namespace imagine::engine
