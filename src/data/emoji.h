/// Cut-outs from three emoji sets, joined by code points and named by the CLDR.
#pragma once

#include <string>
#include <vector>

#include "data/cutout.h"
#include "data/packages.h"

namespace imagine::data {

/// What all sets share of one emoji.
struct EmojiEntry {
  std::string key;  ///< see emoji_key
  std::string category;
  Name english;
  Name italian;
  bool may_flip = false;
  bool composable = false;
};

/// The concrete emojis that have a name, in the order of their keys.
std::vector<EmojiEntry> read_emoji_entries(const PackageFolder& packages);

/// Fluent 3D: WebP of 256 pixels.
std::vector<Cutout> read_fluent_render(const PackageFolder& packages,
                                       const std::vector<EmojiEntry>& entries);

/// Fluent flat: SVG, drawn at 256 pixels.
std::vector<Cutout> read_fluent_flat(const PackageFolder& packages,
                                     const std::vector<EmojiEntry>& entries);

/// Noto: PNG of 136 x 128 from the font; single code points only.
std::vector<Cutout> read_noto(const PackageFolder& packages,
                              const std::vector<EmojiEntry>& entries);

}  // namespace imagine::data
