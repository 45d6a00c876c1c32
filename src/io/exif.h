/// The two blocks of metadata that JPEG and WebP carry: EXIF for A1111's text, XMP for our JSON.
#pragma once

#include <string>
#include <string_view>

#include "io/file.h"

namespace imagine::io {

/// A TIFF block with a UserComment in UTF-16, as piexif writes it for A1111 (CIPA DC-008, 4.6.5).
Bytes make_exif(std::string_view user_comment);

/// The UserComment in UTF-8; empty if there is none or the block is broken. An "Exif\0\0" before
/// the block is skipped.
std::string user_comment(std::string_view exif);

/// An XMP packet (ISO 16684-1) whose only property is the JSON text.
Bytes make_xmp(std::string_view json);

/// The JSON text of a packet that make_xmp wrote; else empty.
std::string json_of_xmp(std::string_view xmp);

}  // namespace imagine::io
