/// Which files of the hub are meant: a repository, a revision of it, a folder in it.
#pragma once

#include <string>
#include <string_view>

namespace imagine::hub {

struct Source {
  std::string repository;         ///< "org/name", or an old "name"
  std::string revision = "main";  ///< a branch, a tag or a commit of 40 digits
  std::string folder = {};        ///< within the repository; empty: all of it
};

/// ORG/NAME[@REVISION][:FOLDER]. InputError says which part the hub could not have; no request is
/// needed for that.
Source parse_source(const std::string& text);

/// Whether it is a commit's 40 hexadecimal digits.
bool is_commit(std::string_view revision);

/// Text as one segment of a URL's path, slashes escaped.
std::string url_segment(std::string_view text);
/// The same with slashes kept.
std::string url_path(std::string_view text);

/// FormatError, beginning with `where`, unless `path` names a file below the folder that it is
/// relative to, on any system: listings come from strangers.
void check_path(std::string_view path, const std::string& where);

}  // namespace imagine::hub
