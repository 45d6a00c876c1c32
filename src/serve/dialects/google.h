/// Google's Imagen (:predict) and Gemini (:generateContent), under any of the paths that their
/// clients ask at.
#pragma once

#include "serve/desk.h"

namespace imagine::serve {

void add_google(Routes& routes, Desk& desk);

}  // namespace imagine::serve
