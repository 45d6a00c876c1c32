/// What a repository holds at one commit.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hub/client.h"
#include "hub/digest.h"
#include "hub/source.h"

namespace imagine::hub {

struct ListedFile {
  std::string path;  ///< within the repository, checked by check_path()
  std::uint64_t size = 0;
  Digest digest = {};
};

struct Listing {
  std::string commit;  ///< 40 digits
  std::vector<ListedFile> files;
};

/// Asks the hub: the revision's commit, then all pages of its tree. FormatError where the answers
/// are not what a hub says, and for paths that would leave their folder; else as Client::read().
Listing list_files(Client& client, const Source& source);

/// Adds what one page of a tree lists, a text that `where` answered. FormatError.
void add_page(const std::string& text, const std::string& where, Listing& listing);

/// The next page that a `Link` header names; empty where it names none.
std::string next_page(const std::string& link);

}  // namespace imagine::hub
