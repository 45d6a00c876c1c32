/// What a wish comes to: a job's order, within the operator's limits.
#pragma once

#include <string>

#include "serve/desk.h"
#include "serve/wish.h"

namespace imagine::serve {

/// Problem 400 where a request is beyond the limits: steps, pictures, pixels, bytes of prompts.
void check_limits(const Limits& limits, const Model& model, const Request& request,
                  const WishNames& names);

/// Problem 400 for what is beyond the limits, 404 for a model that is not here.
JobOrder order_of(Wish wish, Desk& desk, const std::string& owner, const WishNames& names = {});

}  // namespace imagine::serve
