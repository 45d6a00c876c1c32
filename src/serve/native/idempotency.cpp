#include "serve/native/idempotency.h"

#include "serve/problem.h"

namespace imagine::serve {
namespace {

constexpr std::size_t kMost = 10'000;
constexpr std::size_t kLongestKey = 255;  // bytes

}  // namespace

std::string Idempotency::job_for(const std::string& owner, const std::string& key,
                                 const std::string& body,
                                 const std::function<std::string()>& submit) {
  if (key.empty()) return submit();
  if (key.size() > kLongestKey) {
    throw Problem(400, "Idempotency-Key: expected at most 255 bytes, got more");
  }
  const auto name = owner + '\n' + key;
  const auto hash = std::hash<std::string>()(body);
  const std::lock_guard lock(mutex_);  // while it is submitted too: the second waits for the first
  if (const auto found = known_.find(name); found != known_.end()) {
    if (found->second.body != hash) {
      throw Problem(422, "Idempotency-Key: expected the body that it came with, got another");
    }
    return found->second.job;
  }
  auto job = submit();
  known_[name] = {.body = hash, .job = job};
  order_.push_back(name);
  if (order_.size() > kMost) {
    known_.erase(order_.front());
    order_.pop_front();
  }
  return job;
}

}  // namespace imagine::serve
