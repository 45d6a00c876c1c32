/// The shards that a config or a command line names.
#pragma once

#include <string>
#include <vector>

#include "io/file.h"

namespace imagine::data {

/// What a name with braces stands for, in order, as the Python package braceexpand 0.1.7 has it:
/// {a,b}, {000..012}, {a..e}, {0..9..3}, nested, several, backslashes before what is meant as it
/// stands. InputError for braces that do not close, and for more than a million names.
std::vector<std::string> expand_braces(const std::string& name);

/// The tars that are named: each a .tar, a folder whose .tar files count, or a text file with one
/// of these on each line, relative to it. A name that is no file may have braces, and `*`, `?`,
/// `[...]` and `**` (folders at any depth) as in a shell; what begins with a dot is none of theirs.
/// A list that commas within braces have cut is put together. InputError where nothing is there,
/// and for what is compressed or no tar, with what to do.
std::vector<io::fs::path> find_web_shards(const std::vector<std::string>& names);

}  // namespace imagine::data
