/// How fast the pictures of a training are read, and in how much memory.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/fields.h"

namespace imagine::bench {

struct DataOptions {
  std::string config;           ///< of a run
  std::int64_t views = 20'000;  ///< pictures to read
  std::int64_t every = 5'000;   ///< pictures between two measurements
  bool pictures_only = false;   ///< captions are read and not encoded
};

struct DataSpeed {
  std::int64_t views = 0;
  double images_per_second = 0;
  int rss_mb = 0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("views", self.views, "pictures read so far");
    field("images_per_second", self.images_per_second, "since the last measurement");
    field("rss_mb", self.rss_mb, "memory of the program now, in MiB, mapped files included");
  }
};

/// The batches of the run, made by all cores and thrown away.
void read_data(const DataOptions& options, const std::function<void(const DataSpeed&)>& on_speed);

}  // namespace imagine::bench
