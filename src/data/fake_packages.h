/// Tiny packages for tests: a few stamps and emojis in the layout of the real ones.
#pragma once

#include "data/packages.h"
#include "io/temporary_folder.h"

namespace imagine::data {

/// Six photographs and four drawings of Tux Paint, six emojis rendered and flat, and some files
/// that must be left out. No font of Noto.
void write_fake_packages(const io::fs::path& folder);

}  // namespace imagine::data
