/// How a pull tells what it does, and hears that nobody wants it any more.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/stop.h"

namespace imagine::hub {

struct Listener {
  /// A line that stays.
  std::function<void(const std::string&)> note = [](const std::string&) {};
  /// Bytes that are there, of how many; often.
  std::function<void(std::uint64_t done, std::uint64_t total)> progress = [](auto, auto) {};
  StopCheck stop = {};
};

/// "1.37 GB", "12 kB": in powers of 1000, as disks are sold.
std::string shown_bytes(std::uint64_t bytes);

}  // namespace imagine::hub
