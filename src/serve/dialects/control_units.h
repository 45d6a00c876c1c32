/// What the ControlNet extension of AUTOMATIC1111's programs asks for.
#pragma once

#include <optional>

#include "core/fields.h"
#include "imagine/control.h"

namespace imagine::serve {

/// The control that the units in `alwayson_scripts` come to: by module, control type or model's
/// name, canny finds a picture's edges or takes them as they are, scribble, depth and seg are taken
/// as they are. Nothing where none is enabled. Problem 422 for other scripts and units, by where the
/// client wrote it: "alwayson_scripts.controlnet.args[1].weight".
std::optional<Control> control_of(const Json& scripts);

}  // namespace imagine::serve
