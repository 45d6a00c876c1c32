/// Names of emojis from the Unicode CLDR.
#pragma once

#include <map>
#include <string>

#include "data/packages.h"

namespace imagine::data {

/// What joins the emoji sets: the code points in lower-case hexadecimal joined by '-', without the
/// variation selector fe0f: "1f34e", "1f415-200d-1f9ba".
using EmojiNames = std::map<std::string, std::string>;

/// The key of a file name such as "1F3D4-fe0f", or of a "unified" code.
std::string emoji_key(std::string_view code);

/// Adds the names of one annotations file: <annotation cp="..." type="tts">name</annotation>.
/// A small scan that skips what it does not know.
void add_cldr_names(std::string_view xml, EmojiNames& names);

struct CldrNames {
  EmojiNames english;
  EmojiNames italian;
};

/// From the package unicode-cldr-core in `folder`.
CldrNames read_cldr(const PackageFolder& folder);

}  // namespace imagine::data
