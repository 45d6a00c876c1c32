/// A model, and what it needs beside it, from the hub into a folder.
#pragma once

#include <string>

#include "hub/listener.h"
#include "hub/settings.h"
#include "io/file.h"

namespace imagine::hub {

struct PullOptions {
  std::string name;      ///< of the catalogue, or ORG/NAME[@REVISION][:FOLDER]
  io::fs::path to = {};  ///< empty: NAME where models are kept
};

/// Fetches what is not there yet and returns the model's folder. Says first what it will fetch, how
/// many bytes, under which licence. No file appears under its name before it is whole; what was
/// fetched of it stays for the next call. A second pull into the same folder waits for the first.
/// InputError where another name, a licence or a token would help; NetworkError and ResourceError
/// for the network and the disk; FormatError for content that is not what the hub says;
/// Interrupted, which says what is kept.
io::fs::path pull(const PullOptions& options, const Settings& settings, const Listener& listener);

}  // namespace imagine::hub
