/// Parts of a batch on the cores of the CPU, one part each.
#pragma once

#include <cstdint>
#include <functional>

#include "core/types.h"

namespace imagine::nn {

/// Calls work(0) .. work(workers - 1) at once, in threads of their own, whose operations use
/// `threads` cores each. Gradients are recorded there as they are here. Returns when all are done,
/// and throws what the first of them threw.
void on_cores(std::int64_t workers, int threads, const std::function<void(std::int64_t)>& work);

/// Rows begin .. begin + count - 1 of what is computed, [count, ...].
using ComputeRows = std::function<Tensor(std::int64_t begin, std::int64_t count)>;

/// Computes `rows` rows where nothing is trained: on several cores in parts, as an operation on one
/// core waits for nobody and its data stay in that core's cache; elsewhere as a whole. [rows, ...]
Tensor computed_in_parts(std::int64_t rows, torch::Device device, const ComputeRows& compute);

}  // namespace imagine::nn
