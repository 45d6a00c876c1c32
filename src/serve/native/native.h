/// The server's own API: jobs, their events and pictures, what can be asked for.
#pragma once

#include "serve/desk.h"

namespace imagine::serve {

void add_native(Routes& routes, Desk& desk);

}  // namespace imagine::serve
