#include "train/held_out.h"

#include <algorithm>
#include <utility>

#include "core/check.h"

namespace imagine::train {
namespace {

constexpr std::int64_t kPart = 512;

}  // namespace

HeldOut::HeldOut(std::int64_t samples, FaultOf fault_of)
    : samples_(samples), fault_of_(std::move(fault_of)) {
  divide(samples > kPart ? kPart : std::max<std::int64_t>(2, (samples + 1) / 2));
  if (samples > kPart) return;
  std::string fault;
  if (leaves_some(fault)) return;
  divide(samples);
  check<FormatError>(leaves_some(fault), "stream: shards: expected at least 2 samples that can be ",
                     "used, got fewer of ", samples, ", the last: ", fault);
}

std::int64_t HeldOut::at(std::int64_t place) const {
  const auto part = place / part_size_, offset = place % part_size_;
  const auto held_out = offset_in(part);
  if (offset == 0) return place + held_out;
  return offset == held_out ? part * part_size_ : place;
}

void HeldOut::divide(std::int64_t part_size) {
  part_size_ = part_size;
  offsets_ =
      std::vector<std::atomic<std::uint16_t>>(std::size_t((samples_ + part_size - 1) / part_size));
}

/// Where in its part the held-out sample is.
std::int64_t HeldOut::offset_in(std::int64_t part) const {
  auto& known = offsets_[std::size_t(part)];
  if (const auto value = known.load(std::memory_order_relaxed)) return value - 1;
  const auto begin = part * part_size_, size = std::min(part_size_, samples_ - begin);
  std::int64_t offset = 0;
  while (offset < size && !fault_of_(begin + offset).empty()) ++offset;
  if (offset == size) offset = 0;
  known.store(std::uint16_t(offset + 1), std::memory_order_relaxed);
  return offset;
}

/// Whether a sample that is not held out can be used; else `fault` is why one of them cannot.
bool HeldOut::leaves_some(std::string& fault) const {
  for (std::int64_t place = 0; place < samples_; ++place) {
    if (place % part_size_ == 0) continue;
    const auto found = fault_of_(at(place));
    if (found.empty()) return true;
    fault = found;
  }
  return false;
}

}  // namespace imagine::train
