/// Everything that pictures of cut-outs are made of.
#pragma once

#include <functional>

#include "data/objects.h"
#include "data/packages.h"

namespace imagine::data {

/// The cut-outs of every style that has a share; Interrupted when the folder's go_on says no.
std::vector<Cutout> read_cutouts(const PackageFolder& packages, const ObjectMixture& mixture);

/// `count` grounds, rendered once and kept in `folder`. The same on every run and of every seed.
std::vector<GroundPicture> render_grounds(const io::fs::path& folder, int count,
                                          const std::function<bool()>& go_on);

}  // namespace imagine::data
