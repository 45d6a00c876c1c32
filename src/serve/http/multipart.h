/// Forms with files (RFC 7578), as clients of pictures upload them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "imagine/error.h"

namespace imagine::serve {

struct Part {
  std::string name;
  std::string filename = {};  ///< as the client has it: never a path to write to
  std::string type = {};      ///< its Content-Type; empty where it says none
  std::string content = {};
};

/// Whether that Content-Type is a form with files.
bool is_multipart(std::string_view content_type);

/// The parts in their order. FormatError for what is none, has more than 64 parts, a part's header
/// of more than 8 KB, or ends before its last boundary.
std::vector<Part> multipart_of(std::string_view content_type, std::string_view body);

}  // namespace imagine::serve
