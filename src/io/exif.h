/// The two blocks of metadata that JPEG and WebP carry: EXIF for A1111's text and for how a camera
/// was held, XMP for our JSON.
#pragma once

#include <string>
#include <string_view>

#include "io/file.h"
#include "io/image_file.h"

namespace imagine::io {

/// A TIFF block with a UserComment in UTF-16, as piexif writes it for A1111 (CIPA DC-008, 4.6.5).
Bytes make_exif(std::string_view user_comment);

/// The UserComment in UTF-8; empty if there is none or the block is broken. An "Exif\0\0" before
/// the block is skipped. Of UTF-16 a mark tells the order of the bytes, else the block's own unless
/// the text is clearly of the other: programs differ.
std::string user_comment(std::string_view exif);

/// The UserComment as `parameters`, and what the tags ImageDescription, Make, Model, Software and
/// Artist say among the `others`, under these names: some programs keep their settings there.
void read_exif(std::string_view exif, Provenance& provenance);

/// How the pixels lie, 1 .. 8 (CIPA DC-008, 4.6.4, tag 274): 1 upright, 6 to be turned right by a
/// quarter ... 1 if the block does not say or is broken.
int orientation(std::string_view exif);

/// An XMP packet (ISO 16684-1) whose only property is the JSON text.
Bytes make_xmp(std::string_view json);

/// The JSON text of a packet that make_xmp wrote; else empty.
std::string json_of_xmp(std::string_view xmp);

}  // namespace imagine::io
