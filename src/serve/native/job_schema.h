/// The schema of a job's body.
#pragma once

#include "serve/desk.h"
#include "serve/schema.h"

namespace imagine::serve {

/// The fields of a request with the ranges that this server allows.
Json job_schema(const Limits& limits);

}  // namespace imagine::serve
