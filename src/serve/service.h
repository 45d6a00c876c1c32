/// The server: what listens, what it answers with, all dialects.
#pragma once

#include <chrono>
#include <memory>

#include "serve/access.h"
#include "serve/desk.h"
#include "serve/http/server.h"
#include "serve/jobs/board.h"
#include "serve/shelf.h"

namespace imagine::serve {

struct ServiceOptions {
  ServerOptions server = {};
  AccessOptions access = {};
  ShelfOptions shelf = {};
  BoardOptions board = {};
  Limits limits = {};
  bool metrics = false;  ///< whether GET /metrics answers
};

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
