/// Cut-outs from the stamps of Tux Paint: photographs and drawings with captions written by people.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/cutout.h"
#include "data/packages.h"

namespace imagine::data {

enum class StampKind { photo, drawing, unwanted };

/// `path` from below "stamps/", with extension: "food/fruit/apple_red.png".
StampKind stamp_kind(std::string_view path);

/// The English and Italian names in a stamp's text file (first line, "it.utf8=..." line); none
/// where the English line is no caption. `stem` is the file name without extension.
struct StampNames {
  Name english;
  Name italian;
};
std::optional<StampNames> stamp_names(std::string_view stem, std::string_view text);

/// Photographs, then drawings (SVG where the same stem has both), by path.
std::vector<Cutout> read_stamps(const PackageFolder& packages);

}  // namespace imagine::data
