/// What a wish comes to: a job's order, within the operator's limits.
#pragma once

#include <string>
#include <vector>

#include "serve/desk.h"
#include "serve/wish.h"

namespace imagine::serve {

/// Puts the words of the styles of those names around its prompt, the first innermost. Problem 400
/// naming the field.
void put_styles(Request& request, const std::vector<std::string>& styles, const char* field);

/// Problem 400 where a request is beyond the limits: steps, pictures, pixels, length of prompts;
/// InputError as imagine::check_request().
void check_limits(const Limits& limits, const Model& model, const Request& request,
                  const WishNames& names);

/// With their files for their names. Problem 400 for too many; InputError for one that is not here.
std::vector<LoraUse> loras_on(const Shelf& shelf, const Limits& limits, std::vector<LoraUse> loras,
                              const WishNames& names);

/// What is edited or followed is drawn anew at a size of the model's: it waits no larger than the
/// limits.
void keep_small(Request& request, const Limits& limits);

/// With its model, format and seed; what is drawn is open. Problem as order_of().
JobOrder begun_order(const Wish& wish, Desk& desk, const std::string& owner,
                     const WishNames& names);

/// Problem 400 for what is beyond the limits, 404 for a model that is not here.
JobOrder order_of(Wish wish, Desk& desk, const std::string& owner, const WishNames& names = {});

}  // namespace imagine::serve
