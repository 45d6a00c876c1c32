#include <algorithm>

#include "train/ranks.h"
#include "viz/grid.h"
#include "workshop/command.h"
#include "workshop/prompt_file.h"

namespace imagine::workshop {

using namespace cli;

namespace {

constexpr int kSmallestLabelledCell = 160;  // pixels: room for a prompt

Image sheet_of(const std::vector<Image>& images, const std::vector<std::string>& captions,
               int columns) {
  if (captions.empty()) return viz::contact_sheet(images, columns);
  return viz::labelled_sheet(images, captions, columns,
                             std::max(kSmallestLabelledCell, images.front().width));
}

void add_all(CLI::App& app) {
  add_generate(app, {.make_sheet = sheet_of, .draw_prompt_file = draw_prompt_file});
  for (auto* add : {add_edit, add_upscale, add_info, add_train, add_grow, add_distill,
                    add_dreambooth, add_dataset, add_import, add_bench, add_evaluate, add_judge,
                    add_matcher, add_plan, add_pull, add_models, add_serve, add_completion, add_manual}) {
    add(app);
  }
}

}  // namespace

Program program() {
  return {.add_commands = add_all,
          .follows = [] { return train::Ranks::follows() || prompt_file_follows(); },
          .abandon = [](int code) { train::Ranks::abandon(code); }};
}

}  // namespace imagine::workshop
