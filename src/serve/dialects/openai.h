/// OpenAI's Images API: generations, streams of partial pictures, models.
#pragma once

#include "serve/service.h"

namespace imagine::serve {

/// {"error": {message, type, param, code}}
HttpResponse openai_fault(int status, const std::string& reason, const std::string& field);
void add_openai(Routes& routes, Desk& desk);

}  // namespace imagine::serve
