#include "engine/sizes.h"

namespace imagine::engine {

std::vector<DrawnSize> sizes_of(const models::Cascade& cascade, Task task) {
  std::vector<DrawnSize> sizes;
  int before = 0;
  for (const auto& [stage, rule] : cascade.stages) {
    const int size = stage->size();
    const bool halves = stage->enlarges() && before > 0 && size % 2 == 0 && size / 2 > before;
    if (task != Task::upscale && halves) sizes.push_back({.size = size / 2, .shrink = 2});
    if (task != Task::upscale || stage->enlarges()) sizes.push_back({.size = size});
    before = size;
  }
  return sizes;
}

}  // namespace imagine::engine
