/// The Accept header of clients that want a picture and no JSON.
#pragma once

#include <optional>
#include <string_view>

#include "imagine/image_file.h"

namespace imagine::serve {

/// The format of pictures that `accept` prefers to all else (RFC 9110, sec. 12.5.1); of "image/*"
/// PNG, or another that it names. Nothing where it prefers what is no picture of ours.
std::optional<ImageFormat> accepted_format(std::string_view accept);

}  // namespace imagine::serve
