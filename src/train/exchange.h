/// The gradient of all ranks, summed while the backward passes still make it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "train/ranks.h"
#include "train/shares.h"

namespace imagine::train {

/// A thread of its own sends the gradient in buckets, the last layers' first, as soon as all
/// backward passes of the update have added to a bucket. The order is the same on all ranks.
class Exchange {
 public:
  /// `ranks` and `parameters` must outlive it; all replicas of the network must be there.
  Exchange(const Ranks& ranks, FlatParameters& parameters, const std::vector<Stretch>& shares);
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  /// An update in which `passes` backward passes, over all replicas, add to each parameter.
  void begin(int64_t passes);
  /// Sends what is left. Then each rank holds the sum of its own share's gradient, and leftovers
  /// elsewhere.
  void finish();

 private:
  struct Bucket {
    Stretch stretch;
    int owner;
    int64_t parameters = 0;
    std::atomic<int64_t> missing{0};  // additions until it is whole
  };

  void note(std::size_t slot);
  void work();
  void send_all();

  const Ranks& ranks_;
  FlatParameters& parameters_;
  std::vector<std::unique_ptr<Bucket>> buckets_;  // in the order in which they are sent
  std::vector<Bucket*> bucket_of_slot_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool sends_ = false, finishes_ = false, ends_ = false;
  std::exception_ptr error_;
  std::thread thread_;
};

}  // namespace imagine::train
