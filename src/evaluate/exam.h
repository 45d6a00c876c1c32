/// Asks a model for the compositions of six tasks and marks what it draws.
#pragma once

#include <vector>

#include "evaluate/gallery.h"
#include "evaluate/panel.h"
#include "evaluate/score.h"

namespace imagine::evaluate {

struct Exam {
  std::vector<Mark> marks;     ///< prompt by prompt, seed by seed
  std::vector<Mark> shuffled;  ///< the same pictures against another prompt of the same task
  std::vector<Image> pictures;
};

/// What is the same for all pictures of an exam.
struct ExamPaper {
  std::vector<CompositionPrompt> prompts;
  /// Pictures of each prompt. Seeds go on from prompt to prompt, from 0: pictures of one seed begin
  /// with the same noise, and have much of their grounds and places from it.
  int seeds = 1;
  Request request{};  ///< size, steps, guidance
};

Exam take_exam(const ExamPaper& paper, const Painter& paint, Panel& panel);

/// Seen and held-out prompts of all tasks, `like.count` of each as far as there are so many.
std::vector<CompositionPrompt> exam_prompts(const PromptOptions& like);

/// A model that draws nothing: it answers with the picture of the training whose caption shares the
/// most parts of words with the prompt. Keeps a view of `examples`.
Painter nearest_caption(const Examples& examples);

}  // namespace imagine::evaluate
