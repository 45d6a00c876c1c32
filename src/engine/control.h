/// What a request is to follow beside its words, checked, and as its network takes it.
#pragma once

#include "models/stage.h"

namespace imagine::engine {

/// Takes the palette of the picture that it is to be taken from, and drops a control that says
/// nothing. InputError for what `first`, the stage that draws first, cannot follow.
void settle_control(Request& request, const models::StageSpec& first);

/// The same of its style.
void check_style(const Request& request, const models::StageSpec& first);

}  // namespace imagine::engine
