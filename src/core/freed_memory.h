/// What becomes of memory that was freed.
#pragma once

#include <cstdlib>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace imagine {

/// Gives it back to the system: after much was freed that will not be asked for again. Does nothing
/// with other C libraries than glibc.
inline void give_back_freed_memory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace imagine
