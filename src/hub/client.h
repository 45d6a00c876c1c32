/// Requests to the hub: who may know the token, where redirects lead, what is tried again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "hub/http.h"
#include "hub/listener.h"
#include "hub/refusal.h"
#include "hub/settings.h"

namespace imagine::hub {

/// An answer and whose it is, behind all redirects that were followed.
struct Followed {
  Url url;
  Answer answer;
};

/// What a HEAD of a file says.
struct Located {
  Url url;                            ///< where its bytes are; may be signed and end soon
  std::string etag;                   ///< without quotes: SHA-256, git's SHA-1, or something else
  std::optional<std::uint64_t> size;  ///< in bytes
};

/// Keeps one connection. For one thread at a time.
class Client {
 public:
  /// Both must outlive it.
  Client(const Settings& settings, const Listener& listener);

  const Settings& settings() const { return settings_; }
  const Listener& listener() const { return listener_; }

  /// A page of the hub's API (a path from its root, or an absolute URL of a trusted origin), tried
  /// again where that may help; its status is 200. Throws what refuse() says, or NetworkError.
  Answer read(const std::string& place, const Asked& asked);

  /// Where a file at a commit is, tried again where that may help. As read() throws; ResourceError
  /// where no hub answers.
  Located locate(const Asked& asked);

  /// One GET, tried once, of everything or of the bytes from the first to the last that `range`
  /// names. Redirects are followed anywhere; the token goes to trusted origins alone.
  Followed fetch(const Url& url, std::optional<std::pair<std::uint64_t, std::uint64_t>> range,
                 Receive receive);

  bool is_trusted(const Url& url) const { return settings_.is_trusted(url.origin()); }

 private:
  /// `within`: a redirect to where the token may not go ends it, and is the answer.
  Followed follow(Request request, bool within);
  Followed insist(const Request& request, const Asked& asked);

  const Settings& settings_;
  const Listener& listener_;
  Http http_;
};

}  // namespace imagine::hub
