#include "bench/plan.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include <torch/utils.h>

#include "bench/flops.h"
#include "bench/memory.h"
#include "core/range.h"
#include "io/file.h"
#include "tensor/cores.h"
#include "tensor/device.h"
#include "tensor/dtype.h"
#include "text/text_encoder.h"
#include "train/crew.h"
#include "train/optimizer.h"
#include "train/trained_stages.h"

namespace imagine::bench {
namespace {

constexpr std::int64_t kWords = 32;                // of a caption
constexpr std::int64_t kPictures = 2;              // that are learned from at once
constexpr std::int64_t kShallow = 1, kDeeper = 2;  // blocks of the copies that are measured
constexpr std::int64_t kReady = 64 << 20;          // bytes that the allocator keeps for each thread
constexpr std::int64_t kNarrow = 64;  // channels of the copies that tell what bf16 saves
constexpr double kBuilt = 40e6;       // parameters of a network that is timed whole
constexpr double kLesson = 1;         // seconds of a lesson that is timed, about
constexpr int kTimed = 3;             // lessons, of which the middle one counts

/// Of one network, or of what more blocks add.
struct Measured {
  double parameters = 0;                // that are trained
  double frozen = 0;                    // that are not
  double evaluation = 0, learning = 0;  // operations of a picture
  double picture = 0;                   // bytes of activations of each
  double update = 0;                    // bytes while the weights move
  double step = 0;                      // operations meanwhile

  Measured plus(const Measured& other, double times) const {
    return {parameters + times * other.parameters,
            frozen + times * other.frozen,
            evaluation + times * other.evaluation,
            learning + times * other.learning,
            picture + times * other.picture,
            update + times * other.update,
            step + times * other.step};
  }
};

template <class Config>
std::int64_t text_width_of(const Config& network) {
  return network.text_width;
}

std::int64_t text_width_of(const models::MmJitConfig& network) { return network.txt_input_size; }

/// How many blocks there are, of networks whose blocks are alike; null: of others.
std::int64_t* depth_of(train::TrainConfig& config) {
  std::int64_t* depth = nullptr;
  train::visit_network(config, [&](auto& network) {
    if constexpr (requires { network.depth_double; }) depth = &network.depth_double;
    if constexpr (requires { network.depth; }) depth = &network.depth;
  });
  return depth;
}

train::Batch some_batch(const train::TrainConfig& config, std::int64_t count) {
  const auto side = config.phases.back().resolution;
  std::int64_t width = 0;
  train::visit_network(config, [&](const auto& network) { width = text_width_of(network); });
  return {.pixels = torch::rand({count, 3, side, side}) * 2 - 1,
          .text = {.states = torch::randn({count, kWords, width}),
                   .mask = torch::ones({count, kWords}, torch::kBool)}};
}

double seconds_of(const std::function<void()>& run) {
  const auto start = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Learns from pictures as a run does.
class Learner {
 public:
  Learner(const train::TrainConfig& config, torch::Dtype dtype)
      : config_(config),
        objective_(train::make_objective(config)),
        parameters_(objective_->trained(), dtype) {}

  train::FlatParameters& parameters() { return parameters_; }
  /// Parameters that are not trained.
  double frozen() const {
    if (&objective_->trained() == &objective_->network()) return 0;
    double count = 0;
    for (const auto& parameter : objective_->network().parameters()) {
      count += double(parameter.numel());
    }
    return count;
  }

  train::Lesson lesson(std::int64_t count) {
    return objective_->prepared(some_batch(config_, count), config_.phases.back(), generator_);
  }
  void evaluate(const train::Lesson& lesson) {
    const torch::NoGradGuard no_grad;
    objective_->loss(lesson);
  }
  void learn(const train::Lesson& lesson) {
    objective_->loss(lesson).backward();
    parameters_.collect_gradient();
  }
  /// Bytes of activations of each picture.
  double activations() {
    const auto some = lesson(kPictures);
    learn(some);  // what is made once is made
    return double(peak_of_allocations([&] { learn(some); })) / double(kPictures);
  }

 private:
  const train::TrainConfig& config_;
  std::unique_ptr<train::Objective> objective_;
  train::FlatParameters parameters_;
  torch::Generator generator_ = tensor::generator_on(torch::kCPU, 1);
};

/// In fp32. Where something is computed twice, its memory alone.
Measured measure(train::TrainConfig config) {
  config.dtype = "fp32";
  Learner learner(config, torch::kFloat);
  Measured measured{.parameters = double(learner.parameters().count()),
                    .frozen = learner.frozen(),
                    .picture = learner.activations()};
  if (config.recompute) return measured;
  const auto one = learner.lesson(1);
  measured.evaluation = count_flops([&] { learner.evaluate(one); });
  measured.learning = count_flops([&] { learner.learn(one); });
  train::Optimizer optimizer(config.optimizer, learner.parameters());
  measured.update = double(
      peak_of_allocations([&] { measured.step = count_flops([&] { optimizer.step(1e-5); }); }));
  return measured;
}

/// Of the whole network, and of what was measured to tell: itself, or the deeper of two copies.
struct Estimate {
  Measured whole, built;
  std::int64_t depth;  // of what was measured
};

Estimate estimate(train::TrainConfig config) {
  auto* blocks = depth_of(config);
  const auto depth = blocks ? *blocks : 0;
  if (depth <= kDeeper) {
    const auto whole = measure(config);
    return {.whole = whole, .built = whole, .depth = depth};
  }
  *blocks = kShallow;
  const auto shallow = measure(config);
  *blocks = kDeeper;
  const auto deeper = measure(config);
  const auto more = deeper.plus(shallow, -1);
  return {.whole = shallow.plus(more, double(depth - kShallow)), .built = deeper, .depth = kDeeper};
}

/// The activations' share in bf16, in a narrow copy: many processors compute bf16 at a crawl.
double share_in_bf16(train::TrainConfig config) {
  config.base.width = std::min(config.base.width, kNarrow);
  config.base.stem = std::min(config.base.stem, kNarrow / 2);
  config.base.heads = 1;
  auto& minit2i = config.minit2i;
  minit2i.num_heads = 1;
  minit2i.hidden_size = minit2i.txt_hidden_size = minit2i.head_dim;
  minit2i.depth_double = std::min(minit2i.depth_double, 2 * kDeeper);
  config.base.depth = std::min(config.base.depth, 2 * kDeeper);
  config.super_resolution.width = std::min(config.super_resolution.width, kNarrow / 2);
  config.efficient_unet.width = std::min(config.efficient_unet.width, kNarrow / 2);
  config.efficient_unet.heads = 1;
  auto half = config;
  config.dtype = "fp32", half.dtype = "bf16";
  return Learner(half, torch::kBFloat16).activations() /
         Learner(config, torch::kFloat).activations();
}

/// Where it is trained.
struct Setting {
  std::int64_t ranks, workers;
  std::int64_t threads;  // cores of each rank
  std::int64_t cores;    // those of them that are here, for what is timed
  std::int64_t part;     // pictures that a worker learns at once
  std::int64_t program;  // bytes
};

/// Bytes of the program with the text encoder, where that is at hand.
std::int64_t program_of(const train::TrainConfig& config) {
  if (!io::fs::exists(config.text_encoder)) return resident();
  const auto encoder = text::load_text_encoder(config.text_encoder, torch::kFloat);
  encoder->encode({"a red apple on grass"});
  return resident();
}

Setting setting_of(const PlanOptions& options, const train::TrainConfig& config) {
  const auto cores = std::max(1, int(std::thread::hardware_concurrency()));
  const auto threads =
      options.threads > 0 ? options.threads : std::max<std::int64_t>(1, cores / options.ranks);
  const bool on_cpu = config.device == "cpu";
  Setting setting{.ranks = options.ranks,
                  .workers = train::count_workers(config, on_cpu, int(threads)),
                  .threads = threads,
                  .cores = std::min<std::int64_t>(cores, threads),
                  .part = 1,
                  .program = program_of(config)};
  setting.program += kReady * setting.workers;
  for (const auto& phase : config.phases) {
    const auto rows = (phase.batch + options.ranks - 1) / options.ranks;
    const auto parts = on_cpu ? train::count_parts(rows, phase.resolution, setting.workers) : 1;
    setting.part = std::max(setting.part, (rows + parts - 1) / parts);
  }
  return setting;
}

/// How long a rank takes here.
struct Pace {
  double picture = 0;  // seconds to learn from one, among many
  double update = 0;   // seconds to move the weights
};

/// Of a network that is built, as a run learns with it: in the type that it computes in, parts of a
/// lesson on all cores at once.
Pace timed(const train::TrainConfig& config, const Setting& setting) {
  const auto objective = train::make_objective(config);
  const auto dtype = tensor::compute_dtype(config.dtype, tensor::device_named("cpu"));
  train::FlatParameters parameters(objective->trained(), dtype);
  train::Crew crew(config, *objective, parameters, int(setting.cores));
  train::Optimizer optimizer(config.optimizer, parameters);
  const auto& phase = config.phases.back();
  auto generator = tensor::generator_on(torch::kCPU, 1);
  const auto learn = [&](std::int64_t count) {
    const auto lesson = objective->prepared(some_batch(config, count), phase, generator);
    return seconds_of([&] { crew.learn(lesson, 1, phase.resolution); });
  };
  const auto move = [&] {
    return seconds_of([&] {
      parameters.join_gradients();
      optimizer.step(1e-5);
    });
  };
  learn(setting.cores), move();  // what is made once is made
  const auto first = learn(setting.cores);
  const auto each = std::clamp<std::int64_t>(std::int64_t(kLesson / first), 1, setting.part);
  const auto count = each * setting.cores;
  std::array<double, kTimed> lessons{};
  for (auto& lesson : lessons) lesson = learn(count);
  std::ranges::sort(lessons);
  const auto share = double(setting.cores) / double(setting.threads);
  return {.picture = share * lessons[kTimed / 2] / double(count), .update = share * move()};
}

/// A large network goes at the pace of what was measured of it.
Pace pace_of(train::TrainConfig config, const Estimate& estimate, const Setting& setting) {
  const auto& [whole, built, depth] = estimate;
  if (whole.parameters + whole.frozen <= kBuilt) return timed(config, setting);
  if (auto* blocks = depth_of(config)) *blocks = depth;
  const auto pace = timed(config, setting);
  return {.picture = pace.picture * whole.learning / built.learning,
          .update = pace.update * whole.parameters / built.parameters};
}

/// The run's pictures as so many of its last phase, by their pixels.
double views_of_last(const train::TrainConfig& config) {
  const auto last = double(config.phases.back().resolution);
  double views = 0;
  for (const auto& phase : config.phases) {
    train::TrainConfig alone;
    alone.phases = {phase};
    const auto side = double(phase.resolution) / last;
    views += side * side * double(train::views_before(alone, train::count_updates(alone)));
  }
  return views;
}

/// The hours of a run, and the operations a second that it comes to.
void tell_time(const PlanOptions& options, const Pace& pace, double views, Plan& plan) {
  const auto operations = views * plan.gflop_picture + double(plan.updates) * plan.gflop_update;
  const double ranks = double(options.ranks);
  const double seconds = options.tflops > 0
                             ? operations / (options.tflops * 1e3 * ranks)
                             : (views * pace.picture + double(plan.updates) * pace.update) / ranks;
  plan.gflops = operations / seconds;
  plan.hours = seconds / 3600;
  plan.kwh = plan.hours * options.watts * ranks / 1000;
}

MemoryPlan memory_of(const Measured& measured, const train::TrainConfig& config, bool half,
                     const Setting& setting) {
  const double numbers = measured.parameters, workers = double(setting.workers);
  const double kept = 4 * numbers * double(2 + config.ema.size());  // two moments, averages
  const double share = half ? share_in_bf16(config) : 1;
  const auto bytes = [](double value) { return std::int64_t(value); };
  MemoryPlan plan;
  plan.how = concat(half ? "bf16" : "fp32", config.recompute ? ", recompute" : "");
  plan.weights = bytes(numbers * (half ? 4 + 2 : 4 + 4) + measured.frozen * (half ? 2 : 4));
  plan.gradients = bytes(workers * numbers * (half ? 4 + 2 : 4));
  plan.moments = bytes(kept / double(setting.ranks));
  plan.activations = bytes(workers * double(setting.part) * measured.picture * share);
  plan.update = bytes(std::max(measured.update / double(setting.ranks), 2 * numbers));
  plan.program = setting.program;
  plan.sum =
      plan.weights + plan.gradients + plan.moments + plan.activations + plan.update + plan.program;
  plan.alone = plan.sum - plan.moments + bytes(kept);
  return plan;
}

}  // namespace

Plan plan_of(const PlanOptions& options) {
  check_range("ranks", options.ranks, 1, 1 << 20);
  check_range("threads", options.threads, 0, 1 << 16);
  check_range("tflops", options.tflops, 0, 1e6);
  check_range("watts", options.watts, 0, 1e9);
  auto config = train::read_train_config(options.config);
  const auto& trained = train::trained_stage(config.stage);
  check<InputError>(!trained.section.empty() && !trained.learns_from_another, options.config,
                    ": expected a network that the config tells and that has no teacher, got ",
                    config.stage);
  config.start_from.clear();  // of which weights does not matter
  const auto setting = setting_of(options, config);
  const auto threads = at::get_num_threads();
  tensor::use_cores(1);  // as each worker computes
  torch::manual_seed(1);
  Plan plan;
  const bool recompute = config.recompute;
  config.recompute = false;
  const auto estimated = estimate(config);
  const auto& plain = estimated.whole;
  plan.memory = {memory_of(plain, config, false, setting), memory_of(plain, config, true, setting)};
  if (trained.can_recompute) {
    config.recompute = true;
    auto again = plain;
    again.picture = estimate(config).whole.picture;
    for (const bool half : {false, true}) {
      plan.memory.push_back(memory_of(again, config, half, setting));
    }
  }
  config.recompute = recompute;
  const auto pace = options.tflops > 0 ? Pace() : pace_of(config, estimated, setting);
  tensor::use_cores(threads);
  plan.parameters = std::int64_t(plain.parameters);
  plan.updates = train::count_updates(config);
  plan.views = train::views_before(config, plan.updates);
  plan.gflop_evaluation = plain.evaluation / 1e9;
  plan.gflop_picture = plain.learning / 1e9;
  plan.gflop_update = plain.step / 1e9;
  tell_time(options, pace, views_of_last(config), plan);
  return plan;
}

}  // namespace imagine::bench
