/// What people would ask for to get a scene.
#pragma once

#include <vector>

#include "core/random.h"
#include "data/sample.h"
#include "data/scene.h"

namespace imagine::data {

/// Four to six different captions, seven in ten English and the others (one at least) Italian, from
/// short ("a red sphere") to long and exact (all bodies with their material, relation, ground). All
/// are true and name every body. InputError for a backdrop: nothing stands on it.
std::vector<Caption> captions_of(const Scene& scene, Random& random);

}  // namespace imagine::data
