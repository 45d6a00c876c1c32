/// How long something takes on this machine.
#pragma once

#include <functional>

#include "core/fields.h"

namespace imagine::bench {

/// What several runs of one thing took, two unmeasured ones before them.
struct Timing {
  std::string what;
  std::string mode;  ///< "fp32" or "bf16"
  double min_ms = 0;
  double median_ms = 0;
  int runs = 0;
  int threads = 0;
  int peak_rss_mb = 0;  ///< of the program so far

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("what", self.what, "what was timed");
    field("mode", self.mode, "fp32 or bf16");
    field("min_ms", self.min_ms, "milliseconds of the fastest run");
    field("median_ms", self.median_ms, "of the middle one");
    field("runs", self.runs, "how many were measured");
    field("threads", self.threads, "that computed");
    field("peak_rss_mb", self.peak_rss_mb, "most memory of the program so far, in MiB");
  }
};

/// InputError for fewer than one run.
Timing timed(const std::function<void()>& run, int runs);

}  // namespace imagine::bench
