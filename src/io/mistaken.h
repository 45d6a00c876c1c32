/// What people have in place of the file that they meant: told by its first bytes, with what to do.
#pragma once

#include <string>
#include <string_view>

#include "io/file.h"

namespace imagine::io {

/// What a file really is where it begins like none that we read: a Git LFS pointer, an HTML page or
/// an error that a server sent, a PyTorch pickle, nothing at all, or zeros alone. Says what to do
/// about it. Empty where it is none of these. `begin` is the file, or at least its first 4 KB.
std::string mistaken_for(std::string_view begin);

/// FormatError "WHERE: expected EXPECTED, got ..." where mistaken_for() knows what it is.
void refuse_mistaken(std::string_view begin, const std::string& where, const char* expected);

/// The folder itself; of a model in the hub's cache (models--ORG--NAME, holding blobs, refs and
/// snapshots) its one snapshot. FormatError where there is none, or several: names them.
fs::path model_folder_in(const fs::path& folder);

}  // namespace imagine::io
