#include "evaluate/judge_training.h"

#include <algorithm>
#include <numeric>

#include <torch/utils.h>

#include "core/check.h"
#include "core/random.h"
#include "core/range.h"
#include "io/json_file.h"
#include "nn/weights.h"
#include "train/optimizer.h"
#include "train/parameters.h"

namespace imagine::evaluate {
namespace {

constexpr double kWarmUp = 0.03;  // of the updates
constexpr double kMostNoise = 0.15;

/// Rows mirrored: left and right change places.
void mirror(JudgeTarget& target) {
  for (auto* maps : {&target.middle, &target.shape, &target.colour, &target.place}) {
    *maps = maps->flip(-1);
  }
  target.place[0].neg_();
}

/// What generated pictures have that renders have not: softness, noise, other brightness.
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

struct JudgeBatch {
  Tensor pixels;
  JudgeTarget targets;
};

JudgeBatch batch_of(const JudgeExamples& examples, const std::vector<int64_t>& rows, int64_t grid,
                    Random& random) {
  std::vector<Tensor> pixels, middle, shape, colour, place;
  for (const auto row : rows) {
    auto target = target_of(examples.facts[std::size_t(row)], grid);
    auto picture = examples.pixels[row];
    if (random.chance(0.5)) {
      mirror(target);
      picture = picture.flip(2);
    }
    pixels.push_back(picture), middle.push_back(target.middle), shape.push_back(target.shape);
    colour.push_back(target.colour), place.push_back(target.place);
  }
  return {.pixels = torch::stack(pixels).to(torch::kFloat) / 127.5 - 1,
          .targets = {.middle = torch::stack(middle),
                      .shape = torch::stack(shape),
                      .colour = torch::stack(colour),
                      .place = torch::stack(place)}};
}

/// Every row once, then every row again in another order.
class Order {
 public:
  Order(int64_t count, std::uint64_t seed) : rows_(std::size_t(count)), random_(seed, "order") {
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

void JudgeTraining::validate() const {
  check_range("views", views, 1, 1'000'000'000);
  check_range("batch", batch, 1, 4096);
  check_range("learning_rate", learning_rate, 0, 1);
  judge.validate();
}

std::vector<Ceiling> train_judge(const JudgeTraining& training,
                                 const OnJudgeProgress& on_progress) {
  training.validate();
  const auto prefix = [&](const char* split) {
    return concat(split, '-', training.judge.size, '-');
  };
  const auto examples = read_examples(training.shards, prefix("judge"));
  const auto held_back = read_examples(training.shards, prefix("judgecheck"));
  torch::manual_seed(std::uint64_t(training.seed));
  Judge judge(training.judge);
  train::FlatParameters parameters(*judge, torch::kFloat);
  train::Optimizer optimizer({.kind = "adamw"}, parameters);
  Random random(std::uint64_t(training.seed), "judge");
  auto generator = at::detail::createCPUGenerator(random.bits());
  Order order(std::ssize(examples.facts), std::uint64_t(training.seed));
  const auto updates = (training.views + training.batch - 1) / training.batch;
  JudgeProgress progress{.all = training.views};
  for (int64_t update = 0; update < updates; ++update) {
    const auto batch =
        batch_of(examples, order.draw(training.batch), training.judge.size / 2, random);
    const auto loss = judge_loss(judge(worn(batch.pixels, generator)), batch.targets);
    loss.backward();
    parameters.collect_gradient();
    optimizer.step(rate_at(double(update + 1) / double(updates + 1), training.learning_rate));
    progress.loss += (update == 0 ? 1 : 0.02) * (loss.item<double>() - progress.loss);
    progress.views = std::min(training.views, (update + 1) * training.batch);
    check<Interrupted>(on_progress(progress), "judge: training stopped; nothing was kept");
  }
  const auto ceilings = ceilings_of(judge, held_back);
  const io::fs::path out = training.out;
  io::fs::create_directories(out);
  nn::save_weights(*judge, out / "model.safetensors", torch::kBFloat16);
  io::write_json(out / "config.json", to_json(training.judge));
  io::write_json(out / "ceilings.json", json_of(ceilings));
  return ceilings;
}

Judge load_judge(const io::fs::path& folder) {
  const auto where = (folder / "config.json").string();
  const auto config = from_json<JudgeConfig>(io::read_json(folder / "config.json"), where);
  Judge judge(config);
  nn::load_weights(*judge, io::SafetensorsFile(folder / "model.safetensors"));
  judge->eval();
  return judge;
}

}  // namespace imagine::evaluate
