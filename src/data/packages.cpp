#include "data/packages.h"

#include <algorithm>
#include <array>

#include "core/check.h"
#include "io/tar.h"

namespace imagine::data {
namespace {

constexpr std::array<Package, 6> kPackages = {{
    {"tuxpaint-stamps-default", "2022.06.04-1", "tuxpaint-stamps-default_2022.06.04-1_all.deb",
     "GPL-2.0-or-later"},
    {"fonts-noto-color-emoji", "2.042-0+deb12u1", "fonts-noto-color-emoji_2.042-0+deb12u1_all.deb",
     "OFL-1.1 (font), Apache-2.0 (rest)"},
    {"unicode-cldr-core", "41-0.1", "unicode-cldr-core_41-0.1_all.deb", "Unicode-DFS-2016"},
    {"@lobehub/fluent-emoji-3d", "1.1.0", "lobehub-fluent-emoji-3d-1.1.0.tgz",
     "MIT (LobeHub); emoji by Microsoft, MIT"},
    {"@lobehub/fluent-emoji-flat", "1.1.0", "lobehub-fluent-emoji-flat-1.1.0.tgz",
     "MIT (LobeHub); emoji by Microsoft, MIT"},
    {"emoji-datasource-google", "16.0.0", "emoji-datasource-google-16.0.0.tgz",
     "MIT (data), Apache-2.0 (images)"},
}};

}  // namespace

std::span<const Package> packages() { return kPackages; }

io::fs::path package_file(const PackageFolder& folder, std::string_view name) {
  const auto found = std::ranges::find(kPackages, name, &Package::name);
  check<InputError>(found != kPackages.end(), "package: unknown name \"", name, "\"");
  auto path = folder.path / found->file;
  check<InputError>(io::fs::is_regular_file(path), path.string(), ": expected the package ", name,
                    " ", found->version, ", got no such file; tools/fetch_packages.sh ",
                    folder.path.string(), " gets it");
  return path;
}

void read_package(const PackageFolder& folder, std::string_view name,
                  const std::function<void(const std::string& file, io::Bytes bytes)>& member) {
  io::read_archive(package_file(folder, name), [&](const std::string& file, io::Bytes bytes) {
    check<Interrupted>(folder.go_on(), "stopped while reading the package ", name);
    member(file, std::move(bytes));
  });
}

}  // namespace imagine::data
