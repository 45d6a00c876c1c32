#include "train/trainer.h"

#include <chrono>
#include <cmath>
#include <thread>

#include <torch/utils.h>

#include "core/check.h"
#include "io/grid.h"
#include "io/image_file.h"
#include "io/json_file.h"
#include "nn/device.h"
#include "nn/dtype.h"
#include "nn/tensor_file.h"
#include "nn/weights.h"
#include "train/crew.h"
#include "train/ema.h"
#include "train/feed.h"
#include "train/log.h"
#include "train/objective.h"
#include "train/optimizer.h"
#include "train/text_table.h"

namespace imagine::train {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t kEmaEvery = 8;   // updates between two steps of the averages
constexpr int64_t kLogEvery = 50;  // updates between two entries of the log
constexpr double kExplosion = 20;  // times the running mean of the loss
constexpr int64_t kSettled = 300;  // losses seen before an explosion can be told
constexpr std::uint64_t kHeldOutSeed = 12345;
constexpr int64_t kHeldOutBatches = 8;
constexpr int kPreviewCell = 160;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

struct Examples {
  ShardSet shards;
  std::unique_ptr<TextTable> texts;
};

/// Everything that lives as long as the run.
class Run {
 public:
  Run(const TrainConfig& config, const OnProgress& on_progress);

  void go();

 private:
  void start_from_weights();
  void resume(const io::fs::path& path);
  bool update_once(Feed& feed);
  void watch(double loss, double norm);
  void after_update();
  void save();
  void show();
  Batch held_out_batch(Phase phase, int64_t index) const;
  double held_out_loss(const Phase& phase);
  bool report(const std::string& event);
  std::string last_good() const;

  const TrainConfig& config_;
  const OnProgress& on_progress_;
  torch::Device device_;
  io::fs::path out_;
  std::unique_ptr<text::TextEncoder> encoder_;
  std::unique_ptr<Objective> objective_;
  Examples training_, held_out_;
  std::unique_ptr<FlatParameters> parameters_;
  std::unique_ptr<Crew> crew_;
  std::unique_ptr<Optimizer> optimizer_;
  std::vector<PowerEma> averages_;
  std::unique_ptr<Log> log_;

  Progress progress_;
  double seconds_before_ = 0;  // spent before it was resumed
  Clock::time_point started_, logged_, saved_, shown_;
  int64_t watched_ = 0;  // updates since the program started: the mean loss is not kept beyond it
  int64_t logged_updates_ = 0, logged_views_ = 0;
  double logged_loss_ = 0;
  double held_out_loss_ = 0;  // since the last entry of the log
};

/// What must stay when a run goes on: all but what leaves its past as it was. Of the phases
/// resume() checks that the past ones still lead to its update.
std::string identity_of(const TrainConfig& config) {
  auto json = to_json(config);
  for (const char* key : {"out", "shards", "device", "checkpoint_minutes", "preview_minutes",
                          "preview_prompts", "start_from", "phases"}) {
    json.erase(key);
  }
  return json.dump();
}

/// A processor that trains has no cores to spare for batches, one beside a GPU has nothing else to
/// do.
FeedOptions feed_options(torch::Device device, bool crops) {
  if (device.is_cpu()) return {.crops = crops};
  return {.crops = crops,
          .ahead = std::max(1, int(std::thread::hardware_concurrency()) - 2),
          .page_locked = true};
}

Run::Run(const TrainConfig& config, const OnProgress& on_progress)
    : config_(config),
      on_progress_(on_progress),
      device_(nn::device_named(config.device)),
      out_(config.out) {
  torch::manual_seed(config.seed);
  at::globalContext().setBenchmarkCuDNN(true);  // the shapes stay the same
  io::fs::create_directories(out_);
  const auto dtype = nn::compute_dtype(config.dtype, device_);
  objective_ = make_objective(config);
  const auto checkpoint = newest_checkpoint(out_ / "checkpoints");
  const bool frozen = &objective_->trained() != &objective_->network();
  if (!config.start_from.empty() && (frozen || !checkpoint)) start_from_weights();
  // What is trained keeps fp32 masters; what is not needs none, and no checkpoint.
  objective_->network().to(device_, frozen ? dtype : torch::kFloat);
  objective_->trained().to(device_);
  parameters_ = std::make_unique<FlatParameters>(objective_->trained(), dtype);
  crew_ = std::make_unique<Crew>(config, *objective_, *parameters_, at::get_num_threads());
  optimizer_ = std::make_unique<Optimizer>(config.optimizer, *parameters_);
  for (const double width : config.ema) averages_.emplace_back(parameters_->master(), width);
  progress_.updates = count_updates(config);
  if (checkpoint) resume(*checkpoint);

  const auto on_encoded = [this](int64_t done, int64_t all) {
    progress_.preparing = concat("encoding captions  ", done, "/", all);
    return report({});
  };
  // Captions are read once and serve every view: in full precision.
  encoder_ = text::load_text_encoder(config.text_encoder, torch::kFloat);
  encoder_->to(device_);
  const auto open = [&](const std::string& split) {
    const auto prefix = concat(split, "-", config.shard_size);
    Examples examples{.shards = read_shards(config.shards, prefix + "-"), .texts = nullptr};
    const auto cache = io::fs::path(config.shards) / concat("texts-", prefix, ".safetensors");
    examples.texts =
        std::make_unique<TextTable>(examples.shards.captions, *encoder_, cache, on_encoded);
    return examples;
  };
  training_ = open("train");
  held_out_ = open("heldout");
  for (const auto& phase : config.phases) check_domains(phase, training_.shards);
  progress_.preparing.clear();
  log_ = std::make_unique<Log>(out_, progress_.update);
}

void Run::start_from_weights() {
  nn::load_weights(objective_->network(), io::SafetensorsFile(config_.start_from));
}

void Run::resume(const io::fs::path& path) {
  auto checkpoint = read_checkpoint(path, identity_of(config_));
  const auto views = views_before(config_, checkpoint.update);
  check<ConfigError>(views == checkpoint.views, path.string(), ": expected phases that show ",
                     checkpoint.views, " pictures in ", checkpoint.update, " updates, got ", views,
                     "; the past of a run cannot change");
  const auto take = [&](const std::string& name, Tensor& to) {
    const auto found = checkpoint.tensors.find(name);
    check<FormatError>(found != checkpoint.tensors.end() && found->second.sizes() == to.sizes(),
                       path.string(), ": expected ", name, " with ", to.numel(), " numbers");
    to.copy_(found->second);
  };
  take("master", parameters_->master());
  take("first", optimizer_->first_moment());
  take("second", optimizer_->second_moment());
  for (std::size_t i = 0; i < averages_.size(); ++i) take(concat("ema", i), averages_[i].average());
  parameters_->publish();
  progress_.update = checkpoint.update;
  progress_.views = checkpoint.views;
  seconds_before_ = checkpoint.seconds;
  optimizer_->set_steps(checkpoint.update);
  report("goes on from " + path.string());
}

/// False where it was interrupted between two passes: nothing has changed then.
bool Run::update_once(Feed& feed) {
  const auto update = progress_.update;
  const auto position = position_at(config_, update);
  const auto passes = position.phase->accumulate;
  auto loss = torch::zeros({}, device_);
  for (int64_t pass = 0; pass < passes; ++pass) {
    if (!report({})) return false;
    auto generator =
        nn::generator_on(device_, stable_hash(concat(config_.seed, " noise ", update, " ", pass)));
    const auto lesson = objective_->prepared(feed.next(), *position.phase, generator);
    loss += crew_->learn(lesson, 1 / double(passes));
  }
  const auto norm = optimizer_->step(position.learning_rate);
  progress_.learning_rate = position.learning_rate;
  watch(loss.item<double>(), norm.item<double>());  // the first wait for the device
  ++progress_.update;
  progress_.views += passes * position.phase->batch;
  return true;
}

std::string Run::last_good() const {
  const auto path = newest_checkpoint(out_ / "checkpoints");
  return path ? "the last good checkpoint is " + path->string() : "there is no checkpoint yet";
}

void Run::watch(double loss, double norm) {
  const bool exploded = watched_ > kSettled && loss > kExplosion * progress_.loss;
  check<Error>(std::isfinite(loss) && std::isfinite(norm) && !exploded, "training: update ",
               progress_.update, ": expected a finite loss near ", progress_.loss, ", got ", loss,
               " with a gradient of norm ", norm, "; ", last_good());
  const double weight = watched_++ == 0 ? 1 : 0.02;
  progress_.loss += weight * (loss - progress_.loss);
  logged_loss_ += loss;
}

void Run::after_update() {
  const auto update = progress_.update;
  if (update % kEmaEvery == 0) {
    for (auto& average : averages_) average.update(parameters_->master(), update, kEmaEvery);
  }
  const bool last = update == progress_.updates;
  if (last || seconds_since(shown_) > 60 * config_.preview_minutes) show();
  if (last || update % kLogEvery == 0) {
    const double spent = seconds_since(logged_);
    progress_.images_per_second = double(progress_.views - logged_views_) / spent;
    log_->add({.update = update,
               .views = progress_.views,
               .seconds = seconds_before_ + seconds_since(started_),
               .loss = logged_loss_ / double(update - logged_updates_),
               .held_out_loss = held_out_loss_,
               .learning_rate = progress_.learning_rate,
               .images_per_second = progress_.images_per_second});
    logged_ = Clock::now(), logged_updates_ = update, logged_views_ = progress_.views;
    logged_loss_ = 0, held_out_loss_ = 0;
  }
  if (last || seconds_since(saved_) > 60 * config_.checkpoint_minutes) save();
}

void Run::save() {
  Checkpoint checkpoint{.update = progress_.update,
                        .views = progress_.views,
                        .seconds = seconds_before_ + seconds_since(started_),
                        .tensors = {{"master", parameters_->master()},
                                    {"first", optimizer_->first_moment()},
                                    {"second", optimizer_->second_moment()}}};
  for (std::size_t i = 0; i < averages_.size(); ++i) {
    checkpoint.tensors[concat("ema", i)] = averages_[i].average();
  }
  const auto path = write_checkpoint(out_ / "checkpoints", checkpoint, identity_of(config_));
  io::fs::create_directories(out_ / "stage");
  std::map<std::string, Tensor> weights;
  for (const auto& slot : parameters_->slots()) {
    weights[slot.name] = view_of(averages_[0].average(), slot).to(torch::kBFloat16);
  }
  nn::save_tensors(weights, out_ / "stage" / objective_->file_name());
  io::write_json(out_ / "stage" / "config.json", objective_->network_config());
  log_->draw();
  saved_ = Clock::now();
  report("checkpoint " + path.string());
}

Batch Run::held_out_batch(Phase phase, int64_t index) const {
  phase.weights.clear();
  return Batches(held_out_.shards, *held_out_.texts, kHeldOutSeed)
      .make(phase, {.update = index, .pass = 0}, objective_->crops());
}

/// The loss on the same held-out pictures and noise at every call.
double Run::held_out_loss(const Phase& phase) {
  torch::NoGradGuard no_grad;
  auto generator = nn::generator_on(device_, kHeldOutSeed);
  double sum = 0;
  for (int64_t i = 0; i < kHeldOutBatches; ++i) {
    const auto lesson = objective_->prepared(held_out_batch(phase, i), phase, generator);
    sum += objective_->loss(lesson).item<double>();
  }
  return sum / kHeldOutBatches;
}

/// Draws the sheet and measures the held-out loss with the averaged weights.
void Run::show() {
  shown_ = Clock::now();
  parameters_->publish(averages_[0].average());
  const auto& phase =
      *position_at(config_, std::min(progress_.update, progress_.updates - 1)).phase;
  held_out_loss_ = held_out_loss(phase);
  if (!config_.preview_prompts.empty()) {
    const auto sheet = objective_->preview({.prompts = config_.preview_prompts,
                                            .text = encoder_->encode(config_.preview_prompts),
                                            .held_out = held_out_batch(phase, 0)},
                                           phase);
    io::fs::create_directories(out_ / "previews");
    const auto path = out_ / "previews" / concat("views-", progress_.views, ".png");
    io::write_file(path, io::encode_image(io::labelled_sheet(sheet.images, sheet.captions,
                                                             sheet.columns, kPreviewCell),
                                          io::ImageFormat::png));
    report("preview " + path.string());
  }
  parameters_->publish();
}

bool Run::report(const std::string& event) {
  const auto left = double(progress_.updates - progress_.update);
  const auto batch = double(progress_.views) / double(std::max<int64_t>(1, progress_.update));
  progress_.seconds_left =
      progress_.images_per_second > 0 ? left * batch / progress_.images_per_second : 0;
  progress_.event = event;
  return on_progress_(progress_);
}

void Run::go() {
  started_ = logged_ = saved_ = shown_ = Clock::now();
  logged_updates_ = progress_.update, logged_views_ = progress_.views;
  const Batches batches(training_.shards, *training_.texts, config_.seed);
  Feed feed(config_, batches, feed_options(device_, objective_->crops()), progress_.update);
  while (progress_.update < progress_.updates) {
    if (!update_once(feed)) {
      save();
      throw Interrupted("training stopped after update " + std::to_string(progress_.update) +
                        "; the same command goes on from there");
    }
    after_update();
  }
}

}  // namespace

void train(const TrainConfig& config, const OnProgress& on_progress) {
  config.validate();
  Run(config, on_progress).go();
}

}  // namespace imagine::train
