/// Which version of Imagine this is. CMake reads the numbers here.
#pragma once

namespace imagine {

inline constexpr int kVersionMajor = 0;
inline constexpr int kVersionMinor = 1;
inline constexpr int kVersionPatch = 0;
inline constexpr const char* kVersion = "0.1.0";

}  // namespace imagine
