#include "workshop/prompt_file.h"

#include <algorithm>
#include <iostream>
#include <unistd.h>

#include <torch/utils.h>

#include "bulk/manifest.h"
#include "bulk/worker.h"
#include "cli/interrupt.h"
#include "cli/known_models.h"
#include "core/check.h"
#include "io/image_file.h"
#include "tensor/device.h"
#include "tensor/dtype.h"
#include "train/launchers.h"
#include "workshop/model_fingerprint.h"

namespace imagine::workshop {

using namespace cli;

namespace {

constexpr int kTold = 60;  // columns of a prompt

bool follows = false;

/// What was launched in each task of an array works together as all of them do.
bulk::Share share_of(const PromptFileDrawing& asked) {
  if (asked.rank) {
    const bulk::Share share{.rank = *asked.rank, .size = *asked.ranks};
    check<InputError>(share.rank < share.size, "--rank: expected less than --ranks, ", share.size,
                      ", got ", share.rank);
    return share;
  }
  const auto variables = train::present_environment();
  const auto launched = train::launched_process(variables);
  const auto task = train::array_task(variables);
  follows = launched.rank > 0;
  return {.rank = task.rank * launched.size + launched.rank, .size = task.size * launched.size};
}

/// As many of the machine's cores as each of its processes gets, and none that this one may not
/// use.
int threads_of(const EngineOptions& engine) {
  const auto launched = train::launched_process(train::present_environment());
  if (engine.threads > 0 || launched.neighbours == 1) return engine.threads;
  const auto fair = ::sysconf(_SC_NPROCESSORS_ONLN) / launched.neighbours;
  return int(std::clamp<std::int64_t>(fair, 1, at::get_num_threads()));
}

bulk::Assignment assignment_of(const PromptFileDrawing& asked) {
  const auto& format = asked.drawing.format;
  return {.file = asked.prompts,
          .prompts = io::read_listed_prompts(asked.prompts),
          .request = request_of(asked.drawing),
          .format = format.empty() ? ImageFormat::png : io::image_format(format),
          .per_shard = asked.per_shard};
}

bulk::Painting painting_of(const Drawing& drawing, const io::fs::path& folder, const Model& model) {
  const auto& [options, engine] = drawing.computation;
  io::Fingerprint fingerprint;
  add_drawing_model(fingerprint, folder, options, drawing.network.loras);
  const auto device = tensor::device_named(engine.device);
  const bool int8 = engine.dtype == "int8";
  return {.model = model.info().name,
          .fingerprint = fingerprint.text(),
          .dtype = int8 ? "int8" : tensor::name_of(tensor::compute_dtype(engine.dtype, device)),
          .device = engine.device};
}

std::string line_of(const bulk::WorkProgress& progress, Pace& pace) {
  return concat(progress.done, " of ", progress.all, " pictures done  ",
                time_left(pace.seconds_left(double(progress.done), double(progress.all))));
}

void print_shard(const io::fs::path& shard, bool json) {
  if (json) {
    std::cout << Json{{"shard", shard.string()}}.dump(-1, ' ', false,
                                                      Json::error_handler_t::replace);
  } else {
    std::cout << shard.string();
  }
  std::cout << std::endl;
}

}  // namespace

bool prompt_file_follows() { return follows; }

void draw_prompt_file(const PromptFileDrawing& asked) {
  const auto& drawing = asked.drawing;
  const auto share = share_of(asked);
  const auto folder = model_folder_of(drawing.model);
  const auto model = Model::open(folder, drawing.computation.model);
  const auto assignment = assignment_of(asked);
  bulk::check_assignment(assignment, *model);
  bulk::settle_manifest(drawing.output,
                        bulk::manifest_of(assignment, painting_of(drawing, folder, *model)));
  auto options = drawing.computation.engine;
  options.threads = threads_of(options);
  Engine engine(options);
  bulk::Worker worker(assignment, model, engine, {drawing.output, assignment.shards()});
  ProgressLine line(kLongWork);
  Pace pace;
  bulk::WorkListener listener;
  int printed = 0;
  listener.goes_on = [] { return !interrupted(); };
  listener.on_shard = [&](const io::fs::path& shard) {
    line.finish();
    print_shard(shard, drawing.json);
    ++printed;
  };
  if (share.rank == 0) {
    listener.on_progress = [&](const bulk::WorkProgress& now) { line.show(line_of(now, pace)); };
  }
  try {
    worker.work(share, listener);
  } catch (const Interrupted& error) {
    throw Interrupted(concat(error.what(), "; whole shards are kept, the same command goes on"));
  }
  line.finish();
  if (printed == 0) {
    line.note(concat("imagine: ", drawing.output, ": nothing is left to do, all ",
                     assignment.shards(), " shards are there or being drawn"));
  }
  if (worker.cut_prompts() == 0) return;
  const auto count = worker.cut_prompts();
  line.note(concat("imagine: ", count, count == 1 ? " prompt is" : " prompts are",
                   " longer than the text encoder reads; what comes after that is not drawn: \"",
                   cut_to_columns(worker.first_cut_prompt(), kTold), "...\""));
}

}  // namespace imagine::workshop
