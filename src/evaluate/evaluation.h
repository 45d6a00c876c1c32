/// All measures of a model: `imagine evaluate`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "evaluate/composition.h"
#include "evaluate/gallery.h"
#include "evaluate/report.h"

namespace imagine::evaluate {

struct EvaluationOptions {
  std::string judges = {};
  std::string real = {};
  std::vector<std::string> training = {};
  int prompts = 40;
  int seeds = 2;
  std::uint64_t prompt_seed = 1;
  int italian = 20;
  int things = 100;
  int captions = 300;
  int enlarged = 40;
  int curve = 6;
  int control = 0;
  std::string sheet = {};
  std::vector<int> steps = {2, 4, 8, 16, 32};
  std::vector<double> guidance = {1, 2, 3, 5, 8};
  std::vector<double> region_strengths = {0.5, 0.65, 0.8, 1};
  std::vector<double> region_feathers = {0, 0.1};

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("judges", self.judges, "folder of what judges: first, second, matcher");
    field("real", self.real,
          "folder made by imagine dataset --parts judge; none: less is measured");
    field("training", self.training, "the model's training data; none: less is measured");
    field("prompts", self.prompts, "prompts of each of six tasks, seen and held out");
    field("seeds", self.seeds, "pictures of each of them");
    field("prompt_seed", self.prompt_seed,
          "of the prompts: choose settings with other ones than those that are reported");
    field("italian", self.italian, "prompts of each task asked in Italian too; 0: none");
    field("things", self.things, "single things to be told from each other, of two kinds; 0: none");
    field("captions", self.captions, "real captions drawn for distances and copies; 0: none");
    field("enlarged", self.enlarged, "real pictures enlarged from 64 to 256 pixels; 0: none");
    field("curve", self.curve, "prompts of each task at each of the next two; 0: none");
    field("control", self.control,
          "pictures of each way to say where and how much, 200 or so; 0: none");
    field("sheet", self.sheet,
          "text file with prompts, one a line: drawn with seeds 0, 1, 2 ... for you to look at");
    field("steps", self.steps, "numbers of steps to compare");
    field("guidance", self.guidance, "guidance scales to compare");
    field("region_strengths", self.region_strengths, "strengths of regions to compare");
    field("region_feathers", self.region_feathers, "how far their edges fade, to compare");
  }

  /// So many prompts of each task, in English.
  PromptOptions prompt_options(int count) const { return {.count = count, .seed = prompt_seed}; }

  /// Everything once, as little of it as tells something.
  static EvaluationOptions quick();
  /// ConfigError naming the field.
  void validate() const;
};

/// A model, as evaluation knows it.
struct Contestant {
  std::string name;
  Painter paint;
  int size = 64;               ///< side of the pictures that are judged
  int enlarged = 0;            ///< side that a picture of 64 pixels is enlarged to; 0: it cannot
  bool weighs_words = false;   ///< and reads regions by attention
  bool takes_control = false;  ///< Request::control
};

/// Pictures done of how many; false stops. Interrupted then; a gallery behind `paint` keeps them.
using OnEvaluationProgress = std::function<bool(int done, int all)>;

/// InputError where the judges, the real pictures or the training data are not there.
Report evaluate(const EvaluationOptions& options, const Contestant& model,
                const std::optional<Contestant>& other, const OnEvaluationProgress& on_progress);

}  // namespace imagine::evaluate
