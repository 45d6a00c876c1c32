/// What the hub's refusals mean, and what to do about them.
#pragma once

#include <string>

#include "hub/http.h"
#include "hub/settings.h"

namespace imagine::hub {

/// What a request was about, for messages.
struct Asked {
  std::string repository;
  std::string revision = {};
  std::string path = {};  ///< empty: the repository
};

/// Throws what the answer (no 2xx and no redirect) means: InputError where another name, a licence
/// or a token would help, ResourceError else. `X-Error-Code` decides before the status.
[[noreturn]] void refuse(const Answer& answer, const Asked& asked, const Settings& settings);

/// Throws what an answer without the hub's own headers means.
[[noreturn]] void refuse_stranger(const Url& url, const Answer& answer);

/// What the server says of it, in its own words: see shown().
std::string told_by(const Answer& answer);

}  // namespace imagine::hub
