/// What txt2img and img2img answer.
#pragma once

#include <string>

#include "core/fields.h"
#include "serve/jobs/board.h"

namespace imagine::serve {

/// {"images": [...], "parameters": {...}, "info": "{...}"}
Json a1111_answer(const Snapshot& job, bool with_images);

/// A time of now as AUTOMATIC1111's programs write it: "20261130120000".
std::string a1111_timestamp();

}  // namespace imagine::serve
