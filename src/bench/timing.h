/// How long something takes on this machine.
#pragma once

#include <functional>

#include "bench/profile.h"
#include "core/fields.h"
#include "tensor/types.h"

namespace imagine::bench {

/// What several runs of one thing took, after some that were not measured.
struct Timing {
  std::string what;
  std::string mode;  ///< "fp32", "bf16" or "int8"
  double min_ms = 0;
  double median_ms = 0;
  int runs = 0;
  int threads = 0;
  double gflop = 0;          ///< of one run
  double gflops = 0;         ///< a second, in the middle run
  double share_of_peak = 0;  ///< of the best product or convolution in this type on this machine
  int peak_rss_mb = 0;       ///< of the program so far
  std::vector<OperationTime> profile = {};

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("what", self.what, "what was timed");
    field("mode", self.mode, "fp32, bf16 or int8");
    field("min_ms", self.min_ms, "milliseconds of the fastest run");
    field("median_ms", self.median_ms, "of the middle one");
    field("runs", self.runs, "how many were measured");
    field("threads", self.threads, "that computed");
    field("gflop", self.gflop, "billions of operations of one run");
    field("gflops", self.gflops, "billions of operations a second, in the middle run");
    field("share_of_peak", self.share_of_peak,
          "of what the best matrix product or convolution in this type reaches on this machine");
    field("peak_rss_mb", self.peak_rss_mb, "most memory of the program so far, in MiB");
    field("profile", self.profile, "of one run more, where it was asked for");
  }
};

struct TimingOptions {
  int runs = 7;
  int unmeasured = 2;  ///< before them
  bool profile = false;
};

/// The times alone. InputError for fewer than one run.
Timing timed(const std::function<void()>& run, const TimingOptions& options);

/// The times, what is computed meanwhile, and how near that comes to this machine's peak in
/// `dtype`.
Timing measured(const std::function<void()>& run, torch::Dtype dtype, const TimingOptions& options);

/// The same by the type's name on the CPU: bf16, fp32, auto, or int8, which has no share of a peak
/// of floating point.
Timing measured(const std::function<void()>& run, const std::string& dtype,
                const TimingOptions& options);

}  // namespace imagine::bench
