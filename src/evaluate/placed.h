/// Bodies asked for in parts of the picture, and whether those that a judge found stand there.
#pragma once

#include <vector>

#include "evaluate/composition.h"

namespace imagine::evaluate {

struct Placed {
  Asked body;
  Box box;
};

/// Whether the middle of exactly one body lies in each box, it is the one asked for, and there is
/// none elsewhere. Boxes do not overlap. `found` has boxes.
bool fills(const std::vector<Placed>& asked, const std::vector<Found>& found);

/// Whether a body whose middle lies in a box has the colour asked for in another, and not its own.
bool swaps_colours(const std::vector<Placed>& asked, const std::vector<Found>& found);

/// How far the best body of that shape and colour covers the box: 0 where there is none.
double overlap_of(const Placed& asked, const std::vector<Found>& found);

}  // namespace imagine::evaluate
