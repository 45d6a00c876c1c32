#include "bench/data.h"

#include <chrono>
#include <thread>

#include <torch/utils.h>

#include "bench/memory.h"
#include "core/range.h"
#include "io/temporary_folder.h"
#include "text/text_encoder.h"
#include "train/feed.h"
#include "train/sources.h"

namespace imagine::bench {
namespace {

/// Says one word of zeros about everything.
class NoText : public text::TextEncoder {
 public:
  TextEmbedding encode(const std::vector<std::string>& prompts, const text::TextLength&,
                       const StopCheck&) const override {
    const auto count = int64_t(prompts.size());
    return {.states = torch::zeros({count, 1, 1}), .mask = torch::ones({count, 1}, torch::kBool)};
  }
  int64_t width() const override { return 1; }
  std::string identity() const override { return "none"; }
  void to(torch::Device) override {}
};

}  // namespace

void read_data(const DataOptions& options, const std::function<void(const DataSpeed&)>& on_speed) {
  using Clock = std::chrono::steady_clock;
  check_range("views", options.views, 1, std::int64_t{1} << 40);
  check_range("every", options.every, 1, std::int64_t{1} << 40);
  auto config = train::read_train_config(options.config);
  for (auto& phase : config.phases) phase.views = std::max(phase.views, options.views);
  const io::TemporaryFolder folder;
  config.out = folder.path().string();  // an index of the shards, for this once
  std::unique_ptr<text::TextEncoder> encoder = std::make_unique<NoText>();
  if (!options.pictures_only) encoder = text::load_text_encoder(config.text_encoder, torch::kFloat);
  const auto sources =
      train::open_sources(config, *encoder, [](const char*, int64_t, int64_t) { return true; });
  const train::Batches batches(*sources.training, config.seed);
  const int cores = std::max(1, int(std::thread::hardware_concurrency()));
  train::Feed feed(config, batches, {.crops = config.enlarges(), .ahead = cores}, 0);
  auto start = Clock::now();
  for (std::int64_t views = 0, shown = 0; views < options.views;) {
    views += feed.next().pixels.size(0);
    if (views - shown < options.every && views < options.views) continue;
    const auto now = Clock::now();
    const double seconds = std::chrono::duration<double>(now - start).count();
    on_speed({.views = views,
              .images_per_second = double(views - shown) / seconds,
              .rss_mb = int(resident() >> 20)});
    shown = views, start = now;
  }
}

}  // namespace imagine::bench
