/// The body of a job: the fields of a request (imagine/request.h), by their own names.
#pragma once

#include "serve/desk.h"

namespace imagine::serve {

/// Problem 400 that names the field; unknown keys are refused.
JobOrder job_order_of(const HttpRequest& request, Desk& desk);

}  // namespace imagine::serve
