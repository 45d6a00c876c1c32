#include "models/minit2i/mmjit_text.h"

#include <cmath>
#include <gmock/gmock.h>

#include <torch/utils.h>

#include "models/minit2i/network.h"
#include "models/minit2i/tiny_mmjit.h"
#include "models/regions.h"

namespace imagine::models {
namespace {

constexpr Extent kGrid = {.width = 3, .height = 3};
const Region kLeft = {.box = {0, 0, 1.0 / 3, 1}, .strength = 1};  // the first of three columns

/// In parts of the largest number.
double distance(const Tensor& one, const Tensor& other) {
  return ((one - other).abs().max() / other.abs().max()).item<double>();
}

/// Places of a picture [1, 3, 24, 24], of the first column or of the others.
Tensor inside(const Tensor& picture) { return picture.narrow(3, 0, 8); }
Tensor outside(const Tensor& picture) { return picture.narrow(3, 8, 16); }

/// Of all places, whose words have no part of their own.
Tensor everywhere() { return torch::zeros({kGrid.width * kGrid.height}); }

class MmJitTextTest : public testing::TestWithParam<bool> {
 protected:
  /// The small network with so many double blocks.
  static MmJit of_depth(int64_t depth) {
    auto config = tiny_mmjit(GetParam());
    config.depth_double = depth;
    return filled(config);
  }

  static PlacedText placed(MmJit& network, const TextEmbedding& text, const Tensor& places) {
    return {.rows = network->read(text, {}, torch::kFloat).rows, .text = text, .places = places};
  }

  /// What a picture reads of its own text and of that of its first column.
  static MmJitText regional(MmJit& network, const TextEmbedding& own, const TextEmbedding& left) {
    const auto places = region_biases({kLeft}, kGrid);
    return with_sight(network->config, {placed(network, own, places[0].flatten()),
                                        placed(network, left, places[1].flatten())});
  }

  Tensor drawn(MmJit& network, const MmJitText& text) const {
    return network(noisy_, text, torch::kFloat);
  }

  /// Such rows of a text in place of its own.
  static MmJitText chosen(const MmJitText& text, const std::vector<int64_t>& rows) {
    const auto at = torch::tensor(rows);
    const auto some = [&](const Tensor& x) { return x.index_select(0, at); };
    const auto& sight = *text.sight;
    return {.rows = text.rows.index_select(1, at),
            .sight = Sight{.rotation = {some(sight.rotation.cosine), some(sight.rotation.sine)},
                           .owner = some(sight.owner),
                           .places = sight.places,
                           .weight = some(sight.weight),
                           .copies = some(sight.copies)}};
  }

  const torch::NoGradGuard no_grad_;
  const Tensor noisy_ = torch::randn({1, 3, 24, 24});
};

/// Of one block, whose places see each other as they came.
TEST_P(MmJitTextTest, ARegionsWordsChangeNothingOutsideIt) {
  auto network = of_depth(1);
  const auto own = some_text(1, 4);
  const auto first = drawn(network, regional(network, own, some_text(1, 3)));
  const auto second = drawn(network, regional(network, own, some_text(1, 3)));
  EXPECT_TRUE(torch::equal(outside(first), outside(second)));
  EXPECT_GT(distance(inside(first), inside(second)), 1e-3);
}

/// The same of two blocks: what is left is what places see of each other in the second one.
TEST_P(MmJitTextTest, PlacesSeeWhatTheirNeighboursRead) {
  auto network = of_depth(2);
  const auto own = some_text(1, 4);
  const auto first = drawn(network, regional(network, own, some_text(1, 3)));
  const auto second = drawn(network, regional(network, own, some_text(1, 3)));
  EXPECT_GT(distance(outside(first), outside(second)), 0);
  EXPECT_LT(distance(outside(first), outside(second)),
            0.5 * distance(inside(first), inside(second)));
}

/// A student's prefix tells every place the picture's own text as a whole.
TEST_P(MmJitTextTest, ARegionReadsNoneOfThePicturesOwnWords) {
  auto network = of_depth(1);
  const auto left = some_text(1, 3);
  auto one = regional(network, some_text(1, 4), left);
  auto other = regional(network, some_text(1, 4), left);
  const auto prefix = network->config.prefix();
  other.rows.narrow(1, 0, prefix).copy_(one.rows.narrow(1, 0, prefix));
  const auto first = drawn(network, one), second = drawn(network, other);
  EXPECT_TRUE(torch::equal(inside(first), inside(second)));
  EXPECT_GT(distance(outside(first), outside(second)), 1e-3);
}

/// In a block that is not the last: words of different texts do not see each other.
TEST_P(MmJitTextTest, ThePicturesOwnWordsReadAsEver) {
  auto network = of_depth(2);
  auto& block = network->double_blocks()->at(0);
  const auto picture = network->embedded(noisy_, torch::kFloat);
  const auto words = [&](const MmJitText& text) {
    const auto context = network->context(text, torch::kFloat);
    return block->forward({.text = text.rows, .picture = picture}, context, torch::kFloat, false)
        .text;
  };
  auto own = some_text(1, 4);
  const auto plain = network->read(own, {}, torch::kFloat);
  const auto before = plain.rows.size(1);
  own.emphasis = torch::tensor({{0.0F, 1.0F, -INFINITY, 0.5F}});
  const auto left = some_text(1, 3);
  const auto both = words(regional(network, own, left));
  EXPECT_LT(distance(both.narrow(1, 0, before), words(plain)), 1e-5);
  const auto rest = both.size(1) - before;
  const auto beside_other = words(regional(network, some_text(1, 4), left));
  if (!GetParam()) {
    EXPECT_TRUE(torch::equal(both.narrow(1, before, rest), beside_other.narrow(1, before, rest)));
  }
}

/// Of one block with a prefix, which reads the picture's own words.
TEST_P(MmJitTextTest, ARegionOfAllThePictureIsItsText) {
  auto network = of_depth(GetParam() ? 1 : 2);
  const auto whole = torch::zeros({9}), nowhere = torch::full({9}, -INFINITY);
  const auto own = some_text(1, 4), region = some_text(1, 7);  // which no mask token fills up
  const auto text =
      with_sight(network->config, {placed(network, own, nowhere), placed(network, region, whole)});
  auto alone = network->read(region, {}, torch::kFloat);
  const auto prefix = network->config.prefix();
  alone.rows.narrow(1, 0, prefix).copy_(text.rows.narrow(1, 0, prefix));
  EXPECT_LT(distance(drawn(network, text), drawn(network, alone)), 1e-5);
}

/// Of one block, where the picture alone asks.
TEST_P(MmJitTextTest, WeightsCountWords) {
  auto network = of_depth(1);
  auto text = some_text(1, 7);
  const auto plain = with_sight(network->config, {placed(network, text, everywhere())});
  text.emphasis = torch::tensor({{0.0F, std::log(2.0F), -INFINITY, 0.0F, 0.0F, 0.0F, 0.0F}});
  const auto weighed = with_sight(network->config, {placed(network, text, everywhere())});
  std::vector<int64_t> rows;
  for (int64_t i = 0; i < network->config.prefix(); ++i) rows.push_back(i);
  for (const int64_t word : {0, 1, 1, 3, 4, 5, 6}) rows.push_back(network->config.prefix() + word);
  const auto twice = drawn(network, chosen(plain, rows));
  EXPECT_LT(distance(drawn(network, weighed), twice), 1e-5);
  EXPECT_GT(distance(drawn(network, weighed), drawn(network, plain)), 1e-3);
}

/// Of mask tokens that are alike and stand at one place, one is as good as all.
TEST_P(MmJitTextTest, OneMaskTokenCountsForAll) {
  auto network = of_depth(2);
  const auto thin = regional(network, some_text(1, 4), some_text(1, 3));
  const auto last = thin.rows.size(1) - 1;  // for the four behind the region's three words
  ASSERT_NEAR((*thin.sight).copies[last].item<double>(), std::log(4), 1e-6);
  std::vector<int64_t> rows;
  for (int64_t i = 0; i <= last; ++i) rows.push_back(i);
  rows.insert(rows.end(), 3, last);
  auto all = chosen(thin, rows);
  all.sight->copies.zero_();
  EXPECT_LT(distance(drawn(network, thin), drawn(network, all)), 1e-5);
  auto one = thin;
  one.sight->copies = torch::zeros_like(one.sight->copies);
  EXPECT_GT(distance(drawn(network, one), drawn(network, all)), 1e-4);
}

TEST_P(MmJitTextTest, WordsOfWeightOneAreThePlainText) {
  auto network = of_depth(2);
  const auto text = some_text(1, 5);
  const auto weighed = with_sight(network->config, {placed(network, text, everywhere())});
  EXPECT_LT(
      distance(drawn(network, weighed), drawn(network, network->read(text, {}, torch::kFloat))),
      1e-5);
}

/// The network as an engine evaluates it, by its own blocks and by packed ones.
class MmJitNetworkTest : public MmJitTextTest {
 protected:
  using Evaluated = std::vector<Tensor>;

  struct Texts {
    TextEmbedding own = some_text(1, 4), left = some_text(1, 3), right = some_text(1, 5);
    TextEmbedding weighed = own;
    Texts() { weighed.emphasis = torch::tensor({{0.0F, 1.0F, -INFINITY, 0.5F}}); }
  };

  /// No regions, one, two, weights.
  static std::vector<std::shared_ptr<const TextState>> states(const Network& network,
                                                              const Texts& texts) {
    const std::vector<RegionText> regions = {
        {.region = kLeft, .text = texts.left},
        {.region = {.box = {0.5, 0, 0.5, 1}, .strength = 0.5}, .text = texts.right}};
    const auto use = [&](std::size_t count) {
      return TextUse{.extent = {24, 24}, .regions = std::span(regions).first(count)};
    };
    return {network.encode_text(texts.own, use(0)), network.encode_text(texts.own, use(1)),
            network.encode_text(texts.weighed, use(2)), network.encode_text(texts.weighed, use(0))};
  }

  static Evaluated pictures(const Network& network, const std::vector<Row>& rows) {
    Evaluated all;
    for (const auto& prediction : network.evaluate(rows)) all.push_back(prediction.clean);
    return all;
  }

  std::vector<Row> rows_of(const Network& network) const {
    std::vector<Row> rows;
    for (const auto& state : states(network, texts_)) {
      rows.push_back({.noisy = torch::randn({1, 3, 24, 24}), .level = {}, .text = state});
    }
    return rows;
  }

  static std::shared_ptr<const Network> packed() { return network_of(of_depth(2), {}); }
  static std::shared_ptr<const Network> own_blocks() {
    return network_of_training(of_depth(2), {});
  }

  Texts texts_;
};

TEST_P(MmJitNetworkTest, RowsAreDrawnTogetherAsAlone) {
  for (const auto& network : {packed(), own_blocks()}) {
    auto rows = rows_of(*network);
    rows.push_back(rows[1]);  // another picture of the same text
    rows.back().noisy = torch::randn({1, 3, 24, 24});
    const auto together = pictures(*network, rows);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      EXPECT_LT(distance(together[i], pictures(*network, {rows[i]})[0]), 1e-5) << i;
    }
    EXPECT_TRUE(torch::equal(together[0], pictures(*network, {rows[0]})[0]))
        << "a plain picture stays the same to its last bit";
    EXPECT_GT(distance(together[1], together[4]), 1e-3);
  }
}

TEST_P(MmJitNetworkTest, PackedBlocksDrawWhatTheBlocksDo) {
  const auto fast = packed(), slow = own_blocks();
  auto rows = rows_of(*fast);
  const auto made = pictures(*fast, rows);
  const auto others = states(*slow, texts_);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].text = others[i];
  const auto wanted = pictures(*slow, rows);
  for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_LT(distance(made[i], wanted[i]), 1e-5) << i;
}

TEST_P(MmJitNetworkTest, WithoutRegionsAndWeightsNothingIsAdded) {
  auto network = of_depth(2);
  const auto told = conditioning_of(network->config, {});
  const auto row = rows_of(*own_blocks())[0];
  const auto read = network->read(texts_.own, told, torch::kFloat);
  EXPECT_TRUE(
      torch::equal(pictures(*own_blocks(), {row})[0], network(row.noisy, read, torch::kFloat)));
}

TEST_P(MmJitNetworkTest, NoTextHasNoWeights) {
  const auto network = packed();
  const auto row = [&](const TextEmbedding& text) {
    return Row{
        .noisy = noisy_, .level = {}, .text = network->encode_text(text, {.unconditional = true})};
  };
  EXPECT_TRUE(torch::equal(pictures(*network, {row(texts_.weighed)})[0],
                           pictures(*network, {row(texts_.own)})[0]));
}

TEST_P(MmJitNetworkTest, EachTextChangesItsPicture) {
  const auto network = packed();
  auto rows = rows_of(*network);
  for (auto& row : rows) row.noisy = noisy_;
  const auto all = pictures(*network, rows);
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) EXPECT_GT(distance(all[i], all[j]), 1e-3) << i << j;
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, MmJitTextTest, testing::Bool());
INSTANTIATE_TEST_SUITE_P(Kinds, MmJitNetworkTest, testing::Bool());

}  // namespace
}  // namespace imagine::models
