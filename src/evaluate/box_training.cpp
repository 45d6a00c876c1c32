#include "evaluate/box_training.h"

#include <algorithm>

#include <torch/utils.h>

#include "core/check.h"
#include "evaluate/boxes.h"
#include "evaluate/judge_lesson.h"
#include "evaluate/judge_training.h"
#include "io/folder_lock.h"
#include "io/json_file.h"

namespace imagine::evaluate {
namespace {

constexpr int64_t kBatch = 128;
constexpr double kWhole = 0.98;  // of a body's outline, from which on it counts as seen whole

const data::Labels& labels_of(const data::Sample& sample) {
  check<InputError>(sample.labels.has_value(), sample.key,
                    ": expected labels; `imagine dataset --labels true` makes them");
  return *sample.labels;
}

/// Rows mirrored: left and right change places.
void mirror(BoxTarget& target) {
  target.near = target.near.flip(-1);
  target.box = target.box.flip(-1);
  target.box[0] = 1 - target.box[0] - target.box[2];
}

struct BoxBatch {
  Tensor pixels;
  BoxTarget targets;
};

BoxBatch batch_of(const Examples& examples, const std::vector<int64_t>& rows, int64_t grid,
                  Random& random) {
  std::vector<Tensor> pixels, near, box;
  for (const auto row : rows) {
    const auto& sample = examples.samples[std::size_t(row)];
    auto target = box_target_of(sample.facts, labels_of(sample), grid);
    auto picture = examples.pixels[row];
    if (random.chance(0.5)) {
      mirror(target);
      picture = picture.flip(2);
    }
    pixels.push_back(picture), near.push_back(target.near), box.push_back(target.box);
  }
  return {.pixels = unit_pixels(torch::stack(pixels)),
          .targets = {.near = torch::stack(near), .box = torch::stack(box)}};
}

std::string kind_of(const Json& facts, const Json& body) {
  if (double(body.at("visible")) < kWhole) return "partly hidden";
  return facts.at("bodies").size() == 1 ? "alone" : "among others";
}

/// The overlap of the true box with the best one of a body that looks as this one.
double best_overlap(const Json& body, const Box& truth, const std::vector<Found>& found) {
  double best = 0;
  for (const auto& other : found) {
    if (other.shape != body.at("shape") || other.colour != body.at("colour")) continue;
    best = std::max(best, overlap_of(truth, other.box.value()));
  }
  return best;
}

void add(BoxCeiling& ceiling, double overlap) {
  ceiling.overlap = (ceiling.overlap * ceiling.all + overlap) / (ceiling.all + 1);
  ceiling.half += overlap >= 0.5;
  ceiling.three_quarters += overlap >= 0.75;
  ++ceiling.all;
}

}  // namespace

void BoxTraining::validate() const {
  study.validate();
  boxes.validate();
}

std::vector<BoxCeiling> box_ceilings_of(Judge judge, const Examples& examples) {
  std::vector<BoxCeiling> ceilings = {
      {.bodies = "alone"}, {.bodies = "among others"}, {.bodies = "partly hidden"}};
  const auto count = examples.count();
  for (int64_t begin = 0; begin < count; begin += kBatch) {
    const auto rows = std::min(kBatch, count - begin);
    const auto found = look_at(judge, unit_pixels(examples.pixels.narrow(0, begin, rows)));
    for (int64_t i = 0; i < rows; ++i) {
      const auto& sample = examples.samples[std::size_t(begin + i)];
      const auto& bodies = sample.facts.at("bodies");
      const auto truths = seen_boxes(labels_of(sample), bodies.size());
      for (std::size_t k = 0; k < truths.size(); ++k) {
        if (!truths[k]) continue;
        const auto kind = kind_of(sample.facts, bodies[k]);
        auto& ceiling = *std::ranges::find(ceilings, kind, &BoxCeiling::bodies);
        add(ceiling, best_overlap(bodies[k], *truths[k], found[std::size_t(i)]));
      }
    }
  }
  std::erase_if(ceilings, [](const BoxCeiling& ceiling) { return ceiling.all == 0; });
  return ceilings;
}

std::vector<BoxCeiling> train_boxes(const BoxTraining& training,
                                    const OnStudyProgress& on_progress) {
  training.validate();
  const auto& study = training.study;
  const io::FolderLock lock(study.out);
  auto judge = load_judge(study.out);
  const auto size = judge->config.size;
  const auto examples_of = [&](const char* split) {
    return read_examples({study.shards}, concat(split, '-', size, "-scenes-"));
  };
  const auto examples = examples_of("judge"), held_back = examples_of("judgecheck");
  torch::manual_seed(std::uint64_t(study.seed));
  BoxHead boxes(judge->config.width, training.boxes);
  Random random(std::uint64_t(study.seed), "boxes");
  auto generator = at::detail::createCPUGenerator(random.bits());
  const auto seen = [&](const Tensor& pixels) {
    const torch::NoGradGuard no_grad;  // all but the boxes stays as it is
    return judge->seen(worn(pixels, generator));
  };
  const auto loss_of = [&](const std::vector<int64_t>& rows) {
    const auto batch = batch_of(examples, rows, size / 2, random);
    return box_loss(boxes(seen(batch.pixels)), batch.targets);
  };
  learn(*boxes, study, examples.count(), loss_of, on_progress);
  judge->teach(boxes);
  const auto ceilings = box_ceilings_of(judge, held_back);
  const auto folder = io::fs::path(study.out) / kBoxes;
  save_network(*boxes, to_json(training.boxes), folder);
  io::write_json(folder / "ceilings.json", to_json(ceilings));
  return ceilings;
}

}  // namespace imagine::evaluate
