/// All routes as an OpenAPI document.
#pragma once

#include "serve/http/routes.h"

namespace imagine::serve {

/// OpenAPI 3.1: each route that has a summary, its body as the field list that is read.
Json openapi_of(const Routes& routes);

}  // namespace imagine::serve
