/// Which models there are, as both OpenAI's and Google's clients list them.
#pragma once

#include <string>

#include "serve/desk.h"

namespace imagine::serve {

HttpResponse models_of(const Desk& desk);
/// Whether the last segment of a path may be a model's name: not "x:countTokens", though a name may
/// have a colon.
bool is_model_name(const Desk& desk, const std::string& segment);
/// Problem 404 where it is not here.
HttpResponse model_named(const Desk& desk, const std::string& name);

}  // namespace imagine::serve
