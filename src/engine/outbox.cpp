#include "engine/outbox.h"

#include <utility>

#include "tensor/cores.h"

namespace imagine::engine {
namespace {

thread_local bool runs_messages = false;

}  // namespace

bool Outbox::is_this_thread() { return runs_messages; }

Outbox::Outbox(std::size_t most_bytes) : most_bytes_(most_bytes), thread_([this] { serve(); }) {}

Outbox::~Outbox() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Outbox::post(std::size_t bytes, std::function<void()> message) {
  bytes += sizeof(Message);
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return messages_.empty() || bytes_ + bytes <= most_bytes_; });
    messages_.push_back({.bytes = bytes, .run = std::move(message)});
    bytes_ += bytes;
  }
  changed_.notify_all();
}

void Outbox::serve() {
  tensor::use_cores(1);  // the others compute
  runs_messages = true;
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return ends_ || !messages_.empty(); });
    if (messages_.empty()) return;
    auto message = std::move(messages_.front());
    messages_.pop_front();
    lock.unlock();
    message.run();
    message.run = nullptr;  // what it held goes before its bytes count as gone
    lock.lock();
    bytes_ -= message.bytes;
    changed_.notify_all();
  }
}

}  // namespace imagine::engine
