/// Which files of a repository a model takes.
#pragma once

#include <string>
#include <vector>

#include "hub/catalogue.h"
#include "hub/listing.h"

namespace imagine::hub {

struct Chosen {
  ListedFile file;
  std::string path;                       ///< in the model's folder
  std::vector<std::string> tensors = {};  ///< empty: the whole file
};

struct Selection {
  std::vector<Chosen> files;
  std::vector<std::string> left_out;  ///< formats that are not read, where others are there
};

/// InputError, beginning with `where`, for a file that is needed and not there.
Selection select(const Listing& listing, const Part& part, const std::string& where);

/// Whether such a tensor is among those that `Wanted::tensors` names.
bool is_wanted(const std::string& tensor, const std::vector<std::string>& tensors);

}  // namespace imagine::hub
