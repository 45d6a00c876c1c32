/// What a training needs, before it is begun.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/fields.h"

namespace imagine::bench {

struct PlanOptions {
  std::string config = {};  ///< of the run
  std::int64_t ranks = 1;
  std::int64_t threads = 0;
  double tflops = 0;
  double watts = 0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("ranks", self.ranks, "processes that train together");
    field("threads", self.threads, "cores of each; 0: those of this machine, shared out");
    field("tflops", self.tflops,
          "trillions of operations a second that a rank reaches in training; 0: as measured here");
    field("watts", self.watts, "what a rank draws; 0: unknown");
  }
};

/// Bytes that one rank holds at once.
struct MemoryPlan {
  std::string how;  ///< "fp32", "bf16, recompute" ...
  std::int64_t weights = 0;
  std::int64_t gradients = 0;
  std::int64_t moments = 0;
  std::int64_t activations = 0;
  std::int64_t update = 0;
  std::int64_t program = 0;
  std::int64_t sum = 0;
  std::int64_t alone = 0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("how", self.how, "type of the computation, and whether blocks are computed again");
    field("weights", self.weights, "fp32 masters and what computes, with lora what stays");
    field("gradients", self.gradients, "of each thread");
    field("moments", self.moments, "moments and averages, shared out over the ranks");
    field("activations", self.activations, "between a forward and a backward pass, all threads");
    field("update", self.update, "while the weights move, or are written in bf16");
    field("program", self.program, "the program and, where it is at hand, the text encoder");
    field("sum", self.sum, "of all these: freed memory is kept");
    field("alone", self.alone, "the sum if the moments were not shared out");
  }
};

struct Plan {
  std::int64_t parameters = 0;
  std::int64_t updates = 0;
  std::int64_t views = 0;
  double gflop_evaluation = 0;
  double gflop_picture = 0;
  double gflop_update = 0;
  double gflops = 0;
  double hours = 0;
  double kwh = 0;
  std::vector<MemoryPlan> memory = {};

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("parameters", self.parameters, "that are trained");
    field("updates", self.updates, "of the run");
    field("views", self.views, "pictures shown in it");
    field("gflop_evaluation", self.gflop_evaluation,
          "billions of operations to evaluate a picture");
    field("gflop_picture", self.gflop_picture, "billions of operations to learn from one");
    field("gflop_update", self.gflop_update, "billions of operations to move the weights");
    field("gflops", self.gflops, "billions of operations a second, of all ranks");
    field("hours", self.hours, "of the whole run, about");
    field("kwh", self.kwh, "of the whole run; 0: unknown");
    field("memory", self.memory, "of a rank, in bytes, each way");
  }
};

/// A large network is not built: of a base two copies of one and two blocks are measured, and what
/// a block adds is counted as often as there are blocks. The time is that of lessons as a run has
/// them, on all cores; of a network of more than 40 M parameters that of the deeper copy, by its
/// share of the operations. Pictures of a smaller phase count by their pixels. ConfigError,
/// InputError.
Plan plan_of(const PlanOptions& options);

}  // namespace imagine::bench
