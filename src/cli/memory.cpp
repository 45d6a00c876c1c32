#include "cli/memory.h"

#include <algorithm>
#include <cstdlib>
#include <thread>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace imagine::cli {
namespace {

constexpr int kMostArenas = 8;

}  // namespace

void keep_freed_memory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the largest that it takes
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_TOP_PAD, 64 << 20);
  // Each thread that begins may else get an arena of its own, which keeps what it freed.
  mallopt(M_ARENA_MAX, std::clamp(int(std::thread::hardware_concurrency()), 1, kMostArenas));
#endif
}

}  // namespace imagine::cli
