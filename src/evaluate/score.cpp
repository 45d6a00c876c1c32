#include "evaluate/score.h"

#include <algorithm>
#include <map>

#include "core/check.h"
#include "core/random.h"

namespace imagine::evaluate {
namespace {

constexpr int kBootstraps = 2000;

/// What the pictures of one prompt come to.
struct Tally {
  double sum = 0;
  int pictures = 0;
};

/// The prompts of each task.
using Tallies = std::vector<std::vector<Tally>>;

Tallies tallies_of(const std::vector<Mark>& marks,
                   const std::function<double(std::size_t)>& value) {
  std::map<Task, std::map<std::size_t, Tally>> sorted;
  for (std::size_t i = 0; i < marks.size(); ++i) {
    auto& tally = sorted[marks[i].task][marks[i].prompt];
    tally.sum += value(i), ++tally.pictures;
  }
  Tallies tallies;
  for (const auto& [task, prompts] : sorted) {
    auto& list = tallies.emplace_back();
    for (const auto& [prompt, tally] : prompts) list.push_back(tally);
  }
  return tallies;
}

/// `choose` gives the index of the n-th prompt of a task with so many.
template <class Choose>
double mean_of(const Tallies& tallies, const Choose& choose) {
  double sum = 0;
  for (const auto& prompts : tallies) {
    Tally all;
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      const auto& tally = prompts[choose(i, prompts.size())];
      all.sum += tally.sum, all.pictures += tally.pictures;
    }
    sum += all.sum / all.pictures;
  }
  return sum / double(tallies.size());
}

Estimate estimate_of(const Tallies& tallies) {
  Random random(1, "bootstrap");
  std::vector<double> means;
  for (int i = 0; i < kBootstraps; ++i) {
    means.push_back(mean_of(tallies, [&](std::size_t, std::size_t count) {
      return std::size_t(random.below(int(count)));
    }));
  }
  std::ranges::sort(means);
  const auto at = [&](double part) { return means[std::size_t(part * (kBootstraps - 1))]; };
  return {.value = mean_of(tallies, [](std::size_t i, std::size_t) { return i; }),
          .interval = {at(0.025), at(0.975)}};
}

}  // namespace

double Mark::value() const {
  return double(std::ranges::count(right, true)) / double(right.size());
}

Estimate score_of(const std::vector<Mark>& marks) {
  check<InputError>(!marks.empty(), "score: expected pictures, got none");
  const auto tallies = tallies_of(marks, [&](std::size_t i) { return marks[i].value(); });
  auto estimate = estimate_of(tallies);
  if (tallies.size() == 1) {
    const auto [low, high] = wilson_interval(estimate.value, double(tallies.front().size()));
    estimate.interval = {std::min(estimate.interval.low, low),
                         std::max(estimate.interval.high, high)};
  }
  return estimate;
}

Estimate gain_of(const std::vector<Mark>& marks, const std::vector<Mark>& others) {
  const auto same = [](const Mark& a, const Mark& b) {
    return a.task == b.task && a.prompt == b.prompt && a.seed == b.seed;
  };
  check<InputError>(!marks.empty() && std::ranges::equal(marks, others, same),
                    "comparison: expected pictures of the same prompts and seeds");
  return estimate_of(
      tallies_of(marks, [&](std::size_t i) { return marks[i].value() - others[i].value(); }));
}

std::vector<Mark> marks_where(const std::vector<Mark>& marks,
                              const std::function<bool(const Mark&)>& wanted) {
  std::vector<Mark> chosen;
  std::ranges::copy_if(marks, std::back_inserter(chosen), wanted);
  return chosen;
}

Share agreement_of(const std::vector<Mark>& marks) {
  Share share;
  for (const auto& mark : marks) share.add(mark.value() == 0 || mark.value() == 1);
  return share;
}

Share share_of(const std::vector<Mark>& marks, std::size_t judge) {
  Share share;
  for (const auto& mark : marks) share.add(mark.right.at(judge));
  return share;
}

Json json_of(const Estimate& estimate) {
  return {{"value", estimate.value}, {"interval", {estimate.interval.low, estimate.interval.high}}};
}

Json json_of(const Share& share) {
  const auto interval = share.interval();
  return {{"right", share.right},
          {"all", share.all},
          {"value", share.value()},
          {"interval", {interval.low, interval.high}}};
}

}  // namespace imagine::evaluate
