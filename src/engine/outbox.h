/// What an engine tells its callers, on a thread of its own.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace imagine::engine {

/// Runs what is posted, one after the other, in its order. Whoever posts more than the receivers
/// can take waits.
class Outbox {
 public:
  /// At most so many bytes wait to be received, or one message.
  explicit Outbox(std::size_t most_bytes);
  /// Everything that was posted is run before.
  ~Outbox();
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  /// Whether the calling thread is that of an outbox: it runs a message now.
  static bool is_this_thread();

  /// `bytes`: what the message holds, beside itself. It must not throw.
  void post(std::size_t bytes, std::function<void()> message);

 private:
  struct Message {
    std::size_t bytes;
    std::function<void()> run;
  };

  void serve();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Message> messages_;
  std::size_t most_bytes_, bytes_ = 0;
  bool ends_ = false;
  std::thread thread_;
};

}  // namespace imagine::engine
