/// Which rank updates which parameters (ZeRO stage 1, Rajbhandari et al. 2020).
#pragma once

#include <vector>

#include "train/parameters.h"

namespace imagine::train {

/// A stretch of the flat parameters.
struct Stretch {
  int64_t begin = 0, end = 0;

  int64_t count() const { return end - begin; }
  Tensor of(const Tensor& flat) const { return flat.narrow(0, begin, end - begin); }
};

/// One for each of `ranks`, in order and without gaps, nearly equal; no parameter lies in two, as
/// Muon needs whole matrices. Empty for some where there are more ranks than parameters.
std::vector<Stretch> shares_of(const FlatParameters& parameters, int ranks);

/// The parameters of a share in parts of about `size` elements, no parameter in two.
std::vector<Stretch> buckets_of(const FlatParameters& parameters, const Stretch& share,
                                int64_t size);

}  // namespace imagine::train
