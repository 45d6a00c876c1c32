/// What txt2img and img2img answer.
#pragma once

#include <cstdint>
#include <string>

#include "core/fields.h"
#include "serve/jobs/board.h"

namespace imagine::serve {

/// How a request wants its answer.
struct A1111Shape {
  bool with_images = true;
  std::int64_t batch_size = 1, n_iter = 1;  ///< as it asked
};

/// {"images": [...], "parameters": {...}, "info": "{...}"}
Json a1111_answer(const Snapshot& job, const A1111Shape& shape);

/// A time of now as AUTOMATIC1111's programs write it: "20261130120000".
std::string a1111_timestamp();

}  // namespace imagine::serve
