/// Who may ask for what: keys, the name that the server is called by, pages of other origins.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "serve/http/message.h"

namespace imagine::serve {

struct AccessOptions {
  std::vector<std::string> keys = {};     ///< none: everybody may
  std::vector<std::string> hosts = {};    ///< names that it is called by, beside this machine's own
  std::vector<std::string> origins = {};  ///< whose pages may use it: "https://a.example", "*"
  bool is_local = true;                   ///< it listens on this machine alone
};

/// Why a request is refused.
struct Refusal {
  int status;  ///< 401 or 403
  std::string reason;
};

/// Immutable: any thread may ask.
class Access {
 public:
  explicit Access(const AccessOptions& options);

  /// A key as Bearer, x-api-key, x-goog-api-key, ?key= or the password of Basic, compared in a time
  /// that tells nothing of it. Where the server is for this machine alone, a Host that is another
  /// name is refused: a page may have made it lead here (DNS rebinding). So is an Origin that is
  /// neither the Host nor allowed.
  std::optional<Refusal> refusal(const Head& head, bool needs_key) const;

  /// Whose request it is, as a text that does not tell the key: of equal keys, else of equal
  /// addresses, the same.
  std::string owner(const Head& head) const;

  /// What an answer to a page of an allowed origin says (CORS).
  std::vector<std::pair<std::string, std::string>> headers(const Head& head) const;

 private:
  std::optional<std::size_t> key_of(const Head& head) const;
  bool allows(const std::string& origin) const;

  AccessOptions options_;
  std::string secret_;               // of this process
  std::vector<std::string> hashes_;  // of the keys
};

}  // namespace imagine::serve
