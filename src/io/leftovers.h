/// What killed processes leave: temporary files and folders, told by the names that they bear.
#pragma once

#include <string>

#include "io/file.h"

namespace imagine::io {

/// "HOST-NAMESPACE-PID" of this process, a part of the names of what it makes for a while. Numbers
/// of processes mean something within their namespace alone: containers may share a host's name.
std::string process_tag();

/// Removes what lies in `folder` under PREFIX, a tag of a process of this machine that is gone,
/// "-" and anything. What cannot be removed stays.
void remove_leftovers(const fs::path& folder, const std::string& prefix);

}  // namespace imagine::io
