#include "serve/access.h"

#include <algorithm>

#include "core/base64.h"
#include "core/check.h"
#include "core/lower_case.h"
#include "io/secret.h"
#include "serve/http/header_value.h"
#include "serve/jobs/id.h"

namespace imagine::serve {
namespace {

constexpr const char* kHeadersOfClients =
    "Authorization, Content-Type, Idempotency-Key, X-Api-Key, X-Goog-Api-Key";

/// Looks at all letters, whichever differ.
bool equal(const std::string& a, const std::string& b) {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  }
  return difference == 0;
}

/// The keys that a request shows.
std::vector<std::string> keys_in(const Head& head) {
  std::vector<std::string> keys;
  for (const auto* name : {"x-api-key", "x-goog-api-key"}) {
    if (auto key = head.header(name); !key.empty()) keys.push_back(std::move(key));
  }
  if (const auto found = head.query.find("key"); found != head.query.end()) {
    keys.push_back(found->second);
  }
  const auto authorization = head.header("authorization");
  const auto space = std::min(authorization.find(' '), authorization.size());
  const auto scheme = parsed_value(authorization.substr(0, space)).value;
  const std::string given(trimmed(std::string_view(authorization).substr(space)));
  if (scheme == "bearer") keys.push_back(given);
  if (scheme == "basic") {
    const auto pair = base64_bytes(given).value_or("");
    keys.push_back(pair);  // as some servers are told theirs: "user:password"
    if (const auto colon = pair.find(':'); colon != pair.npos)
      keys.push_back(pair.substr(colon + 1));
  }
  return keys;
}

/// Hosts mean the same in any case: "LocalHost.:8080" -> "localhost", "[::1]:80" -> "[::1]"
std::string name_of_host(const std::string& host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  auto name = lower_case(host.substr(0, host.find(':')));
  if (name.ends_with('.')) name.pop_back();  // the root of all names
  return name;
}

/// As browsers say it: without a slash behind.
std::string origin_named(const std::string& origin) {
  auto named = lower_case(origin);
  if (named.ends_with('/')) named.pop_back();
  return named;
}

/// An address of 127.0.0.0/8 has digits and dots alone: "127.a.example" is anybody's name.
bool is_this_machine(const std::string& name) {
  const bool is_address = name.find_first_not_of("0123456789.") == name.npos;
  return name == "localhost" || name == "[::1]" || name.ends_with(".localhost") ||
         (is_address && name.starts_with("127."));
}

/// "https://a.example:8" -> "a.example:8"
std::string host_of_origin(const std::string& origin) {
  const auto scheme = origin.find("://");
  return scheme == origin.npos ? std::string() : origin.substr(scheme + 3);
}

}  // namespace

Access::Access(const AccessOptions& options) : options_(options), secret_(new_id("")) {
  for (const auto& key : options.keys) {
    check<ConfigError>(!key.empty(), "api-key: expected a key, got an empty one");
    hashes_.push_back(io::keyed_hash(secret_, key));
  }
  for (auto& host : options_.hosts) host = name_of_host(host);
  for (auto& origin : options_.origins) origin = origin_named(origin);
}

std::optional<std::size_t> Access::key_of(const Head& head) const {
  std::optional<std::size_t> found;
  for (const auto& key : keys_in(head)) {
    const auto hash = io::keyed_hash(secret_, key);
    for (std::size_t i = 0; i < hashes_.size(); ++i) {
      if (equal(hash, hashes_[i])) found = i;
    }
  }
  return found;
}

bool Access::allows(const std::string& origin) const {
  return std::ranges::any_of(options_.origins, [&](const std::string& allowed) {
    if (allowed == "localhost") return is_this_machine(name_of_host(host_of_origin(origin)));
    return allowed == "*" || allowed == origin_named(origin);
  });
}

std::optional<Refusal> Access::refusal(const Head& head, bool needs_key) const {
  const auto host = head.header("host"), origin = head.header("origin");
  const auto name = name_of_host(host);
  const bool known =
      is_this_machine(name) || std::ranges::find(options_.hosts, name) != options_.hosts.end();
  if (options_.is_local && !known) {
    return Refusal{403, concat("Host: expected localhost, 127.0.0.1 or a name of --allowed-hosts, "
                               "got another")};
  }
  if (!origin.empty() && host_of_origin(origin) != host && !allows(origin)) {
    return Refusal{403,
                   "Origin: expected this server's own pages or those of --cors-origins, got "
                   "another"};
  }
  if (needs_key && !hashes_.empty() && !key_of(head)) {
    return Refusal{401, keys_in(head).empty() ? "expected an API key, got none"
                                              : "expected a valid API key, got another"};
  }
  return {};
}

std::string Access::owner(const Head& head) const {
  const auto key = key_of(head);
  return key ? concat("key ", *key) : concat("address ", head.peer);
}

std::vector<std::pair<std::string, std::string>> Access::headers(const Head& head) const {
  const auto origin = head.header("origin");
  if (origin.empty() || !allows(origin)) return {};
  const auto asked = head.header("access-control-request-headers");  // clients add their own
  return {{"Access-Control-Allow-Origin", origin},
          {"Access-Control-Allow-Methods", "GET, POST, DELETE, OPTIONS"},
          {"Access-Control-Allow-Headers", asked.empty() ? kHeadersOfClients : asked},
          {"Access-Control-Expose-Headers", "Location, Retry-After, X-Request-Id, X-Seed"},
          {"Access-Control-Max-Age", "600"},
          {"Vary", "Origin"}};
}

}  // namespace imagine::serve
