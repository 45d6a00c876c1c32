/// The public packages that the training data is made of: tools/fetch_packages.sh gets them.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "io/file.h"

namespace imagine::data {

struct Package {
  std::string_view name;
  std::string_view version;
  std::string_view file;     ///< its name in the packages folder
  std::string_view licence;  ///< of what we take from it, as the package states it
};

std::span<const Package> packages();

/// Where the packages are, and whether to go on reading them (asked often).
struct PackageFolder {
  io::fs::path path;
  std::function<bool()> go_on = [] { return true; };
};

/// The file of the package `name`; InputError tells how to get it if it is not there.
io::fs::path package_file(const PackageFolder& folder, std::string_view name);

/// Calls `member` with the files of the package `name`. Throws Interrupted when told to stop.
void read_package(const PackageFolder& folder, std::string_view name,
                  const std::function<void(const std::string& file, io::Bytes bytes)>& member);

}  // namespace imagine::data
