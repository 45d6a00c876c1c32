#include "evaluate/placed.h"

#include <algorithm>

#include "evaluate/boxes.h"

namespace imagine::evaluate {
namespace {

std::vector<Found> within(const Box& box, const std::vector<Found>& found) {
  std::vector<Found> inside;
  std::ranges::copy_if(found, std::back_inserter(inside),
                       [&](const Found& body) { return holds(box, middle_of(body.box.value())); });
  return inside;
}

}  // namespace

bool fills(const std::vector<Placed>& asked, const std::vector<Found>& found) {
  const auto is_filled = [&](const Placed& placed) {
    const auto inside = within(placed.box, found);
    return inside.size() == 1 && fits(placed.body, inside[0]);
  };
  return found.size() == asked.size() && std::ranges::all_of(asked, is_filled);
}

bool swaps_colours(const std::vector<Placed>& asked, const std::vector<Found>& found) {
  return std::ranges::any_of(asked, [&](const Placed& placed) {
    const auto inside = within(placed.box, found);
    return std::ranges::any_of(inside, [&](const Found& body) {
      return body.colour != placed.body.colour &&
             std::ranges::any_of(
                 asked, [&](const Placed& other) { return body.colour == other.body.colour; });
    });
  });
}

double overlap_of(const Placed& asked, const std::vector<Found>& found) {
  double best = 0;
  for (const auto& body : found) {
    if (fits(asked.body, body)) best = std::max(best, overlap_of(asked.box, body.box.value()));
  }
  return best;
}

}  // namespace imagine::evaluate
