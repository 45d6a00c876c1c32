/// What the network of a stage reads of a job's prompts, step by step.
#pragma once

#include <vector>

#include "engine/encoders.h"
#include "models/stage_run.h"

namespace imagine::engine {

/// What is read from a step on.
struct StepTexts {
  std::int64_t first_step = 0;
  models::StageTexts texts = {};
};

/// What it is made for.
struct TextsFor {
  const models::Network& network;
  const models::SamplingPlan& plan;
  const StageSettings& settings;
  const Request& request;  ///< for its regions' method, its control and its style
  std::int64_t place = 0;  ///< side of the network's places
  /// Of a stage that begins with noise; those after it read the last wording alone, everywhere.
  bool draws_first = true;
};

/// The first from step 0 on, at least one.
std::vector<StepTexts> stage_texts(const Prompts& prompts, const TextsFor& made_for);

/// What is read at that step.
const models::StageTexts& texts_at(const std::vector<StepTexts>& all, std::int64_t step);

}  // namespace imagine::engine
