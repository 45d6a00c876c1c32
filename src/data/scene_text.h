/// A scene in POV-Ray's scene description language (version 3.7).
#pragma once

#include <string>

#include "data/scene.h"

namespace imagine::data {

/// One frame, whole: the same scene gives the same text, and POV-Ray the same pixels.
std::string povray_text(const Scene& scene);

}  // namespace imagine::data
