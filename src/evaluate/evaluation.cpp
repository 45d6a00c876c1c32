#include "evaluate/evaluation.h"

#include <algorithm>

#include "core/check.h"
#include "core/range.h"
#include "data/shard.h"
#include "evaluate/chapters.h"
#include "evaluate/retrieval.h"
#include "io/prompt_file.h"

namespace imagine::evaluate {
namespace {

constexpr int kTrainingSide = 32;  // what copies are told by
constexpr int kFewestCaptions = 24;
constexpr const char* kLarge = "heldout-256-";

std::vector<io::fs::path> paths_of(const std::vector<std::string>& folders) {
  return {folders.begin(), folders.end()};
}

Desk desk_of(const EvaluationOptions& options, const Contestant& model) {
  Desk desk{.options = options, .model = model, .panel = load_panel(options.judges)};
  if (!options.sheet.empty()) desk.prompts = io::read_prompts(options.sheet);
  if (!options.real.empty()) {
    const auto size = desk.panel.judges[0]->config.size;
    const auto real = [&](const char* part) {
      return read_examples({options.real}, concat("judgecheck-", size, '-', part, '-'));
    };
    desk.real_scenes = real("scenes"), desk.real_objects = real("objects");
    const auto fewest = std::min(desk.real_scenes.count(), desk.real_objects.count());
    check<InputError>(options.captions == 0 || fewest >= kFewestCaptions, options.real,
                      ": expected at least ", kFewestCaptions, " scenes and objects, got ", fewest);
  }
  if (!options.training.empty()) {
    const auto folders = paths_of(options.training);
    desk.training = read_examples(folders, "train-64-", kTrainingSide);
    desk.training_scenes = read_examples(folders, "train-64-scenes-");
    const auto has_large = [](const io::fs::path& folder) {
      return !data::find_shards(folder, kLarge).empty();
    };
    if (model.enlarged > 0 && std::ranges::any_of(folders, has_large)) {
      desk.large = read_examples(folders, kLarge);
    }
  }
  return desk;
}

/// Counts the pictures of a contestant's painter, and asks whether to go on.
class Count {
 public:
  Count(const OnEvaluationProgress& on_progress, int all) : on_progress_(on_progress), all_(all) {}

  Contestant counted(Contestant contestant) {
    contestant.paint = [this, paint = std::move(contestant.paint)](const Request& request) {
      check<Interrupted>(on_progress_(done_, all_), "evaluation stopped; the same command goes on");
      ++done_;
      return paint(request);
    };
    return contestant;
  }

 private:
  const OnEvaluationProgress& on_progress_;
  int done_ = 0, all_;
};

/// One part of an evaluation: whether it can be done, and how many pictures it takes.
struct Chapter {
  std::string name;
  std::string missing;  ///< why it is left out; empty: it is not
  int pictures;
  std::function<void(Desk& desk, Report& report)> add;
};

int count_seen(const std::vector<CompositionPrompt>& prompts) {
  return int(std::ranges::count(prompts, false, &CompositionPrompt::held_out));
}

std::string unless(bool there, const char* reason) { return there ? "" : reason; }

/// All chapters but CompScore, which the comparison needs too.
std::vector<Chapter> chapters_of(const Desk& desk) {
  const auto& options = desk.options;
  const bool has_real = desk.real_objects.count() > 0, has_training = desk.training.count() > 0;
  const auto real = unless(has_real, "needs --real");
  const auto wanted = [](int count) { return unless(count > 0, "not asked for"); };
  const auto first = [](const std::string& a, const std::string& b) { return a.empty() ? b : a; };
  const int curves = int(options.steps.size() + options.guidance.size()) *
                     count_seen(exam_prompts(options.prompt_options(options.curve)));
  const auto matcher = unless(!desk.panel.matcher.is_empty(),
                              "needs a matcher beside the judges; `imagine matcher` trains it");
  const auto boxes =
      unless(know_boxes(desk.panel),
             "needs judges that know boxes; `imagine judge --boxes-of` teaches them");
  const auto weighs = unless(desk.model.weighs_words, "needs a model that reads words by weight");
  const auto takes = unless(desk.model.takes_control, "needs a model that takes control");
  const auto labelled = unless(!control_scenes(desk).empty(),
                               "needs --real with labels; `imagine dataset --labels true`");
  const auto controlled = first(first(wanted(options.control), boxes), first(takes, labelled));
  return {{"things", first(first(wanted(options.things), real), matcher), count_things(desk),
           add_things},
          {"distances", first(wanted(options.captions), real), count_captions(desk), add_distances},
          {"copies",
           first(first(wanted(options.captions), real), unless(has_training, "needs --training")),
           count_captions(desk), add_copies},
          {"regions", first(wanted(options.control), boxes), count_regions(desk), add_regions},
          {"weights", first(wanted(options.control), weighs), count_weights(desk), add_weights},
          {"layout", controlled, count_controlled(desk, 4), add_layout},
          {"lines", controlled, count_controlled(desk, 3), add_lines},
          {"palettes", controlled, count_controlled(desk, 2), add_palettes},
          {"enlargement",
           first(wanted(options.enlarged),
                 unless(desk.large.count() > 0,
                        "needs --training with pictures of 256 pixels, and a model that enlarges")),
           count_enlarged(desk), add_enlargement},
          {"curves", wanted(options.curve), curves, add_curves},
          {"sheet", wanted(int(desk.prompts.size())), int(desk.prompts.size()), add_sheet}};
}

int count_exam(const EvaluationOptions& options) {
  return options.seeds * int(exam_prompts(options.prompt_options(options.prompts)).size());
}

int count_italian(const EvaluationOptions& options) {
  return 2 * count_seen(exam_prompts(options.prompt_options(options.italian)));
}

}  // namespace

EvaluationOptions EvaluationOptions::quick() {
  return {.prompts = 8,
          .seeds = 1,
          .italian = 4,
          .things = 20,
          .captions = 24,
          .enlarged = 8,
          .curve = 0};
}

void EvaluationOptions::validate() const {
  check<ConfigError>(!judges.empty(), "judges: expected a folder, got none");
  check_range("prompts", prompts, 1, 10000);
  check_range("seeds", seeds, 1, 1000);
  check_range("italian", italian, 0, 10000);
  check_range("things", things, 0, 1000);
  check_range("captions", captions, 0, 100000);
  check<ConfigError>(captions == 0 || captions >= kFewestCaptions,
                     "captions: expected 0, or at least ", kFewestCaptions,
                     " as a distance needs, got ", captions);
  check_range("enlarged", enlarged, 0, 100000);
  check_range("curve", curve, 0, 10000);
  for (const int count : steps) check_range("steps", count, 1, 1000);
  for (const double scale : guidance) check_range("guidance", scale, 1, 100);
  check_range("control", control, 0, 10000);
  for (const double each : region_strengths) check_range("region_strengths", each, 0.01, 1);
  for (const double each : region_feathers) check_range("region_feathers", each, 0, 0.5);
}

Report evaluate(const EvaluationOptions& options, const Contestant& model,
                const std::optional<Contestant>& other, const OnEvaluationProgress& on_progress) {
  options.validate();
  auto desk = desk_of(options, model);
  const auto chapters = chapters_of(desk);
  int all = (other ? 2 : 1) * count_exam(options) + count_italian(options);
  for (const auto& chapter : chapters) all += chapter.missing.empty() ? chapter.pictures : 0;
  Count count(on_progress, all);
  desk.model = count.counted(model);
  Report report;
  report.results = {{"model", model.name}, {"options", to_json(options)}};
  const auto marks = add_composition(desk, report);
  if (other) add_comparison(desk, count.counted(*other), marks, report);
  Json left_out = Json::object();
  for (const auto& chapter : chapters) {
    if (chapter.missing.empty()) {
      chapter.add(desk, report);
    } else {
      left_out[chapter.name] = chapter.missing;
    }
  }
  report.results["left_out"] = std::move(left_out);
  return report;
}

}  // namespace imagine::evaluate
