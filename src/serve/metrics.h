/// Figures of the server's work, as Prometheus reads them.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "serve/jobs/board.h"

namespace imagine::serve {

/// Any thread may call it.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// A request's answer began, so many seconds after it was read.
  void note_request(const std::string& dialect, int status, double seconds);
  void note_job(const JobTimes& job);
  /// In Prometheus' text format.
  std::string text(const Board::Load& load, std::size_t open_requests);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace imagine::serve
