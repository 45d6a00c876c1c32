/// What can be asked for.
#pragma once

#include "serve/desk.h"

namespace imagine::serve {

/// Models with their sizes, samplers and defaults, low-rank changes, formats, limits, and the
/// schema of a job's body.
Json capabilities_of(Desk& desk);

}  // namespace imagine::serve
