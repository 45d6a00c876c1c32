/// What dialects work with.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>

#include "serve/access.h"
#include "serve/http/routes.h"
#include "serve/jobs/board.h"
#include "serve/problem.h"
#include "serve/shelf.h"

namespace imagine::serve {

/// What an operator allows each request.
struct Limits {
  int count = 10;                         ///< pictures
  int steps = 200;                        ///< of each stage
  std::int64_t pixels = 4 * 1024 * 1024;  ///< of a picture; enlarged it may have four times as many
  int loras = 16;                         ///< low-rank changes
  std::size_t prompt = 32'000;            ///< bytes
  std::uint64_t body = 0;                 ///< bytes: see ServerOptions::most_body
};

/// All may be called by any thread.
struct Desk {
  const Access& access;
  Shelf& shelf;
  Board& board;
  const Limits& limits;
  std::chrono::system_clock::time_point since;  ///< when the server began
};

/// The answer to an exception, in a dialect's shape: 400 for a request that cannot be served, 429
/// where the queue is full, 503 where the server ends, 500 else.
HttpResponse answer_to(std::exception_ptr error, Fault fault);

/// What a job that is over failed with; null where it did not.
std::exception_ptr failure_of(const Snapshot& job);

/// Submits, and answers when the job is over: with `response`, or by answer_to(). A client that
/// leaves cancels it.
void answer_when_drawn(const std::shared_ptr<Exchange>& exchange, Desk& desk, JobOrder order,
                       Fault fault, std::function<HttpResponse(const Snapshot&)> response);

}  // namespace imagine::serve
