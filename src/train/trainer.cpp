#include "train/trainer.h"

#include <chrono>
#include <cmath>
#include <set>
#include <thread>

#include <torch/cuda.h>
#include <torch/utils.h>

#include "core/check.h"
#include "core/freed_memory.h"
#include "core/random.h"
#include "io/folder_lock.h"
#include "io/image_file.h"
#include "io/json_file.h"
#include "nn/tensor_file.h"
#include "nn/weights.h"
#include "tensor/cores.h"
#include "tensor/device.h"
#include "tensor/dtype.h"
#include "text/text_encoder.h"
#include "train/crew.h"
#include "train/ema.h"
#include "train/exchange.h"
#include "train/feed.h"
#include "train/log.h"
#include "train/objective.h"
#include "train/optimizer.h"
#include "train/run_model.h"
#include "train/sources.h"
#include "train/trained_stages.h"
#include "viz/grid.h"

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

/// Everything that lives as long as the run.
class Run {
 public:
  Run(const TrainConfig& config, const OnProgress& on_progress);

  void go();

 private:
  void load_start(bool frozen);
  void resume(const io::fs::path& path);
  bool update_once(Feed& feed);
  void leader_first(const std::function<void()>& work);
  bool goes_on();
  bool agreed(bool leaders_wish) const;
  Tensor step(double learning_rate);
  Tensor gathered(const Tensor& own) const;
  const Stretch& share() const { return shares_[std::size_t(ranks_.rank())]; }
  void watch(double loss, double norm);
  void after_update();
  void measure_pace();
  void log_update();
  void tell_skipped(bool last);
  void save();
  void export_average(const Checkpoint& checkpoint, std::size_t index);
  void show();
  Batch held_out_batch(Phase phase, int64_t index) const;
  double held_out_loss(const Phase& phase);
  PreviewInput preview_input(const Phase& phase) const;
  bool report(const std::string& event);
  std::string last_good() const;

  const TrainConfig& config_;
  const OnProgress& on_progress_;
  Ranks& ranks_;
  torch::Device device_;
  io::fs::path out_;
  std::unique_ptr<io::FolderLock> lock_;        // of the first rank
  std::unique_ptr<text::TextEncoder> encoder_;  // of a stream
  TextEmbedding preview_text_;
  std::unique_ptr<Objective> objective_;
  Sources sources_;
  std::unique_ptr<FlatParameters> parameters_;
  std::vector<Stretch> shares_;  // of the ranks
  std::unique_ptr<Crew> crew_;
  std::unique_ptr<Exchange> exchange_;  // where there are other ranks
  std::unique_ptr<Optimizer> optimizer_;
  std::vector<PowerEma> averages_;  // of the share, as the optimiser's moments
  std::unique_ptr<Log> log_;
  std::unique_ptr<RunModel> model_;

  Progress progress_;
  double seconds_before_ = 0;  // spent before it was resumed
  Clock::time_point started_, logged_, saved_, shown_;
  Clock::time_point paced_;  // where the pace is measured from: the last entry but one of the log,
  int64_t paced_views_ = 0;  // or the end of the first update, which makes what all others use
  int64_t watched_ = 0;  // updates since the program started: the mean loss is not kept beyond it
  int64_t first_update_ = 0;  // of this start
  int64_t logged_updates_ = 0, logged_views_ = 0;
  double logged_loss_ = 0;
  double held_out_loss_ = 0;  // since the last entry of the log
  std::set<data::Fault> told_;
};

/// Of the GPUs of one machine each rank there takes another.
torch::Device device_of(const std::string& name, const Ranks& ranks) {
  const auto device = tensor::device_named(name);
  if (device.is_cpu() || ranks.size() == 1) return device;
  return {device.type(),
          c10::DeviceIndex(ranks.place_on_machine() % int(torch::cuda::device_count()))};
}

/// A processor that trains has no cores to spare for batches, one beside a GPU has nothing else to
/// do.
FeedOptions feed_options(torch::Device device, bool crops, const Ranks& ranks) {
  FeedOptions options{.crops = crops, .rank = ranks.rank(), .ranks = ranks.size()};
  if (device.is_cpu()) return options;
  options.ahead = std::max(1, ranks.share_of_cores(int(std::thread::hardware_concurrency())) - 2);
  options.page_locked = true;
  return options;
}

Run::Run(const TrainConfig& config, const OnProgress& on_progress)
    : config_(config),
      on_progress_(on_progress),
      ranks_(Ranks::all()),
      device_(device_of(config.device, ranks_)),
      out_(config.out) {
  ranks_.check_same("training", to_json(config).dump());
  for (const auto& phase : config.phases) {
    check<ConfigError>(phase.batch >= ranks_.size(),
                       "phases: batch: expected at least one picture ", "for each of ",
                       ranks_.size(), " ranks, got ", phase.batch);
  }
  torch::manual_seed(config.seed);
  tensor::use_cores(ranks_.share_of_cores(at::get_num_threads()));
  at::globalContext().setBenchmarkCuDNN(true);  // the shapes stay the same
  if (ranks_.leads()) lock_ = std::make_unique<io::FolderLock>(out_);
  const auto dtype = tensor::compute_dtype(config.dtype, device_);
  objective_ = make_objective(config);
  const auto checkpoint = newest_checkpoint(out_ / "checkpoints");
  ranks_.check_same("checkpoint", checkpoint ? checkpoint->filename().string() : "none");
  const bool frozen = &objective_->trained() != &objective_->network();
  if (!config.start_from.empty() && (frozen || !checkpoint)) load_start(frozen);
  // What is trained keeps fp32 masters; what is not needs none, and no checkpoint.
  objective_->place(device_, frozen ? dtype : torch::kFloat);
  objective_->trained().to(device_);
  parameters_ = std::make_unique<FlatParameters>(objective_->trained(), dtype);
  crew_ = std::make_unique<Crew>(config, *objective_, *parameters_, at::get_num_threads());
  shares_ = shares_of(*parameters_, ranks_.size());
  if (ranks_.size() > 1) exchange_ = std::make_unique<Exchange>(ranks_, *parameters_, shares_);
  optimizer_ = std::make_unique<Optimizer>(config.optimizer, *parameters_, share());
  for (const double width : config.ema) {
    averages_.emplace_back(share().of(parameters_->master()), width);
  }
  progress_.updates = count_updates(config);
  if (lock_ && !lock_->is_held()) {
    report(config.out + ": no locks on this file system; nothing keeps a second run from it");
  }
  if (checkpoint) resume(*checkpoint);

  // Captions are read once and serve every view: in full precision.
  encoder_ = text::load_text_encoder(config.text_encoder, torch::kFloat);
  if (const auto reader = trained_stage(config.stage).reader) {
    encoder_ = reader(config, std::move(encoder_));
  }
  encoder_->to(device_);
  const auto on_preparing = [this](const char* what, int64_t done, int64_t all) {
    progress_.preparing = what;
    progress_.prepared = done, progress_.to_prepare = all;
    return report({});
  };
  leader_first([&] { sources_ = open_sources(config, *encoder_, on_preparing); });
  if (!config.preview_prompts.empty()) preview_text_ = encoder_->encode(config.preview_prompts);
  if (config.stream.shards.empty()) encoder_.reset();  // all that is read has been
  progress_.preparing.clear();
  if (ranks_.leads()) {
    log_ = std::make_unique<Log>(out_, progress_.update);
    model_ = run_model_of(config);
    if (checkpoint && model_)
      model_->update(progress_.views);  // a run of before, or cut off in between
  }
  give_back_freed_memory();  // the networks' first weights, which are in the flat ones now
}

/// Weights that stay as they are may stay in their file.
void Run::load_start(bool frozen) {
  const auto dtype = frozen ? std::nullopt : std::optional(torch::kFloat);
  objective_->load(*start_of(config_), {.dtype = dtype, .mapped = frozen});
}

void Run::resume(const io::fs::path& path) {
  auto checkpoint = read_checkpoint(path, config_.identity());
  const auto views = views_before(config_, checkpoint.update);
  check<ConfigError>(views == checkpoint.views, path.string(), ": expected phases that show ",
                     checkpoint.views, " pictures in ", checkpoint.update, " updates, got ", views,
                     "; the past of a run cannot change");
  const auto whole = [&](const std::string& name) {
    const auto found = checkpoint.tensors.find(name);
    check<FormatError>(
        found != checkpoint.tensors.end() && found->second.sizes() == parameters_->master().sizes(),
        path.string(), ": expected ", name, " with ", parameters_->count(), " numbers");
    return found->second;
  };
  parameters_->master().copy_(whole("master"));
  optimizer_->first_moment().copy_(share().of(whole("first")));
  optimizer_->second_moment().copy_(share().of(whole("second")));
  for (std::size_t i = 0; i < averages_.size(); ++i) {
    averages_[i].average().copy_(share().of(whole(concat("ema", i))));
  }
  parameters_->publish();
  progress_.update = checkpoint.update;
  progress_.views = checkpoint.views;
  seconds_before_ = checkpoint.seconds;
  optimizer_->set_steps(checkpoint.update);
  report("goes on from " + path.string());
}

/// The others find what the first has made. Where it is interrupted all are.
void Run::leader_first(const std::function<void()>& work) {
  std::exception_ptr stopped;
  try {
    if (ranks_.leads()) work();
  } catch (const Interrupted&) {
    stopped = std::current_exception();
  }
  if (agreed(stopped != nullptr)) {
    if (stopped) std::rethrow_exception(stopped);
    throw Interrupted("stopped with the first rank");
  }
  if (!ranks_.leads()) work();
}

/// What all ranks answer: they can only stop together.
bool Run::goes_on() { return ranks_.sums({report({}) ? 0.0 : 1.0})[0] == 0; }

/// What the first of them decides for all.
bool Run::agreed(bool leaders_wish) const {
  return ranks_.sums({ranks_.leads() && leaders_wish ? 1.0 : 0.0})[0] > 0;
}

/// The shares of all ranks, [count].
Tensor Run::gathered(const Tensor& own) const {
  if (ranks_.size() == 1) return own;
  auto whole = torch::empty_like(parameters_->master());
  share().of(whole).copy_(own);
  for (std::size_t rank = 0; rank < shares_.size(); ++rank) {
    ranks_.broadcast(shares_[rank].of(whole), int(rank));
  }
  return whole;
}

/// One update of all shares. Returns the norm of the whole gradient, [].
Tensor Run::step(double learning_rate) {
  if (!exchange_) {
    parameters_->join_gradients();
    return optimizer_->step(learning_rate);
  }
  exchange_->finish();
  const auto square = ranks_.sums({optimizer_->square_norm().item<double>()})[0];
  const auto norm = torch::full({}, std::sqrt(square), parameters_->master().options());
  optimizer_->step(learning_rate, norm);
  for (std::size_t rank = 0; rank < shares_.size(); ++rank) {
    ranks_.broadcast(shares_[rank].of(parameters_->master()), int(rank));
  }
  parameters_->publish();
  return norm;
}

/// False where it was interrupted between two passes: nothing has changed then.
bool Run::update_once(Feed& feed) {
  const auto update = progress_.update;
  const auto position = position_at(config_, update);
  const auto passes = position.phase->accumulate;
  const auto rows = Rows::of_rank(position.phase->batch, ranks_.rank(), ranks_.size());
  const double weight = double(rows.count) / double(rows.total * passes);
  if (exchange_) {
    if (!goes_on()) return false;
    exchange_->begin(passes * crew_->count_passes(rows.count, position.phase->resolution));
  }
  auto loss = torch::zeros({}, device_);
  for (int64_t pass = 0; pass < passes; ++pass) {
    if (!exchange_ && !report({})) return false;
    auto generator = tensor::generator_on(
        device_, stable_hash(concat(config_.seed, " noise ", update, " ", pass)));
    const auto lesson = objective_->prepared(feed.next(), *position.phase, generator);
    loss += crew_->learn(lesson, weight, position.phase->resolution);
  }
  const auto norm = step(position.learning_rate);
  progress_.learning_rate = position.learning_rate;
  // Alone, the first wait for the device.
  watch(ranks_.sums({loss.item<double>()})[0], norm.item<double>());
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
  const bool last = update == progress_.updates;
  if (last || update % kEmaEvery == 0) {
    const auto passed = (update - 1) % kEmaEvery + 1;
    for (auto& average : averages_) {
      average.update(share().of(parameters_->master()), update, passed);
    }
  }
  if (agreed(last || seconds_since(shown_) > 60 * config_.preview_minutes)) show();
  measure_pace();
  if (last || update % kLogEvery == 0) log_update();
  if (agreed(last || seconds_since(saved_) > 60 * config_.checkpoint_minutes)) save();
  if (last || update % kLogEvery == 0) tell_skipped(last);
}

void Run::measure_pace() {
  if (watched_ == 1) paced_ = Clock::now(), paced_views_ = progress_.views;
  if (progress_.views == paced_views_) return;
  progress_.images_per_second = double(progress_.views - paced_views_) / seconds_since(paced_);
}

void Run::log_update() {
  if (log_) {
    log_->add(
        {.update = progress_.update,
         .views = progress_.views,
         .seconds = seconds_before_ + seconds_since(started_),
         .loss = logged_loss_ / double(progress_.update - logged_updates_),
         .held_out_loss = held_out_loss_,
         .learning_rate = progress_.learning_rate,
         .images_per_second = double(progress_.views - logged_views_) / seconds_since(logged_)});
  }
  if (logged_updates_ > first_update_) paced_ = logged_, paced_views_ = logged_views_;
  logged_ = Clock::now(), logged_updates_ = progress_.update, logged_views_ = progress_.views;
  logged_loss_ = 0, held_out_loss_ = 0;
}

/// Samples that could not be used: at the end how many all ranks passed over, before that only what
/// the first rank has not told yet.
void Run::tell_skipped(bool last) {
  auto skipped = sources_.training->skipped();
  std::vector<double> times(data::kFaults.size());
  for (const auto& [fault, samples] : skipped) times[std::size_t(fault)] = double(samples.times);
  if (last) times = ranks_.sums(times);
  for (std::size_t i = 0; i < times.size(); ++i) {
    const auto fault = data::Fault(i);
    if (times[i] == 0 || (!last && told_.contains(fault))) continue;
    told_.insert(fault);
    skipped[fault].times = int64_t(times[i]);
    report(data::told(fault, skipped[fault]));
  }
}

void Run::save() {
  Checkpoint checkpoint{.update = progress_.update,
                        .views = progress_.views,
                        .seconds = seconds_before_ + seconds_since(started_),
                        .tensors = {{"master", parameters_->master()},
                                    {"first", gathered(optimizer_->first_moment())},
                                    {"second", gathered(optimizer_->second_moment())}}};
  for (std::size_t i = 0; i < averages_.size(); ++i) {
    checkpoint.tensors[concat("ema", i)] = gathered(averages_[i].average());
  }
  saved_ = Clock::now();
  if (!ranks_.leads()) return;
  const auto path = write_checkpoint(out_ / "checkpoints", checkpoint, config_.identity());
  for (std::size_t i = 0; i < averages_.size(); ++i) export_average(checkpoint, i);
  if (model_) model_->update(progress_.views);
  log_->draw();
  report("checkpoint " + path.string());
}

/// Of the averages the first is the stage, the others stand beside it.
void Run::export_average(const Checkpoint& checkpoint, std::size_t index) {
  const auto folder = out_ / (index == 0 ? "stage" : concat("stage-ema-", config_.ema[index]));
  io::fs::create_directories(folder);
  std::map<std::string, Tensor> weights;
  for (const auto& slot : parameters_->slots()) {
    weights[objective_->name_prefix() + slot.name] =
        view_of(checkpoint.tensors.at(concat("ema", index)), slot).to(torch::kBFloat16);
  }
  nn::save_tensors(weights, folder / objective_->file_name(), objective_->metadata());
  objective_->export_beside(weights, folder);
  io::write_json(folder / "config.json", objective_->network_config());
}

Batch Run::held_out_batch(Phase phase, int64_t index) const {
  phase.weights.clear();
  return Batches(*sources_.held_out, kHeldOutSeed)
      .make(phase, {.update = index, .pass = 0, .views = index * phase.batch}, objective_->crops());
}

/// The loss on the same held-out pictures and noise at every call.
double Run::held_out_loss(const Phase& phase) {
  torch::NoGradGuard no_grad;
  auto generator = tensor::generator_on(device_, kHeldOutSeed);
  double sum = 0;
  for (int64_t i = 0; i < kHeldOutBatches; ++i) {
    const auto lesson = objective_->prepared(held_out_batch(phase, i), phase, generator);
    const auto parts = crew_->count_passes(phase.batch, phase.resolution);
    for (int64_t part = 0; part < parts; ++part) {
      const auto begin = part * phase.batch / parts, end = (part + 1) * phase.batch / parts;
      const auto some = rows_of(lesson, begin, end - begin);
      sum += double(end - begin) / double(phase.batch) * objective_->loss(some).item<double>();
    }
  }
  return sum / kHeldOutBatches;
}

PreviewInput Run::preview_input(const Phase& phase) const {
  PreviewInput input;
  if (objective_->previews_held_out()) {
    input.held_out = held_out_batch(phase, 0);
  } else {
    input.prompts = config_.preview_prompts;
    input.text = preview_text_;
  }
  return input;
}

/// Draws the sheet and measures the held-out loss with the averaged weights.
void Run::show() {
  shown_ = Clock::now();
  const auto average = gathered(averages_[0].average());
  if (!ranks_.leads()) return ranks_.wait();
  parameters_->publish(average);
  const auto& phase =
      *position_at(config_, std::min(progress_.update, progress_.updates - 1)).phase;
  held_out_loss_ = held_out_loss(phase);
  if (objective_->previews_held_out() || !config_.preview_prompts.empty()) {
    const auto sheet = objective_->preview(preview_input(phase), phase);
    io::fs::create_directories(out_ / "previews");
    const auto path = out_ / "previews" / concat("views-", progress_.views, ".png");
    io::write_file(path, io::encode_image(viz::labelled_sheet(sheet.images, sheet.captions,
                                                              sheet.columns, kPreviewCell),
                                          ImageFormat::png));
    report("preview " + path.string());
  }
  parameters_->publish();
  ranks_.wait();
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
  first_update_ = logged_updates_ = progress_.update, logged_views_ = progress_.views;
  const Batches batches(*sources_.training, config_.seed);
  Feed feed(config_, batches, feed_options(device_, objective_->crops(), ranks_), progress_.update);
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
