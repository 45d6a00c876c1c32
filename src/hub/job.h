/// What a model takes from the hub, and what of it is not here yet.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hub/catalogue.h"
#include "hub/fetch.h"
#include "hub/record.h"

namespace imagine::hub {

/// One model and its folder.
struct Job {
  Model model;
  io::fs::path folder;
  std::vector<Target> missing = {};
  std::vector<FileRecord> adopted = {};  ///< right files that no record names; by their place:
  std::vector<std::string> adopted_paths = {};
  std::vector<std::string> notes = {};  ///< for whoever pulls
  std::size_t files = 0;                ///< of the model, here or not

  /// Still to come, in bytes: without what parts hold already.
  std::uint64_t left() const;
};

/// Asks the hub, or where it may not be asked or cannot be reached the cache of other programs,
/// what there is, and looks what of it is in the folder. Reads headers of files of which only a
/// part is wanted. Errors of list_files(), select() and plan_slice(); InputError for a file in the
/// folder that is another one and was not put there by a pull.
Job plan_job(Client& client, const Model& model, const io::fs::path& folder);

/// Files that are in the folder by now are not missing any more.
void look_again(Job& job);

}  // namespace imagine::hub
