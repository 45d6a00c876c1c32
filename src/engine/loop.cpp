#include "engine/loop.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <torch/utils.h>

#include "core/check.h"
#include "core/freed_memory.h"
#include "engine/finite.h"
#include "engine/progress.h"
#include "models/evaluation.h"
#include "models/palette_steering.h"
#include "tensor/dtype.h"
#include "tensor/pixels.h"

namespace imagine::engine {
namespace {

constexpr std::size_t kMostPictures = 64;              // that are being drawn
constexpr std::int64_t kMostPixels = 8 * 1024 * 1024;  // of them in the end: memory is the limit
constexpr std::int64_t kMostLargePixels = kMostPixels * 3 / 4;  // of large ones among them
// Of one evaluation: for each core what its cache holds, and at least a row; or on a GPU.
constexpr std::int64_t kPixelsOnCore = 4 * 64 * 64;
constexpr std::int64_t kPixelsOnGpu = 32 * 256 * 256;
constexpr std::int64_t kTilesOnGpu = 4;  // of a picture at once
constexpr std::int64_t kLargePicture = 512 * 512;
constexpr int kMostPreviews = 2;                  // of a job that wait to be shown
constexpr int kMostProgress = 64;                 // the same
constexpr std::uint64_t kPatience = 200;          // evaluations
constexpr double kLargeWork = 2 * 4 * 512 * 512;  // see work_of(): four guided steps of 512x512
constexpr std::uint64_t kNoTicket = std::numeric_limits<std::uint64_t>::max();
constexpr int kSharesOfSmall = 3;  // of the time, for one of the large ones

/// Calls what a listener has; the job ends with what it throws.
template <class Call>
void tell(const std::shared_ptr<Job::State>& job, const Call& call) {
  if (job->deaf) return;
  try {
    call(job->listener);
  } catch (...) {
    job->deaf = true;
    job->fail_of_listener(std::current_exception());
  }
}

/// What a picture counts of kMostPixels: a large one leaves room for small ones, not for its like.
std::int64_t pixels_counted(const JobWork& job) {
  return std::min(final_pixels(job.order(), job.cascade()), kMostLargePixels);
}

bool is_large_picture(const JobWork& job) {
  return final_pixels(job.order(), job.cascade()) > kLargePicture;
}

bool same_sizes(const models::Row& a, const models::Row& b) {
  return a.noisy.sizes() == b.noisy.sizes() && a.low.defined() == b.low.defined() &&
         (!a.low.defined() || a.low.sizes() == b.low.sizes());
}

/// How many rows of that size are evaluated at once. All cores compute one large row: of 1024
/// pixels it takes 1.1 s on two cores where two rows at once take 1.7 to 2.4, for which others
/// wait.
std::int64_t most_rows(const LoopOptions& options, const models::Row& row) {
  const auto pixels = row.noisy.size(2) * row.noisy.size(3);
  if (!options.placement.device.is_cpu()) return std::max<std::int64_t>(1, kPixelsOnGpu / pixels);
  if (pixels > kLargePicture) return 1;
  return options.threads * std::max<std::int64_t>(1, kPixelsOnCore / pixels);
}

}  // namespace

Loop::Loop(const LoopOptions& options, Outbox& outbox)
    : options_(options),
      outbox_(outbox),
      weights_(options.weights),
      encoders_({.placement = options.placement, .text_cache = options.text_cache}, weights_) {}

void Loop::add(JobWork work) {
  work.first_ticket = clock_;
  work.arrived = evaluations_;
  jobs_.push_back(std::move(work));
}

void Loop::fail_all(const std::exception_ptr& what) {
  for (auto& job : jobs_) job.state->fail(what);
}

bool Loop::is_overdue(std::uint64_t since) const { return evaluations_ - since > kPatience; }

void Loop::step() {
  const torch::NoGradGuard no_grad;
  drop_ended();
  encode_prompts();
  drop_ended();
  admit();
  const auto turns = turns_of_a_network();
  if (turns.empty()) return;
  if (const auto network = network_for(turns)) {
    const auto batch = batch_of(turns, *network);
    if (!batch.turns.empty()) evaluate(batch, *network);
  }
  drop_ended();
}

void Loop::drop_ended() {
  for (auto job = jobs_.begin(); job != jobs_.end();) {
    const auto state = job->state;
    if (!job->is_complete() && !state->failed && !state->cancelled) {
      ++job;
      continue;
    }
    if (!job->is_complete() && !state->failed) {
      state->fail(std::make_exception_ptr(Interrupted("stopped before the picture was finished")));
    }
    job = jobs_.erase(job);
    outbox_.post(0, [state] { state->finish(); });
  }
}

void Loop::encode_prompts() {
  const bool draws = std::ranges::any_of(jobs_, [](const auto& job) { return job.has_prompts(); });
  std::size_t waiting = 0;  // jobs that have pictures to be begun
  for (auto& job : jobs_) {
    if (job.has_prompts()) {
      waiting += job.admitted < job.order().request.count ? 1 : 0;
      continue;
    }
    const auto& cascade = job.cascade();
    const auto& first = cascade.text_rules[cascade.stages[job.order().stages.begin].text_rule];
    if (!is_large(first) && waiting >= kMostPictures) continue;
    // A large encoder comes when what it would drive out has done its work, and then reads all.
    const bool may_wait = draws && !is_overdue(job.arrived);
    if (may_wait && !encoders_.is_ready(first)) continue;
    encode_prompts_of(job);
    ++waiting;
  }
  const bool all_read =
      std::ranges::all_of(jobs_, [](const auto& job) { return job.has_prompts(); });
  if (!options_.keep_text_encoder && all_read) encoders_.let_go();
}

void Loop::encode_prompts_of(JobWork& job) {
  const auto& order = job.order();
  const auto& listener = job.state->listener;
  const StopCheck stop = [&] {
    check<Interrupted>(!job.state->cancelled, "stopped while the prompt was read");
  };
  std::function<void(const CutPrompt&)> on_cut;
  if (listener.on_cut) {
    on_cut = [&](const CutPrompt& cut) {
      outbox_.post(cut.prompt.size(), [state = job.state, cut] {
        tell(state, [&](const Listener& listener) { listener.on_cut(cut); });
      });
    };
  }
  const bool is_only = !options_.keep_text_encoder && jobs_.size() == 1;
  try {
    const auto& stages = job.cascade().stages;
    for (auto rule = stages[order.stages.begin].text_rule;
         rule <= stages[order.stages.end - 1].text_rule; ++rule) {
      job.prompts.push_back(encoders_.encode(job.cascade().text_rules[rule], order.request,
                                             {.on_cut = on_cut, .stop = stop, .only = is_only}));
    }
  } catch (...) {
    job.prompts.clear();
    job.state->fail(std::current_exception());
  }
}

void Loop::admit() {
  std::size_t pictures = 0;
  std::int64_t pixels = 0, large = 0;
  for (const auto& job : jobs_) {
    const auto of_job = std::ssize(job.pictures) * pixels_counted(job);
    pictures += job.pictures.size();
    pixels += of_job;
    if (is_large_picture(job)) large += of_job;
  }
  while (auto* next = next_to_admit(large)) {
    const auto counted = pixels_counted(*next);
    pixels += counted;
    if (pictures > 0 && (pictures == kMostPictures || pixels > kMostPixels)) return;
    ++pictures;
    if (is_large_picture(*next)) large += counted;
    const auto ticket = next->first_ticket + std::uint64_t(next->admitted);
    clock_ = std::max(clock_, ticket);
    if (next->admitted == 0) next->upscaled = upscaled_of(next->order());
    next->pictures.push_back({.index = next->admitted++,
                              .ticket = ticket,
                              .served = evaluations_,
                              .drawn = next->upscaled});
    if (next->admitted == next->order().request.count) next->upscaled = Tensor();
  }
}

/// The job whose next picture has the lowest ticket; null where none waits. Where the large one in
/// turn does not fit beside `large` pixels of its like, all large ones wait: smaller ones of them
/// would keep it waiting for ever. Small ones have room of their own.
JobWork* Loop::next_to_admit(std::int64_t large) {
  JobWork *small_one = nullptr, *large_one = nullptr;
  const auto ticket = [](const JobWork* of) {
    return of ? of->first_ticket + std::uint64_t(of->admitted) : kNoTicket;
  };
  for (auto& job : jobs_) {
    const bool waits = job.has_prompts() && job.admitted < job.order().request.count;
    auto& first = is_large_picture(job) ? large_one : small_one;
    if (waits && ticket(&job) < ticket(first)) first = &job;
  }
  const bool fits =
      large_one && (large == 0 || large + pixels_counted(*large_one) <= kMostLargePixels);
  return fits && ticket(large_one) < ticket(small_one) ? large_one : small_one;
}

bool Loop::counts_as_large(const Turn& turn) {
  return is_large_picture(*turn.job) || work_of(*turn.job) >= kLargeWork;
}

/// All pictures that are being drawn: small ones first, those before others that least is left to
/// do of; then large ones in the order of their tickets.
std::vector<Loop::Turn> Loop::turns() {
  using Place = std::pair<double, std::uint64_t>;
  std::vector<std::pair<Place, Turn>> placed;
  for (auto& job : jobs_) {
    for (auto& picture : job.pictures) {
      const Turn turn{.job = &job, .picture = &picture};
      const auto left = counts_as_large(turn) ? kLargeWork : work_left(job, picture);
      placed.push_back({{left, picture.ticket}, turn});
    }
  }
  std::ranges::stable_sort(placed, {}, [](const auto& each) { return each.first; });
  std::vector<Turn> all;
  for (const auto& [place, turn] : placed) all.push_back(turn);
  return all;
}

/// Whose turn it is. Whoever has waited too long comes first; then those whose weights are loaded,
/// as long as there are any: of them the first, or a large one that has had less than its share.
const Loop::Turn& Loop::next_of(const std::vector<Turn>& all) const {
  const auto& longest =
      *std::ranges::min_element(all, {}, [](const Turn& turn) { return turn.picture->served; });
  if (is_overdue(longest.picture->served)) return longest;
  const auto is_loaded = [&](const Turn& turn) { return weights_.holds(turn.stage().weights); };
  const auto loaded = std::ranges::find_if(all, is_loaded);
  if (loaded == all.end()) return all.front();
  const auto large = std::ranges::find_if(
      all, [&](const Turn& turn) { return counts_as_large(turn) && is_loaded(turn); });
  const bool is_due = large != all.end() && since_large_ >= kSharesOfSmall * large_time_;
  return is_due ? *large : *loaded;
}

/// Those that use the same weights as the one whose turn it is, which comes first.
std::vector<Loop::Turn> Loop::turns_of_a_network() {
  auto all = turns();
  if (all.empty()) return all;
  const auto next = next_of(all);
  std::vector<Turn> chosen{next};
  for (const auto& turn : all) {
    const bool shares = turn.stage().weights == next.stage().weights;
    if (shares && turn.picture != next.picture) chosen.push_back(turn);
  }
  return chosen;
}

std::shared_ptr<const models::Network> Loop::network_for(const std::vector<Turn>& turns) {
  const auto& first = turns.front();
  const auto& spec = first.job->spec(first.stage());
  try {
    const auto load = [&] {
      return spec.load(first.stage().settings.network, options_.placement, first.stage().loras);
    };
    return weights_.get<const models::Network>(first.stage().weights, spec.info().bytes, load,
                                               first.job->folder());
  } catch (...) {
    fail(turns);
    return nullptr;
  }
}

/// What of those turns is evaluated now: pictures of one size, up to a budget of pixels.
Loop::Batch Loop::batch_of(const std::vector<Turn>& turns, const models::Network& network) {
  Batch batch;
  for (const auto& turn : turns) {
    const bool exclusive = turn.job->order().request.exclusive;
    if (exclusive && !batch.turns.empty()) continue;
    // On few cores every row takes its time: small ones do not wait for the large ones' first
    // stages.
    const bool rides = counts_as_large(turn) && !counts_as_large(turns.front());
    if (rides && options_.placement.device.is_cpu()) continue;
    try {
      if (!turn.picture->run) begin(turn, network);
      auto rows = turn.rows();
      if (!batch.rows.empty()) {
        if (!same_sizes(rows.front(), batch.rows.front())) continue;
        const auto count = std::ssize(batch.rows) + std::ssize(rows);
        if (count > most_rows(options_, rows.front())) break;
      }
      batch.turns.push_back(turn);
      batch.row_counts.push_back(rows.size());
      std::ranges::move(rows, std::back_inserter(batch.rows));
    } catch (...) {
      fail({turn});
    }
    if (exclusive) break;
  }
  return batch;
}

void Loop::begin(const Turn& turn, const models::Network& network) {
  auto& [job, picture] = turn;
  auto& stage = turn.stage();
  const auto& order = job->order();
  if (!stage.is_begun) stage.edited = edited_for(order, job->spec(stage), picture->drawn);
  const models::StageInput input{.settings = stage.settings,
                                 .seed = order.request.seed + std::uint64_t(picture->index),
                                 .ratio = order.by_windows ? 1 : order.ratio,
                                 .coarse = picture->drawn,
                                 .edited = stage.edited};
  auto plan = job->spec(stage).plan(input);
  if (order.by_windows && !picture->drawn.defined()) {
    plan.window = job->spec(stage).size();
    plan.extent = models::windowed_extent(order.ratio, plan.window);
  }
  const bool draws_first = !job->spec(stage).enlarges();
  if (draws_first && order.request.control) {
    plan.steered = models::steering_by(*order.request.control, plan.schedule);
  }
  if (!stage.is_begun) {
    const auto rule = [&](std::size_t index) { return job->cascade().stages[index].text_rule; };
    const auto& prompts = job->prompts[rule(stage.index) - rule(order.stages.begin)];
    stage.texts = stage_texts(prompts, {.network = network,
                                        .plan = plan,
                                        .settings = stage.settings,
                                        .request = order.request,
                                        .place = job->spec(stage).place(),
                                        .draws_first = draws_first});
    stage.is_begun = true;
  }
  const bool on_cpu = options_.placement.device.is_cpu();
  const auto pixels = plan.extent.width * plan.extent.height;
  if (on_cpu && pixels > std::max(kLargePicture, largest_)) {
    give_back_freed_memory();  // what smaller ones left to other threads; its like will need its
                               // own
  }
  largest_ = std::max(largest_, pixels);
  picture->run = std::make_unique<models::StageRun>(
      std::move(plan), input,
      models::RunOptions{.device = options_.placement.device,
                         .tiles = on_cpu ? options_.threads : kTilesOnGpu});
}

/// Each run of the batch has its answer, or its job has failed. Whether the network could predict.
bool Loop::predict(const Batch& batch, const models::Network& network) {
  std::vector<diffusion::Prediction> predictions;
  try {
    predictions = models::evaluated(network, batch.rows, cores_);
  } catch (...) {
    if (batch.turns.size() == 1) fail(batch.turns);
    return false;
  }
  auto rest = std::span<const diffusion::Prediction>(predictions);
  for (std::size_t i = 0; i < batch.turns.size(); ++i) {
    try {
      const auto& turn = batch.turns[i];
      turn.picture->run->answer(rest.first(batch.row_counts[i]), turn.texts());
    } catch (...) {
      fail({batch.turns[i]});
    }
    rest = rest.subspan(batch.row_counts[i]);
  }
  return true;
}

void Loop::evaluate(const Batch& batch, const models::Network& network) {
  const bool serves_large = counts_as_large(batch.turns.front());
  const auto begun = Clock::now();
  ++evaluations_;
  for (const auto& turn : batch.turns) turn.picture->served = evaluations_;
  if (!predict(batch, network)) {  // too many at once, or one of them is to blame
    for (const auto& turn : batch.turns) {
      if (batch.turns.size() == 1) break;
      auto rows = turn.rows();
      const auto count = rows.size();
      predict({.turns = {turn}, .row_counts = {count}, .rows = std::move(rows)}, network);
    }
  }
  const auto time = Clock::now() - begun;
  since_large_ = serves_large ? Clock::duration() : since_large_ + time;
  if (serves_large) large_time_ = time;
  report(batch);
  for (const auto& turn : batch.turns) show_preview(turn);
  for (const auto& turn : batch.turns) {
    if (!turn.job->state->failed && turn.picture->run->is_done()) advance(turn);
  }
  for (auto& job : jobs_) {
    std::erase_if(job.pictures,
                  [&](const auto& picture) { return picture.stage == job.stages.size(); });
    hand_over(job);
  }
}

/// To the next stage, or to those that are finished.
void Loop::advance(const Turn& turn) {
  auto& [job, picture] = turn;
  try {
    picture->drawn = picture->run->picture();
    check_finite(picture->drawn, concat(job->cascade().name, ": the stage of ",
                                        turn.stage().settings.size, " pixels"));
    picture->run.reset();
    picture->served = evaluations_;
    if (++picture->stage == job->stages.size()) {
      job->finished[picture->index] = std::move(picture->drawn);
    }
    job->release_stages();
  } catch (...) {
    fail({turn});
  }
}

void Loop::hand_over(JobWork& job) {
  while (!job.finished.empty() && job.finished.begin()->first == job.handed_over) {
    const auto drawn = shrunk(job.order(), job.finished.begin()->second);
    auto recipe = job.recipe;
    recipe.dtype = options_.placement.int8 ? "int8" : tensor::name_of(options_.placement.dtype);
    recipe.request.seed = job.order().request.seed + std::uint64_t(job.handed_over);
    recipe.width = int(drawn.size(3)), recipe.height = int(drawn.size(2));
    outbox_.post(drawn.nbytes(), [state = job.state, drawn, recipe = std::move(recipe)] {
      tell(state, [&](const Listener& listener) {
        if (!listener.on_picture) return;
        auto image = std::move(tensor::to_images(drawn).front());
        auto alpha = enlarged_alpha(state->order.request, image);
        listener.on_picture(
            {.image = std::move(image), .recipe = recipe, .alpha = std::move(alpha)});
      });
    });
    job.finished.erase(job.finished.begin());
    ++job.handed_over;
  }
}

void Loop::report(const Batch& batch) {
  for (auto& job : jobs_) {
    if (!job.state->listener.on_progress) continue;
    const PictureWork* first = nullptr;
    int together = 0;
    for (const auto& turn : batch.turns) {
      if (turn.job != &job) continue;
      ++together;
      if (!first || turn.picture->index < first->index) first = turn.picture;
    }
    if (!first || job.state->progress_waiting >= kMostProgress) continue;
    ++job.state->progress_waiting;
    outbox_.post(0, [state = job.state, progress = progress_of(job, *first, together)] {
      --state->progress_waiting;
      tell(state, [&](const Listener& listener) { listener.on_progress(progress); });
    });
  }
}

void Loop::show_preview(const Turn& turn) {
  const auto& state = turn.job->state;
  if (!state->listener.on_preview || state->previews_waiting >= kMostPreviews) return;
  const auto& run = *turn.picture->run;
  const auto clean = run.preview();
  if (!clean.defined()) return;
  ++state->previews_waiting;
  const Preview preview{.image = {},
                        .picture = turn.picture->index,
                        .size = turn.stage().settings.size,
                        .step = int(run.steps_done()),
                        .steps = int(run.steps())};
  outbox_.post(clean.nbytes(), [state, clean, preview] {
    --state->previews_waiting;
    tell(state, [&](const Listener& listener) {
      auto shown = preview;
      shown.image = std::move(tensor::to_images(clean).front());
      listener.on_preview(shown);
    });
  });
}

void Loop::fail(const std::vector<Turn>& turns) {
  for (const auto& turn : turns) turn.job->state->fail(std::current_exception());
}

}  // namespace imagine::engine
