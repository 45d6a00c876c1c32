/// What does not fit between a network and its files, told together.
#pragma once

#include <string>

#include "core/check.h"
#include "io/file.h"

namespace imagine::nn {

class Offenders {
 public:
  template <class... Parts>
  void add(const Parts&... parts) {
    if (++count_ <= kShown) text_ += concat(count_ == 1 ? " " : "; ", parts...);
  }

  /// FormatError with the first ten.
  void check_none(const io::fs::path& path) const {
    check<FormatError>(count_ == 0, path.string(), ": expected the network's weights, got ", count_,
                       count_ == 1 ? " difference:" : " differences:", text_,
                       count_ > kShown ? "; ..." : "");
  }

 private:
  static constexpr int kShown = 10;
  int count_ = 0;
  std::string text_;
};

}  // namespace imagine::nn
