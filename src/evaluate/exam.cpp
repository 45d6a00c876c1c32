#include "evaluate/exam.h"

#include <algorithm>
#include <iterator>

#include <torch/utils.h>

#include "tensor/pixels.h"

namespace imagine::evaluate {
namespace {

using Parts = std::vector<std::int64_t>;

/// The parts of a text's words, each once, in order.
Parts parts_of(const std::string& text) {
  constexpr std::int64_t kBuckets = std::int64_t{1} << 40;  // no two parts share one
  auto parts = word_parts(text, kBuckets);
  std::ranges::sort(parts);
  parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
  return parts;
}

double shared_share(const Parts& a, const Parts& b) {
  Parts shared;
  std::ranges::set_intersection(a, b, std::back_inserter(shared));
  return 2 * double(shared.size()) / double(a.size() + b.size());
}

/// The next prompt of the same task and kind that asks for something else; itself if there is none.
std::size_t other_prompt(const std::vector<CompositionPrompt>& prompts, std::size_t index) {
  for (std::size_t step = 1; step < prompts.size(); ++step) {
    const auto other = (index + step) % prompts.size();
    if (prompts[other].task == prompts[index].task &&
        prompts[other].held_out == prompts[index].held_out) {
      return other;
    }
  }
  return index;
}

}  // namespace

Exam take_exam(const ExamPaper& paper, const Painter& paint, Panel& panel) {
  Exam exam;
  for (std::size_t i = 0; i < paper.prompts.size(); ++i) {
    const auto& prompt = paper.prompts[i];
    const auto& other = paper.prompts[other_prompt(paper.prompts, i)];
    for (int picture = 0; picture < paper.seeds; ++picture) {
      auto request = paper.request;
      request.prompt = prompt.text;
      request.seed = exam.marks.size();
      exam.pictures.push_back(paint(request));
      Mark mark{.task = prompt.task,
                .held_out = prompt.held_out,
                .prompt = i,
                .seed = request.seed,
                .right = {}};
      auto shuffled = mark;
      for (const auto& found : bodies_in(panel, exam.pictures.back())) {
        mark.right.push_back(shows(prompt, found));
        shuffled.right.push_back(shows(other, found));
      }
      exam.marks.push_back(std::move(mark));
      exam.shuffled.push_back(std::move(shuffled));
    }
  }
  return exam;
}

std::vector<CompositionPrompt> exam_prompts(const PromptOptions& like) {
  std::vector<CompositionPrompt> prompts;
  for (const bool held_out : {false, true}) {
    for (const auto task : kTasks) {
      auto options = like;
      options.held_out = held_out;
      std::ranges::move(prompts_of(task, options), std::back_inserter(prompts));
    }
  }
  return prompts;
}

Painter nearest_caption(const Examples& examples) {
  struct Captioned {
    Parts parts;
    int64_t row;
  };
  std::vector<Captioned> captions;
  for (int64_t row = 0; row < examples.count(); ++row) {
    for (const auto& caption : examples.samples[std::size_t(row)].captions) {
      captions.push_back({parts_of(caption.text), row});
    }
  }
  return [captions = std::move(captions), &examples](const Request& request) {
    const auto wanted = parts_of(request.prompt);
    const auto best = std::ranges::max_element(captions, {}, [&](const Captioned& caption) {
      return shared_share(wanted, caption.parts);
    });
    return tensor::to_images(unit_pixels(examples.pixels.narrow(0, best->row, 1)))[0];
  };
}

}  // namespace imagine::evaluate
