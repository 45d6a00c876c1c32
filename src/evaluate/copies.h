/// Whether pictures are copies of others, such as those of the training.
#pragma once

#include <vector>

#include "core/types.h"

namespace imagine::evaluate {

/// The picture of another set that is nearest.
struct Nearest {
  int64_t row = 0;      ///< in the other set
  double distance = 0;  ///< root mean square of the difference, pixels in 0 .. 1 at 32x32
};

/// For each picture, however it is shifted by up to four pixels sideways and down at 32x32. Both
/// [*, 3, S, S] bytes, each of a size that is a multiple of 32. The 32 others that are nearest
/// without a shift and coarsely, at 8x8, are looked at closely. InputError where there are no
/// others.
std::vector<Nearest> nearest_of(const Tensor& pictures, const Tensor& others);

/// Pictures whose nearest is nearer than all but one in a hundred of what pictures that cannot be
/// copies have: the first percentile of `innocent`. InputError for fewer than 20 of those.
struct CopyCount {
  int copies = 0;
  double limit = 0;  ///< the distance below which a picture counts as a copy
};
CopyCount copies_in(const std::vector<Nearest>& pictures, const std::vector<Nearest>& innocent);

/// Whether pictures lie nearer to the training than innocent ones do, all of them together: the
/// z-score of the Mann-Whitney test of the distances, ties counted half (Meehan et al. 2020, C_T
/// with a single cell). Below -3 they do; above 3 they keep further away. InputError for no
/// pictures.
double copying_score(const std::vector<Nearest>& pictures, const std::vector<Nearest>& innocent);

}  // namespace imagine::evaluate
