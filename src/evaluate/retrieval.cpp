#include "evaluate/retrieval.h"

#include <algorithm>
#include <set>

#include <torch/utils.h>

#include "evaluate/score.h"

namespace imagine::evaluate {
namespace {

bool is_cut_out(const data::Sample& sample) { return sample.facts.at("style") == "photo"; }

Subjects group_of(const Examples& examples, bool cut_outs, int most) {
  Subjects group{.name = cut_outs ? "cut-outs" : "icons", .prompts = {}, .pixels = {}};
  std::set<std::string> nouns;
  std::vector<int64_t> rows;
  for (std::size_t i = 0; i < examples.samples.size() && std::ssize(rows) < most; ++i) {
    const auto& sample = examples.samples[i];
    if (is_cut_out(sample) != cut_outs || sample.facts.at("objects").size() != 1) continue;
    if (!nouns.insert(sample.facts.at("objects")[0].at("noun")).second) continue;
    group.prompts.push_back(sample.facts.at("prompt"));
    rows.push_back(int64_t(i));
  }
  if (!rows.empty()) group.pixels = examples.pixels.index_select(0, torch::tensor(rows));
  return group;
}

}  // namespace

std::vector<Subjects> groups_of(const Examples& examples, int most) {
  std::vector<Subjects> groups = {group_of(examples, true, most), group_of(examples, false, most)};
  std::erase_if(groups, [](const Subjects& group) { return group.prompts.size() < 2; });
  return groups;
}

Share recall_at(const Tensor& alike, int first) {
  const auto own = alike.diagonal().unsqueeze(1);
  const auto before = (alike >= own).sum(1) - 1;  // [N]
  return {.right = int((before < first).sum().item<int64_t>()), .all = int(alike.size(0))};
}

Recall recall_of(Matcher matcher, const Subjects& subjects, const Tensor& pixels) {
  torch::NoGradGuard no_grad;
  const auto pictures = matcher->pictures(fitted(pixels, matcher->config.size));
  const auto alike = pictures.matmul(matcher->texts(subjects.prompts).t());  // [N, N]
  return {.group = subjects.name,
          .candidates = int(alike.size(0)),
          .picture_to_text_1 = recall_at(alike, 1),
          .picture_to_text_5 = recall_at(alike, 5),
          .text_to_picture_1 = recall_at(alike.t(), 1),
          .text_to_picture_5 = recall_at(alike.t(), 5)};
}

Json json_of(const Recall& recall) {
  return {{"group", recall.group},
          {"candidates", recall.candidates},
          {"picture_to_text_1", json_of(recall.picture_to_text_1)},
          {"picture_to_text_5", json_of(recall.picture_to_text_5)},
          {"text_to_picture_1", json_of(recall.text_to_picture_1)},
          {"text_to_picture_5", json_of(recall.text_to_picture_5)}};
}

}  // namespace imagine::evaluate
