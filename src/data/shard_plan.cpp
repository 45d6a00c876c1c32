#include "data/shard_plan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "core/check.h"

namespace imagine::data {
namespace {

constexpr int kLargeSize = 1024;
constexpr int kLargeShare = 20;    // one in so many rows is made at kLargeSize too
constexpr int kHeldOutShare = 40;  // one held-out row for so many of training
constexpr int kCheckShare = 10;    // one row that checks a judge for so many that train it
constexpr int kFewestHeldOut = 16;

/// A part of the dataset: how many of its rows, and what they are held back for.
struct PartShare {
  std::string part;
  double share;  ///< of DatasetOptions::rows
  Split split, held_back;
  int held_back_share;  ///< one row held back for so many
};

PartShare training_share(const DatasetOptions& options, const std::string& part) {
  const auto& mixture = options.objects;
  const double objects =
      mixture.photo + mixture.render + mixture.flat + mixture.emoji + mixture.drawing;
  const double share = (part == "scenes" ? options.scenes : objects) / (options.scenes + objects);
  return {part, share, Split::train, Split::held_out, kHeldOutShare};
}

PartShare judge_share(std::string_view part) {
  return {std::string(part), 1, Split::judge, Split::judge_check, kCheckShare};
}

void add_shards(std::vector<ShardPlan>& plans, const ShardPlan& like, int per_shard) {
  for (int first = 0; first < like.rows; first += per_shard) {
    std::array<char, 16> number{};
    std::snprintf(number.data(), number.size(), "%05d", first / per_shard);
    ShardPlan plan = like;
    plan.file =
        concat(name_of(like.split), '-', like.size, '-', like.part, '-', number.data(), ".tar");
    plan.first = first;
    plan.rows = std::min(per_shard, like.rows - first);
    plans.push_back(plan);
  }
}

void add_part(std::vector<ShardPlan>& plans, const DatasetOptions& options,
              const PartShare& share) {
  if (share.share <= 0) return;
  for (const int size : options.sizes) {
    const double rows = options.rows * share.share / (size >= kLargeSize ? kLargeShare : 1);
    ShardPlan plan{.file = {}, .part = share.part, .size = size, .split = share.split};
    plan.rows = std::max(1, int(std::lround(rows)));
    add_shards(plans, plan, options.rows_per_shard);
    plan.split = share.held_back;
    plan.rows = std::max(kFewestHeldOut, plan.rows / share.held_back_share);
    add_shards(plans, plan, options.rows_per_shard);
  }
}

}  // namespace

std::string_view name_of(Split split) {
  constexpr std::array<std::string_view, 4> names = {"train", "heldout", "judge", "judgecheck"};
  return names[std::size_t(split)];
}

void validate(const DatasetOptions& options) {
  const auto in = [](const char* field, double value, double low, double high) {
    check<ConfigError>(value >= low && value <= high, "dataset: ", field, ": expected ", low,
                       " .. ", high, ", got ", value);
  };
  in("rows", options.rows, 1, 100'000'000);
  in("grounds", options.grounds, 0, 100'000);
  in("rows_per_shard", options.rows_per_shard, 1, 1'000'000);
  check<ConfigError>(!options.sizes.empty(), "dataset: sizes: expected one or more, got none");
  for (const int size : options.sizes) in("sizes", size, 16, 2048);
  DatasetOptions::fields(options, [&](const char* name, const auto& value, const char*) {
    using Value = std::remove_cvref_t<decltype(value)>;
    if constexpr (std::is_same_v<Value, double>) in(name, value, 0, 1e9);
  });
  double total = 0;
  ObjectMixture::fields(options.objects, [&](const char* name, double share, const char*) {
    in(name, share, 0, 1e9);
    total += share;
  });
  check<ConfigError>(total + options.scenes > 0, "dataset: expected a share above 0, got none");
}

std::vector<ShardPlan> plan_shards(const DatasetOptions& options,
                                   const std::vector<std::string>& parts) {
  validate(options);
  std::vector<ShardPlan> plans;
  for (const std::string& part : parts) {
    if (part == kJudgePart) {
      for (const auto judged : kParts) add_part(plans, options, judge_share(judged));
      continue;
    }
    check<InputError>(std::ranges::find(kParts, part) != std::end(kParts),
                      "dataset: expected the parts objects, scenes and judge, got \"", part, "\"");
    add_part(plans, options, training_share(options, part));
  }
  return plans;
}

}  // namespace imagine::data
