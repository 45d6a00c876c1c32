/// How much memory the machine has.
#pragma once

#include <cstdint>
#include <unistd.h>

namespace imagine {

/// In bytes.
inline std::uint64_t physical_memory() {
  return std::uint64_t(sysconf(_SC_PHYS_PAGES)) * std::uint64_t(sysconf(_SC_PAGESIZE));
}

}  // namespace imagine
