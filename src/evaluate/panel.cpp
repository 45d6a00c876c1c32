#include "evaluate/panel.h"

#include "core/check.h"
#include "evaluate/judge_training.h"
#include "evaluate/matcher_training.h"
#include "io/json_file.h"

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
