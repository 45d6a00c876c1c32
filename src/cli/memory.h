/// What becomes of memory that is freed.
#pragma once

namespace imagine::cli {

/// Lets the process keep up to a gigabyte of what it frees. By default glibc gives large blocks
/// back at once, and the next picture of the same size finds each of its pages missing: a sixteenth
/// of the processor time (docs/performance.md). Does nothing with other C libraries.
void keep_freed_memory();

}  // namespace imagine::cli
