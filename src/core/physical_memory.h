/// How much memory there is.
#pragma once

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <unistd.h>

namespace imagine {

/// In bytes: the machine's, or the limit of the container that this runs in (Linux' control groups,
/// version 2 or 1).
inline std::uint64_t physical_memory() {
  auto memory = std::uint64_t(sysconf(_SC_PHYS_PAGES)) * std::uint64_t(sysconf(_SC_PAGESIZE));
  for (const char* file :
       {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    std::uint64_t limit = 0;
    if (std::ifstream(file) >> limit) memory = std::min(memory, limit);
  }
  return memory;
}

}  // namespace imagine
