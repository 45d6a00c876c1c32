/// A folder of pictures as people have it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "imagine/image.h"
#include "io/file.h"

namespace imagine::data {

/// The files that can be meant as pictures, in the order of their names. What begins with a dot
/// (.DS_Store, ._1.jpg), what Windows leaves (Thumbs.db, desktop.ini), texts beside pictures and
/// folders count as nothing.
std::vector<io::fs::path> picture_files(const io::fs::path& folder);

/// Calls `picture` with each of these files that can be read, and returns why the others cannot be.
/// InputError where no picture is left.
std::vector<std::string> read_picture_folder(const io::fs::path& folder,
                                             const std::function<void(Image image)>& picture);

}  // namespace imagine::data
