#include "engine/stage_texts.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>

#include <torch/utils.h>

#include "models/control_input.h"
#include "models/regions.h"
#include "models/source.h"

namespace imagine::engine {
namespace {

using models::JoinedText;
using models::RegionText;
using models::StageTexts;

constexpr double kRounding = 1e-6;  // of a part of the steps
const std::vector<RegionText> kNone = {};

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
        steps_(std::ssize(made_for.plan.schedule.steps) + made_for.plan.schedule.skipped) {
    const auto& extent = made_for.plan.extent;
    const auto& control = made_for.request.control;
    if (control && control->has_shapes() && made_for.draws_first) {
      control_ = models::control_input(*control, prompts.phrases,
                                       {.extent = extent, .place = made_for.place});
    }
    if (made_for.request.style && made_for.draws_first) {
      const auto image = models::middle_of(made_for.request.style->picture.image, extent);
      style_ = {.picture = models::picture_at(image, extent),
                .weight = made_for.request.style->weight};
    }
  }

  StageTexts at_part(double part) const {
    const auto& clauses = at(prompts_.texts, part).clauses;
    const auto regions = for_.draws_first ? until(part, prompts_.regions) : kNone;
    const bool lacks = clauses.size() > 1 || clauses.front().weight != 1;
    StageTexts texts;
    if (lacks || by_picture(regions)) {
      texts.joined = joined({clauses, regions, part});
    } else {
      texts.conditional = read(clauses.front().text, regions, part);
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
    if (control_) parts.insert(for_.request.control->until);
    if (style_) parts.insert(for_.request.style->until);
    return parts;
  }

  std::int64_t steps() const { return steps_; }

 private:
  /// What is read at a part of the steps.
  struct Read {
    const std::vector<ReadClause>& clauses;
    const std::vector<RegionText>& regions;
    double part;
  };

  const models::ControlInput* control_at(double part) const {
    return control_ && for_.request.control->until > part + kRounding ? &*control_ : nullptr;
  }

  const models::StyleInput* style_at(double part) const {
    return style_ && for_.request.style->until > part + kRounding ? &*style_ : nullptr;
  }

  /// Those that count at a part of the steps.
  static std::vector<RegionText> until(double part, const std::vector<RegionText>& all) {
    std::vector<RegionText> regions;
    for (const auto& region : all) {
      if (region.region.until > part + kRounding) regions.push_back(region);
    }
    return regions;
  }

  /// Whether each region is a picture of its own.
  bool by_picture(const std::vector<RegionText>& regions) const {
    return !regions.empty() && for_.request.region_method == RegionMethod::multidiffusion;
  }

  /// Regions of their own pictures take their share of the clauses' weights; else each clause is
  /// read with them.
  std::vector<JoinedText> joined(const Read& all) const {
    const auto& [clauses, regions, part] = all;
    const bool apart = by_picture(regions);
    const auto device = for_.network.device();
    auto shares = torch::ones({1, 1, 1, 1});
    if (apart) {
      shares = models::region_weights(models::regions_of(regions), for_.plan.extent).unsqueeze(1);
    }
    const auto share = [&](std::int64_t of) { return shares.narrow(0, of, 1).to(device); };
    std::vector<JoinedText> texts;
    for (const auto& [text, weight] : clauses) {
      texts.push_back(
          {.text = read(text, apart ? kNone : regions, part), .weight = weight * share(0)});
    }
    for (std::size_t i = 0; apart && i < regions.size(); ++i) {
      texts.push_back(
          {.text = read(regions[i].text, {}, part), .weight = share(std::int64_t(i) + 1)});
    }
    return texts;
  }

  /// With those regions, and the things of a layout in their boxes.
  std::shared_ptr<const models::TextState> read(const TextEmbedding& text,
                                                std::vector<RegionText> regions,
                                                double part) const {
    if (for_.draws_first)
      std::ranges::copy(until(part, prompts_.things), std::back_inserter(regions));
    return for_.network.encode_text(text, {.settings = for_.settings,
                                           .extent = for_.plan.extent,
                                           .regions = regions,
                                           .control = control_at(part),
                                           .style = style_at(part)});
  }

  std::shared_ptr<const models::TextState> unconditional(double part) const {
    const bool is_named = !prompts_.negatives.empty();
    const auto& texts = is_named ? prompts_.negatives : prompts_.texts;
    return for_.network.encode_text(at(texts, part).clauses.front().text,
                                    {.unconditional = !is_named,
                                     .settings = for_.settings,
                                     .control = control_at(part),
                                     .style = style_at(part)});
  }

  const Prompts& prompts_;
  const TextsFor& for_;
  std::int64_t steps_;
  std::optional<models::ControlInput> control_;
  std::optional<models::StyleInput> style_;
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
