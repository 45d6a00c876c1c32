/// Pictures from files and to files, with all that a file can hold of one.
#pragma once

#include <string>
#include <vector>

#include "imagine/recipe.h"
#include "io/image_file.h"

namespace imagine::cli {

/// For super-resolution: the colours, and the alpha apart where the file has one.
Source read_layered_source(const std::string& path);

/// For a mask: on black ground, so that what is transparent is not chosen.
Source read_mask(const std::string& path);

struct PictureFile {
  io::Bytes bytes;
  std::vector<std::string> notes;  ///< what the format could not hold, in words
};

/// The picture with its recipe inside.
PictureFile picture_file(const Picture& picture, io::ImageFormat format);

}  // namespace imagine::cli
