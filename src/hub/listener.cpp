#include "hub/listener.h"

#include <array>
#include <cmath>
#include <iomanip>
#include <sstream>

namespace imagine::hub {

std::string shown_bytes(std::uint64_t bytes) {
  constexpr double kStep = 1000;
  constexpr std::array<const char*, 5> kUnits = {"bytes", "kB", "MB", "GB", "TB"};
  double value = double(bytes);
  std::size_t unit = 0;
  while (value >= kStep && unit + 1 < kUnits.size()) value /= kStep, ++unit;
  const int digits = unit == 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  std::ostringstream text;
  text << std::fixed << std::setprecision(digits) << value << ' ' << kUnits[unit];
  return text.str();
}

}  // namespace imagine::hub
