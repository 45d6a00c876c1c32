/// Samples that cannot be used, told by their reasons.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "core/check.h"

namespace imagine::data {

/// Why a sample is passed over.
enum class Fault {
  broken_member,
  no_caption,
  broken_caption,
  caption_too_short,
  caption_too_long,
  no_picture,
  broken_picture,
  picture_too_small,
  broken_states
};
inline constexpr std::array<const char*, 9> kFaults = {
    "broken member",     "no caption",        "broken caption",
    "caption too short", "caption too long",  "no picture",
    "broken picture",    "picture too small", "broken states of captions"};

/// The message names the sample, what was expected and what came.
class UnusableSample : public FormatError {
 public:
  UnusableSample(Fault fault, const std::string& message) : FormatError(message), fault_(fault) {}
  Fault fault() const { return fault_; }

 private:
  Fault fault_;
};

/// Throws it of the parts joined to one line unless `condition` holds.
template <class... Parts>
void check_usable(bool condition, Fault fault, const Parts&... parts) {
  if (!condition) throw UnusableSample(fault, concat(parts...));
}

/// Runs `read`; a FormatError that does not tell its fault is of this one.
template <class Read>
auto with_fault(Fault fault, const Read& read) {
  try {
    return read();
  } catch (const UnusableSample&) {
    throw;
  } catch (const FormatError& error) {
    throw UnusableSample(fault, error.what());
  }
}

struct Skipped {
  std::int64_t times = 0;
  std::string example;  ///< the first one's message
};
using SkippedSamples = std::map<Fault, Skipped>;

inline void note(SkippedSamples& skipped, const UnusableSample& sample) {
  auto& [times, example] = skipped[sample.fault()];
  if (times++ == 0) example = sample.what();
}

/// "skipped 3 samples, no caption: a.tar: 0001: expected ..."
inline std::string told(Fault fault, const Skipped& skipped) {
  return concat("skipped ", skipped.times, skipped.times == 1 ? " sample, " : " samples, ",
                kFaults[std::size_t(fault)], skipped.example.empty() ? "" : ": ", skipped.example);
}

}  // namespace imagine::data
