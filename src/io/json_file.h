/// JSON from strangers, read strictly, and JSON files written whole.
#pragma once

#include <string>
#include <string_view>

#include "core/fields.h"
#include "io/file.h"

namespace imagine::io {

/// One value with nothing after it but white space. FormatError begins with `where` and tells the
/// line and column of bad syntax; nesting deeper than 64 and a key that comes twice are refused
/// too. Takes time in proportion to the text; looking up a key in the result takes time in
/// proportion to the object, so go through a large one with items().
Json parse_json(std::string_view text, const std::string& where);

/// The same of a file of at most 64 MB.
Json read_json(const fs::path& path);

/// The same of what Python's json module wrote: its Infinity and NaN, which JSON lacks, become
/// null.
Json read_python_json(const fs::path& path);
Json parse_python_json(std::string_view text, const std::string& where);

/// Two spaces a level and a newline at the end, written as write_file does.
void write_json(const fs::path& path, const Json& json);

}  // namespace imagine::io
