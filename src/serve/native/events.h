/// A job's course as server-sent events.
#pragma once

#include <memory>
#include <string>

#include "serve/desk.h"

namespace imagine::serve {

/// Whole snapshots, so that who comes back has lost nothing: status, progress (a few a second),
/// preview, output. The job goes on when the client leaves.
void stream_events(const std::shared_ptr<Exchange>& exchange, Desk& desk, const std::string& id);

}  // namespace imagine::serve
