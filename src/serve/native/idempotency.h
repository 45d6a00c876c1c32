/// Requests that were sent twice.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>

namespace imagine::serve {

/// Remembers by a key, which each owner chooses, what came of a request; the last thousands. Any
/// thread may ask.
class Idempotency {
 public:
  /// The job that `submit` made the first time. Problem 422 where the key came with another
  /// body. An empty key submits each time.
  std::string job_for(const std::string& owner, const std::string& key, const std::string& body,
                      const std::function<std::string()>& submit);

 private:
  struct Known {
    std::size_t body;  // its hash
    std::string job;
  };

  std::mutex mutex_;
  std::map<std::string, Known> known_;
  std::deque<std::string> order_;
};

}  // namespace imagine::serve
