/// The server's own part: what all dialects share.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "serve/access.h"
#include "serve/board.h"
#include "serve/routes.h"
#include "serve/server.h"
#include "serve/shelf.h"

namespace imagine::serve {

/// What an operator allows each request.
struct Limits {
  int count = 10;                         ///< pictures
  int steps = 200;                        ///< of each stage
  std::int64_t pixels = 4 * 1024 * 1024;  ///< of a picture that is drawn
  std::size_t prompt = 32'000;            ///< bytes
};

struct ServiceOptions {
  ServerOptions server = {};
  AccessOptions access = {};
  ShelfOptions shelf = {};
  BoardOptions board = {};
  Limits limits = {};
};

/// How a dialect tells of errors: the body that goes with a status.
using Fault = HttpResponse (*)(int status, const std::string& reason, const std::string& field);

/// What a handler throws where the fault is known: a status of HTTP and the field it is about.
class Problem : public Error {
 public:
  Problem(int status, const std::string& reason, std::string field = {})
      : Error(reason), status_(status), field_(std::move(field)) {}
  int status() const { return status_; }
  const std::string& field() const { return field_; }

 private:
  int status_;
  std::string field_;
};

/// What dialects work with. All may be called by any thread.
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

/// Listens and answers until it goes.
class Service {
 public:
  explicit Service(const ServiceOptions& options);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  std::uint16_t port() const;
  /// Lets jobs end for so long; new ones are refused.
  void drain(std::chrono::seconds time);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace imagine::serve
