/// The memory of the program.
#pragma once

#include <cstdint>
#include <functional>

namespace imagine::bench {

/// The most bytes on the CPU that tensors hold at once while it runs in this thread, beyond what
/// they held before.
std::int64_t peak_of_allocations(const std::function<void()>& run);

/// What the program holds in memory now, mapped files included, in bytes.
std::int64_t resident();

}  // namespace imagine::bench
