#include "evaluate/judge_training.h"

#include <torch/utils.h>

#include "evaluate/judge_lesson.h"
#include "io/config_file.h"
#include "io/folder_lock.h"
#include "io/json_file.h"

namespace imagine::evaluate {
namespace {

/// Rows mirrored: left and right change places.
void mirror(JudgeTarget& target) {
  for (auto* maps : {&target.middle, &target.shape, &target.colour, &target.place}) {
    *maps = maps->flip(-1);
  }
  target.place[0].neg_();
}

struct JudgeBatch {
  Tensor pixels;
  JudgeTarget targets;
};

JudgeBatch batch_of(const Examples& examples, const std::vector<int64_t>& rows, int64_t grid,
                    Random& random) {
  std::vector<Tensor> pixels, middle, shape, colour, place;
  for (const auto row : rows) {
    auto target = target_of(examples.samples[std::size_t(row)].facts, grid);
    auto picture = examples.pixels[row];
    if (random.chance(0.5)) {
      mirror(target);
      picture = picture.flip(2);
    }
    pixels.push_back(picture), middle.push_back(target.middle), shape.push_back(target.shape);
    colour.push_back(target.colour), place.push_back(target.place);
  }
  return {.pixels = unit_pixels(torch::stack(pixels)),
          .targets = {.middle = torch::stack(middle),
                      .shape = torch::stack(shape),
                      .colour = torch::stack(colour),
                      .place = torch::stack(place)}};
}

}  // namespace

void JudgeTraining::validate() const {
  study.validate();
  judge.validate();
}

std::vector<Ceiling> train_judge(const JudgeTraining& training,
                                 const OnStudyProgress& on_progress) {
  training.validate();
  const auto& study = training.study;
  const io::FolderLock lock(study.out);
  const auto size = training.judge.size;
  const auto examples_of = [&](const char* split) {
    return read_examples({study.shards}, concat(split, '-', size, "-scenes-"));
  };
  const auto examples = examples_of("judge"), held_back = examples_of("judgecheck");
  torch::manual_seed(std::uint64_t(study.seed));
  Judge judge(training.judge);
  Random random(std::uint64_t(study.seed), "judge");
  auto generator = at::detail::createCPUGenerator(random.bits());
  const auto loss_of = [&](const std::vector<int64_t>& rows) {
    const auto batch = batch_of(examples, rows, size / 2, random);
    return judge_loss(judge(worn(batch.pixels, generator)), batch.targets);
  };
  learn(*judge, study, examples.count(), loss_of, on_progress);
  const auto ceilings = ceilings_of(judge, held_back);
  save_network(*judge, to_json(training.judge), study.out);
  io::write_json(io::fs::path(study.out) / "ceilings.json", json_of(ceilings));
  return ceilings;
}

Judge load_judge(const io::fs::path& folder) {
  Judge judge(io::read_config<JudgeConfig>(folder));
  load_network(*judge, folder);
  if (io::fs::exists(folder / kBoxes)) {
    BoxHead boxes(judge->config.width, io::read_config<BoxHeadConfig>(folder / kBoxes));
    load_network(*boxes, folder / kBoxes);
    judge->teach(boxes);
  }
  return judge;
}

}  // namespace imagine::evaluate
