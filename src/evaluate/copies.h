/// Whether pictures are copies of others, such as those of the training.
#pragma once

#include <optional>
#include <vector>

#include "tensor/types.h"

namespace imagine::evaluate {

/// The picture of another set that is nearest.
struct Nearest {
  int64_t row = 0;      ///< in the other set
  double distance = 0;  ///< root mean square of the difference, pixels in 0 .. 1 at 32x32
};

/// Pictures in which the nearest of others are looked up, however they are shifted by up to four
/// pixels sideways and down at 32x32: of the 32 that are nearest without a shift and coarsely, at
/// 8x8, the nearest.
class Neighbours {
 public:
  /// [N, 3, S, S] bytes, S a multiple of 32. InputError for fewer than two.
  explicit Neighbours(const Tensor& pictures);

  /// Of each of the pictures, [*, 3, S, S] bytes.
  std::vector<Nearest> nearest_of(const Tensor& pictures) const;
  /// Of its own picture `row`, which does not count itself.
  Nearest nearest_of_own(int64_t row) const;

 private:
  Nearest nearest(const Tensor& coarse, const Tensor& fine, std::optional<int64_t> but) const;

  Tensor coarse_;  // [N, 3 * 8 * 8]
  Tensor fine_;    // [N, 3, 32, 32]
};

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

/// How many of the pictures are authentic (Alaa et al. 2022): further from the nearest picture of
/// the training than that one is from the nearest other of the training.
int count_authentic(const std::vector<Nearest>& pictures, const Neighbours& training);

}  // namespace imagine::evaluate
