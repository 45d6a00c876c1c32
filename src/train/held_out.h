/// Which samples of a stream are never trained on.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace imagine::train {

/// A set is divided into parts of 512 samples, a set of 3 to 512 into two halves. Of each part one
/// sample is held out: the first that can be used (of a part without any its first). Which one that
/// is follows from the samples alone; it is looked for when it is first asked for and kept in two
/// bytes a part. Any thread may ask.
class HeldOut {
 public:
  /// Why a sample cannot be used; empty if it can.
  using FaultOf = std::function<std::string(std::int64_t sample)>;

  /// `samples` at least 2. Of a set of up to 512 both are looked for at once: where they would
  /// leave nothing that can be used only one is held out; FormatError where that does not either.
  HeldOut(std::int64_t samples, FaultOf fault_of);

  std::int64_t part_size() const { return part_size_; }

  /// The set with each held-out sample in the first place of its part: which sample is at `place`.
  /// The two have changed places, so that all others stay.
  std::int64_t at(std::int64_t place) const;

 private:
  void divide(std::int64_t part_size);
  std::int64_t offset_in(std::int64_t part) const;
  bool leaves_some(std::string& fault) const;

  std::int64_t samples_, part_size_ = 0;
  FaultOf fault_of_;
  mutable std::vector<std::atomic<std::uint16_t>> offsets_;  // and 1; 0: not looked for yet
};

}  // namespace imagine::train
