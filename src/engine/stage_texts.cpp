#include "engine/stage_texts.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <torch/utils.h>

#include "models/regions.h"

namespace imagine::engine {
namespace {

using models::JoinedText;
using models::RegionText;
using models::StageTexts;

constexpr double kRounding = 1e-6;  // of a part of the steps

/// The first step of which that part of all is over.
std::int64_t step_at(double part, std::int64_t steps) {
  return std::int64_t(std::ceil(part * double(steps) - kRounding));
}

const TimedText& at(const std::vector<TimedText>& texts, double part) {
  const auto later = std::ranges::find_if(
      texts, [&](const TimedText& text) { return text.from > part + kRounding; });
  return *std::prev(later);
}

class Maker {
 public:
  Maker(const Prompts& prompts, const TextsFor& made_for)
      : prompts_(prompts),
        for_(made_for),
        steps_(std::ssize(made_for.plan.schedule.steps) + made_for.plan.schedule.skipped) {}

  StageTexts at_part(double part) const {
    const auto& clauses = at(prompts_.texts, part).clauses;
    const auto regions = for_.draws_first ? regions_at(part) : std::vector<RegionText>();
    const bool lacks = clauses.size() > 1 || clauses.front().weight != 1;
    StageTexts texts;
    if (lacks || by_picture(regions)) {
      texts.joined = joined(clauses, regions);
    } else {
      texts.conditional = read(clauses.front().text, regions);
    }
    if (for_.plan.guidance.scale != 1 || lacks) texts.unconditional = unconditional(part);
    return texts;
  }

  /// The parts of the steps where something else is read.
  std::set<double> changes() const {
    std::set<double> parts = {0};
    for (const auto* texts : {&prompts_.texts, &prompts_.negatives}) {
      for (const auto& text : *texts) parts.insert(text.from);
    }
    for (const auto& region : prompts_.regions) parts.insert(region.region.until);
    return parts;
  }

  std::int64_t steps() const { return steps_; }

 private:
  std::vector<RegionText> regions_at(double part) const {
    std::vector<RegionText> regions;
    for (const auto& region : prompts_.regions) {
      if (region.region.until > part + kRounding) regions.push_back(region);
    }
    return regions;
  }

  /// Whether each region is a picture of its own.
  bool by_picture(const std::vector<RegionText>& regions) const {
    return !regions.empty() && for_.method == RegionMethod::multidiffusion;
  }

  /// Regions of their own pictures take their share of the clauses' weights; else each clause is
  /// read with them.
  std::vector<JoinedText> joined(const std::vector<ReadClause>& clauses,
                                 const std::vector<RegionText>& regions) const {
    const bool apart = by_picture(regions);
    const auto device = for_.network.device();
    auto shares = torch::ones({1, 1, 1, 1});
    if (apart) {
      shares = models::region_weights(models::regions_of(regions), for_.plan.extent).unsqueeze(1);
    }
    const auto share = [&](std::int64_t of) { return shares.narrow(0, of, 1).to(device); };
    std::vector<JoinedText> all;
    for (const auto& [text, weight] : clauses) {
      all.push_back({.text = read(text, apart ? std::vector<RegionText>() : regions),
                     .weight = weight * share(0)});
    }
    for (std::size_t i = 0; apart && i < regions.size(); ++i) {
      all.push_back({.text = read(regions[i].text, {}), .weight = share(std::int64_t(i) + 1)});
    }
    return all;
  }

  std::shared_ptr<const models::TextState> read(const TextEmbedding& text,
                                                const std::vector<RegionText>& regions) const {
    return for_.network.encode_text(
        text, {.settings = for_.settings, .extent = for_.plan.extent, .regions = regions});
  }

  std::shared_ptr<const models::TextState> unconditional(double part) const {
    const bool is_named = !prompts_.negatives.empty();
    const auto& texts = is_named ? prompts_.negatives : prompts_.texts;
    return for_.network.encode_text(at(texts, part).clauses.front().text,
                                    {.unconditional = !is_named, .settings = for_.settings});
  }

  const Prompts& prompts_;
  const TextsFor& for_;
  std::int64_t steps_;
};

}  // namespace

std::vector<StepTexts> stage_texts(const Prompts& prompts, const TextsFor& made_for) {
  const Maker maker(prompts, made_for);
  if (!made_for.draws_first) return {{.first_step = 0, .texts = maker.at_part(1)}};
  std::vector<StepTexts> all;
  const auto skipped = made_for.plan.schedule.skipped;
  for (const auto part : maker.changes()) {
    const auto step = std::max<std::int64_t>(0, step_at(part, maker.steps()) - skipped);
    if (step >= maker.steps() - skipped) continue;
    if (!all.empty() && all.back().first_step == step) all.pop_back();
    all.push_back({.first_step = step, .texts = maker.at_part(part)});
  }
  return all;
}

const StageTexts& texts_at(const std::vector<StepTexts>& all, std::int64_t step) {
  const auto later =
      std::ranges::find_if(all, [&](const StepTexts& texts) { return texts.first_step > step; });
  return std::prev(later)->texts;
}

}  // namespace imagine::engine
