/// OpenAI's Images API: generations, edits, streams of partial pictures, models.
#pragma once

#include "serve/desk.h"

namespace imagine::serve {

/// {"error": {message, type, param, code}}
HttpResponse openai_fault(int status, const std::string& reason, const std::string& field);
void add_openai(Routes& routes, Desk& desk);

}  // namespace imagine::serve
