/// What a PNG says besides its pixels, wherever in the file it stands; not for use outside io.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "io/color.h"
#include "io/image_file.h"

namespace imagine::io {

/// The chunks from the signature up to IEND; what follows it is not looked at.
class PngChunks {
 public:
  /// FormatError for a chunk that is longer than the file (libpng would take as much memory first)
  /// or one that a picture needs (in capitals: IHDR, IDAT) with a wrong checksum.
  PngChunks(std::string_view bytes, const std::string& where);

  /// The first of that type whose checksum is right; empty if there is none.
  std::string_view find(std::string_view type) const;

  /// By the order of the third edition (2025): cICP, iCCP, sRGB, gAMA and cHRM. FormatError for
  /// high dynamic range.
  ColorProfile colors(const std::string& where) const;

  /// The texts of tEXt, zTXt and iTXt, of equal keywords the last one. What is damaged, or makes
  /// more than 16 MB of them all, is passed over.
  Provenance provenance() const;

 private:
  struct Chunk {
    std::string_view type, data;
  };
  std::vector<Chunk> chunks_;
};

}  // namespace imagine::io
