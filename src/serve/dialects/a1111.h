/// AUTOMATIC1111's API, as far as its clients ask: /sdapi/v1.
#pragma once

#include "serve/desk.h"

namespace imagine::serve {

/// {"error": ..., "detail": ..., "body": "", "errors": ""}
HttpResponse a1111_fault(int status, const std::string& reason, const std::string& field);
void add_a1111(Routes& routes, Desk& desk);

}  // namespace imagine::serve
