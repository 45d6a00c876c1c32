#include "evaluate/study.h"

#include <algorithm>
#include <numeric>

#include <torch/utils.h>

#include "core/check.h"
#include "core/range.h"
#include "io/json_file.h"
#include "nn/weights.h"
#include "train/optimizer.h"
#include "train/parameters.h"

namespace imagine::evaluate {
namespace {

constexpr double kWarmUp = 0.03;  // of the updates
constexpr double kMostNoise = 0.15;

/// Every row once, then every row again in another order.
class Order {
 public:
  Order(int64_t count, std::uint64_t seed)
      : rows_(static_cast<std::size_t>(count)), random_(seed, "order") {
    std::iota(rows_.begin(), rows_.end(), 0);
    next_ = rows_.size();
  }

  std::vector<int64_t> draw(int64_t count) {
    std::vector<int64_t> drawn;
    while (std::ssize(drawn) < count) {
      if (next_ == rows_.size()) {
        for (std::size_t i = rows_.size(); i > 1; --i) {
          std::swap(rows_[i - 1], rows_[std::size_t(random_.below(int(i)))]);
        }
        next_ = 0;
      }
      drawn.push_back(rows_[next_++]);
    }
    return drawn;
  }

 private:
  std::vector<int64_t> rows_;
  std::size_t next_ = 0;
  Random random_;
};

double rate_at(double part, double highest) {
  return highest * std::min({1.0, part / kWarmUp, (1 - part) / (1 - kWarmUp)});
}

}  // namespace

void Study::validate() const {
  check_range("views", views, 1, 1'000'000'000);
  check_range("batch", batch, 1, 4096);
  check_range("learning_rate", learning_rate, 0, 1);
}

void learn(torch::nn::Module& network, const Study& study, int64_t count, const LossOfRows& loss,
           const OnStudyProgress& on_progress) {
  train::FlatParameters parameters(network, torch::kFloat);
  train::Optimizer optimizer({.kind = "adamw"}, parameters);
  Order order(count, std::uint64_t(study.seed));
  const auto updates = (study.views + study.batch - 1) / study.batch;
  StudyProgress progress{.all = study.views};
  for (int64_t update = 0; update < updates; ++update) {
    const auto now = loss(order.draw(study.batch));
    now.backward();
    parameters.collect_gradient();
    optimizer.step(rate_at(double(update + 1) / double(updates + 1), study.learning_rate));
    progress.loss += (update == 0 ? 1 : 0.02) * (now.item<double>() - progress.loss);
    progress.views = std::min(study.views, (update + 1) * study.batch);
    check<Interrupted>(on_progress(progress), "training stopped; nothing was kept");
  }
}

Tensor worn(const Tensor& pixels, torch::Generator& generator) {
  const auto count = pixels.size(0);
  const auto each = [&](double low, double high) {
    return torch::rand({count, 1, 1, 1}, generator, pixels.options()) * (high - low) + low;
  };
  const auto soft =
      at::upsample_bilinear2d(torch::avg_pool2d(pixels, 2), {pixels.size(2), pixels.size(3)},
                              /*align_corners=*/false);
  const auto softness = each(-1, 1).clamp_min(0);  // half of the pictures stay sharp
  const auto noise = torch::randn(pixels.sizes(), generator, pixels.options());
  const auto shown = pixels.lerp(soft, softness) * each(0.85, 1.15) + each(-0.1, 0.1);
  return (shown + noise * each(0, kMostNoise)).clamp(-1, 1);
}

void save_network(const torch::nn::Module& network, const Json& config,
                  const io::fs::path& folder) {
  io::fs::create_directories(folder);
  nn::save_weights(network, folder / "model.safetensors", torch::kBFloat16);
  io::write_json(folder / "config.json", config);
}

void load_network(torch::nn::Module& network, const io::fs::path& folder) {
  nn::load_weights(network, io::SafetensorsFile(folder / "model.safetensors"));
  network.eval();
}

}  // namespace imagine::evaluate
