#include "evaluate/panel.h"

#include <algorithm>

#include <torch/utils.h>

#include "core/check.h"
#include "evaluate/judge_training.h"
#include "evaluate/matcher_training.h"
#include "io/json_file.h"
#include "tensor/pixels.h"

namespace imagine::evaluate {

Panel load_panel(const io::fs::path& folder) {
  Panel panel;
  for (const char* name : {"first", "second"}) {
    const auto path = folder / name;
    check<InputError>(io::fs::exists(path / "model.safetensors"), path.string(),
                      ": expected what judges pictures; `imagine judge` trains it");
    panel.judges.push_back(load_judge(path));
    const auto file = path / "ceilings.json";
    panel.ceilings.push_back(ceilings_from(io::read_json(file), file.string()));
  }
  if (io::fs::exists(folder / "matcher")) panel.matcher = load_matcher(folder / "matcher");
  return panel;
}

std::vector<std::vector<Found>> bodies_in(Panel& panel, const Image& picture) {
  const auto pixels = tensor::to_pixels({picture});
  std::vector<std::vector<Found>> all;
  for (const auto& judge : panel.judges) all.push_back(look_at(judge, pixels)[0]);
  return all;
}

double agreeing(const std::vector<std::vector<Found>>& judged,
                const std::function<bool(const std::vector<Found>& found)>& says_so) {
  return double(std::ranges::count_if(judged, says_so)) / double(judged.size());
}

bool know_boxes(const Panel& panel) {
  return std::ranges::all_of(panel.judges, [](const Judge& judge) { return judge->knows_boxes(); });
}

double ceiling_of(const Panel& panel, bool held_out) {
  double sum = 0;
  int count = 0;
  for (const auto& ceilings : panel.ceilings) {
    for (const auto& ceiling : ceilings) {
      if (ceiling.held_out == held_out) sum += ceiling.right.value(), ++count;
    }
  }
  return count == 0 ? 0 : sum / count;
}

}  // namespace imagine::evaluate
