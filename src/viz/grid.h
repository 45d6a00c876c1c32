/// Many pictures in one, for people to look at.
#pragma once

#include <string>
#include <vector>

#include "imagine/image.h"

namespace imagine::viz {

/// Rows of `columns` pictures on white, in cells as large as the largest, `gap` pixels between
/// them. InputError if there is no picture or no column, or the sheet would be wider or higher than
/// 32767 pixels.
Image contact_sheet(const std::vector<Image>& images, int columns, int gap = 4);

/// The same of pictures scaled to fit `cell` by `cell` pixels, each above its caption: UTF-8 in the
/// system's sans-serif font, on two lines at most and cut off by an ellipsis.
Image labelled_sheet(const std::vector<Image>& images, const std::vector<std::string>& captions,
                     int columns, int cell);

}  // namespace imagine::viz
