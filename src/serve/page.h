/// The page for people in a browser.
#pragma once

#include "serve/http/routes.h"

namespace imagine::serve {

/// GET / and its parts, /page/NAME. No key: the page asks for one.
void add_page(Routes& routes);

}  // namespace imagine::serve
