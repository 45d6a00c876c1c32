/// A loop over independent items on several threads.
#pragma once

#include <functional>

namespace imagine::data {

/// Calls item(0) .. item(count - 1), each once, on up to `threads` threads, lower ones first. The
/// first exception stops the taking of new items and is thrown again here.
void parallel_for(int count, int threads, const std::function<void(int)>& item);

}  // namespace imagine::data
