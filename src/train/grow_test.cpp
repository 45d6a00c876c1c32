#include "train/grow.h"

#include <gmock/gmock.h>

#include <torch/utils.h>

#include "imagine/error.h"
#include "io/config_file.h"
#include "io/temporary_folder.h"
#include "models/imagine/hybrid.h"
#include "nn/weights.h"
#include "train/tiny_networks.h"

namespace imagine::train {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class GrowTest : public testing::Test {
 protected:
  GrowTest() {
    torch::manual_seed(5);
    torch::NoGradGuard no_grad;
    for (auto& parameter : base_->parameters()) parameter.normal_(0, 0.2);
    io::fs::create_directories(from_);
    io::write_json(from_ / "config.json", to_json(base_->config));
    nn::save_weights(*base_, from_ / "model.safetensors", torch::kFloat32);
  }

  static models::HybridConfig three_blocks() {
    auto config = tiny_networks().base;
    config.depth = 3;
    return config;
  }

  models::Hybrid grown(int64_t depth) {
    const auto to = folder_.path() / concat("grown-", depth);
    grow_base(from_, depth, to);
    models::Hybrid network(io::read_config<models::HybridConfig>(to));
    nn::load_weights(*network, io::SafetensorsFile(to / "model.safetensors"));
    return network;
  }

  static Tensor drawn(models::Hybrid& network) {
    torch::NoGradGuard no_grad;
    torch::manual_seed(6);
    const auto batch = with_some_text(torch::randn({2, 3, 16, 16}));
    const auto text = network->read(batch.text, torch::tensor({false, true}));
    return network->forward(batch.pixels, torch::tensor({0.3F, 0.8F}), text);
  }

  io::TemporaryFolder folder_;
  io::fs::path from_ = folder_.path() / "base";
  models::Hybrid base_{three_blocks()};
};

TEST_F(GrowTest, ADeeperBaseDrawsTheSame) {
  for (const int64_t depth : {4, 6, 8}) {
    auto network = grown(depth);
    EXPECT_EQ(network->config.depth, depth);
    EXPECT_TRUE(torch::equal(drawn(network), drawn(base_))) << depth;
  }
}

TEST_F(GrowTest, NewBlocksStandAfterThoseTheyCopy) {
  const auto old = base_->named_parameters();
  const auto now = grown(5)->named_parameters();  // 0, a copy, 1, a copy, 2
  for (const auto& [from, to] : {std::pair{0, 0}, {0, 1}, {1, 2}, {1, 3}, {2, 4}}) {
    EXPECT_TRUE(torch::equal(now[concat("blocks.", to, ".up.weight")],
                             old[concat("blocks.", from, ".up.weight")]))
        << to;
  }
  EXPECT_EQ(now["blocks.1.down.weight"].abs().max().item<float>(), 0);
  EXPECT_GT(now["blocks.2.down.weight"].abs().max().item<float>(), 0);
}

TEST_F(GrowTest, RefusesWhatIsNoGrowth) {
  const auto to = folder_.path() / "to";
  EXPECT_THAT([&] { grow_base(from_, 3, to); },
              ThrowsMessage<InputError>(HasSubstr("expected more than the 3 blocks")));
  EXPECT_THAT([&] { grow_base(from_, 1 << 20, to); },
              ThrowsMessage<ConfigError>(HasSubstr("depth")));
  EXPECT_THAT([&] { grow_base(from_, 4, from_); },
              ThrowsMessage<InputError>(HasSubstr("expected a new folder")));
  auto fewer = three_blocks();
  fewer.depth = 4;
  io::write_json(from_ / "config.json", to_json(fewer));
  EXPECT_THAT([&] { grow_base(from_, 8, to); },
              ThrowsMessage<FormatError>(HasSubstr("expected blocks.3.")));
  EXPECT_FALSE(io::fs::exists(to));
}

}  // namespace
}  // namespace imagine::train
