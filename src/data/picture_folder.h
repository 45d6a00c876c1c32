/// A folder of pictures as people have it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "imagine/image.h"
#include "io/file.h"

namespace imagine::data {

/// Calls `picture` with each file that can be read, in the order of their names, and returns why
/// the others cannot be. What begins with a dot (.DS_Store, ._1.jpg), what Windows leaves
/// (Thumbs.db, desktop.ini), texts beside pictures and folders count as nothing. InputError where
/// no picture is left.
std::vector<std::string> read_picture_folder(const io::fs::path& folder,
                                             const std::function<void(Image image)>& picture);

}  // namespace imagine::data
