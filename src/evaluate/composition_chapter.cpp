#include <algorithm>

#include "evaluate/chapters.h"
#include "viz/grid.h"

namespace imagine::evaluate {
namespace {

constexpr std::size_t kShownPrompts = kSheetColumns / 2;  // of each task and kind

std::vector<Mark> of_kind(const std::vector<Mark>& marks, bool held_out) {
  return marks_where(marks, [&](const Mark& mark) { return mark.held_out == held_out; });
}

/// Scores of seen and held-out prompts.
Json both_scores(const std::vector<Mark>& marks) {
  Json scores = Json::object();
  for (const bool held_out : {false, true}) {
    const auto kind = of_kind(marks, held_out);
    if (!kind.empty()) scores[held_out ? "held_out" : "seen"] = json_of(score_of(kind));
  }
  return scores;
}

Json shares_of(const std::vector<Mark>& marks, std::size_t judges) {
  Json shares = Json::array();
  for (std::size_t judge = 0; judge < judges; ++judge) {
    shares.push_back(json_of(share_of(marks, judge)));
  }
  return shares;
}

Json ceilings_of_task(const Panel& panel, Task task, bool held_out) {
  Json shares = Json::array();
  for (const auto& ceilings : panel.ceilings) {
    const auto found = std::ranges::find_if(ceilings, [&](const Ceiling& ceiling) {
      return ceiling.task == task && ceiling.held_out == held_out;
    });
    if (found != ceilings.end()) shares.push_back(json_of(found->right));
  }
  return shares;
}

Json task_rows(const std::vector<Mark>& marks, const Panel& panel) {
  Json rows = Json::array();
  for (const auto task : kTasks) {
    for (const bool held_out : {false, true}) {
      const auto chosen = marks_where(
          marks, [&](const Mark& mark) { return mark.task == task && mark.held_out == held_out; });
      if (chosen.empty()) continue;
      rows.push_back({{"task", name_of(task)},
                      {"held_out", held_out},
                      {"pictures", chosen.size()},
                      {"score", json_of(score_of(chosen))},
                      {"judges", shares_of(chosen, panel.judges.size())},
                      {"ceilings", ceilings_of_task(panel, task, held_out)},
                      {"agreement", json_of(agreement_of(chosen))}});
    }
  }
  return rows;
}

/// The first prompts of each task with their first picture, and how the judges see it.
void add_examples(const ExamPaper& paper, const Exam& exam, Report& report) {
  std::vector<Image> images;
  std::vector<std::string> captions;
  std::size_t shown = 0;
  for (std::size_t i = 0; i < exam.marks.size(); ++i) {
    const auto& mark = exam.marks[i];
    const bool begins = i == 0 || mark.task != exam.marks[i - 1].task ||
                        mark.held_out != exam.marks[i - 1].held_out;
    if (begins) shown = 0;
    const bool repeats = i > 0 && mark.prompt == exam.marks[i - 1].prompt;
    if (repeats || shown++ >= kShownPrompts) continue;
    std::string verdict;
    for (const bool right : mark.right) verdict += right ? "✓" : "✗";
    images.push_back(exam.pictures[i]);
    captions.push_back(verdict + " " + paper.prompts[mark.prompt].text);
  }
  report.figures.push_back({"composition",
                            "The first prompts of each task, each by its first seed, seen and then "
                            "held out, not picked; ✓ what each judge calls right",
                            viz::labelled_sheet(images, captions, kSheetColumns, kSheetCell)});
}

Json italian_scores(Desk& desk) {
  const auto& options = desk.options;
  ExamPaper paper{.prompts = {}, .request = {.size = desk.model.size}};
  auto marks_in = [&](data::Language language) {
    auto like = options.prompt_options(options.italian);
    like.language = language;
    paper.prompts = exam_prompts(like);
    std::erase_if(paper.prompts, [](const auto& prompt) { return prompt.held_out; });
    return take_exam(paper, desk.model.paint, desk.panel).marks;
  };
  const auto italian = marks_in(data::Language::italian),
             english = marks_in(data::Language::english);
  return {{"prompts_of_each_task", options.italian},
          {"english", json_of(score_of(english))},
          {"italian", json_of(score_of(italian))},
          {"italian_over_english", json_of(gain_of(italian, english))}};
}

}  // namespace

std::vector<Mark> add_composition(Desk& desk, Report& report) {
  const auto& options = desk.options;
  const ExamPaper paper{.prompts = exam_prompts(options.prompt_options(options.prompts)),
                        .seeds = options.seeds,
                        .request = {.size = desk.model.size}};
  const auto exam = take_exam(paper, desk.model.paint, desk.panel);
  Json results = {
      {"score", both_scores(exam.marks)},
      {"ceiling",
       {{"seen", ceiling_of(desk.panel, false)}, {"held_out", ceiling_of(desk.panel, true)}}},
      {"agreement", json_of(agreement_of(exam.marks))},
      {"tasks", task_rows(exam.marks, desk.panel)},
      {"shuffled", both_scores(exam.shuffled)}};
  if (desk.training_scenes.count() > 0) {
    auto single = paper;
    single.seeds = 1;  // it knows no seeds
    results["nearest_caption"] =
        both_scores(take_exam(single, nearest_caption(desk.training_scenes), desk.panel).marks);
  }
  if (options.italian > 0) results["languages"] = italian_scores(desk);
  add_examples(paper, exam, report);
  report.results["composition"] = std::move(results);
  return exam.marks;
}

void add_comparison(Desk& desk, const Contestant& other, const std::vector<Mark>& marks,
                    Report& report) {
  const ExamPaper paper{.prompts = exam_prompts(desk.options.prompt_options(desk.options.prompts)),
                        .seeds = desk.options.seeds,
                        .request = {.size = other.size}};
  const auto others = take_exam(paper, other.paint, desk.panel).marks;
  Json gains = Json::object();
  for (const bool held_out : {false, true}) {
    const auto own = of_kind(marks, held_out);
    if (own.empty()) continue;
    const auto gain = gain_of(own, of_kind(others, held_out));
    auto& json = gains[held_out ? "held_out" : "seen"] = json_of(gain);
    json["verdict"] = gain.interval.low > 0    ? "better"
                      : gain.interval.high < 0 ? "worse"
                                               : "no difference shown";
  }
  report.results["comparison"] = {
      {"other", other.name}, {"score", both_scores(others)}, {"gain", std::move(gains)}};
}

void add_curves(Desk& desk, Report& report) {
  const auto& options = desk.options;
  ExamPaper paper{.prompts = exam_prompts(options.prompt_options(options.curve)), .request = {}};
  std::erase_if(paper.prompts, [](const auto& prompt) { return prompt.held_out; });
  const auto scored = [&](const Request& request) {
    paper.request = request;
    return json_of(score_of(take_exam(paper, desk.model.paint, desk.panel).marks));
  };
  Json steps = Json::array(), guidance = Json::array();
  for (const int count : options.steps) {
    steps.push_back(
        {{"steps", count},
         {"score", scored({.size = desk.model.size, .stages = {{.steps = std::int64_t(count)}}})}});
  }
  for (const double scale : options.guidance) {
    guidance.push_back(
        {{"guidance", scale},
         {"score", scored({.size = desk.model.size, .stages = {{.guidance = scale}}})}});
  }
  report.results["curves"] = {{"pictures_of_each", paper.prompts.size()},
                              {"steps", std::move(steps)},
                              {"guidance", std::move(guidance)}};
}

}  // namespace imagine::evaluate
