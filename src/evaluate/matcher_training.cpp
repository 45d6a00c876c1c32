#include "evaluate/matcher_training.h"

#include <torch/utils.h>

#include "io/config_file.h"
#include "io/folder_lock.h"

namespace imagine::evaluate {
namespace {

/// The names of the things, half of the time with the style. Not the ground: it alone would tell
/// most pictures of a batch apart.
std::string text_of(const data::Sample& sample, Random& random) {
  if (random.chance(0.5)) return sample.facts.at("prompt");
  std::string names;
  for (const auto& object : sample.facts.at("objects")) {
    names += object.at("noun").get<std::string>() + ' ';
  }
  return names;
}

}  // namespace

void MatcherTraining::validate() const {
  study.validate();
  matcher.validate();
}

std::vector<Recall> train_matcher(const MatcherTraining& training,
                                  const OnStudyProgress& on_progress) {
  training.validate();
  const auto& study = training.study;
  const io::FolderLock lock(study.out);
  const auto examples_of = [&](const char* split) {
    return read_examples({study.shards}, concat(split, '-', training.matcher.size, "-objects-"));
  };
  const auto examples = examples_of("judge"), held_back = examples_of("judgecheck");
  torch::manual_seed(std::uint64_t(study.seed));
  Matcher matcher(training.matcher);
  Random random(std::uint64_t(study.seed), "matcher");
  auto generator = at::detail::createCPUGenerator(random.bits());
  const auto loss_of = [&](const std::vector<int64_t>& rows) {
    std::vector<std::string> texts;
    for (const auto row : rows) {
      texts.push_back(text_of(examples.samples[std::size_t(row)], random));
    }
    const auto pixels = unit_pixels(examples.pixels.index_select(0, torch::tensor(rows)));
    return matching_loss(matcher->pictures(worn(pixels, generator)), matcher->texts(texts),
                         matcher->sharpness());
  };
  learn(*matcher, study, examples.count(), loss_of, on_progress);
  matcher->eval();
  std::vector<Recall> recalls;
  for (const auto& group : groups_of(held_back, kCandidates)) {
    recalls.push_back(recall_of(matcher, group, unit_pixels(group.pixels)));
  }
  save_network(*matcher, to_json(training.matcher), study.out);
  return recalls;
}

Matcher load_matcher(const io::fs::path& folder) {
  Matcher matcher(io::read_config<MatcherConfig>(folder));
  load_network(*matcher, folder);
  return matcher;
}

}  // namespace imagine::evaluate
