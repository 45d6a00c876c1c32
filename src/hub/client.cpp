#include "hub/client.h"

#include <utility>

#include "core/check.h"
#include "hub/patience.h"
#include "hub/source.h"

namespace imagine::hub {
namespace {

constexpr long kOk = 200;
constexpr int kMostRedirects = 20;

bool is_redirect(const Answer& answer) {
  const auto status = answer.status;
  return (status == 301 || status == 302 || status == 303 || status == 307 || status == 308) &&
         !answer.header("location").empty();
}

std::string unquoted(std::string etag) {
  if (etag.starts_with("W/")) etag.erase(0, 2);
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') {
    etag = etag.substr(1, etag.size() - 2);
  }
  return etag;
}

}  // namespace

Client::Client(const Settings& settings, const Listener& listener)
    : settings_(settings), listener_(listener), http_(settings, listener.stop) {}

/// The headers of each hop are made anew: what one may know the next may not.
Followed Client::follow(Request request, bool within) {
  const bool may_be_plain = settings_.endpoint.starts_with("http:");
  const auto own_headers = request.headers;
  std::string commit;  // which not every hop says again
  for (int hops = 0; hops <= kMostRedirects; ++hops) {
    check<ResourceError>(request.url.is_https() || may_be_plain, request.url.shown(),
                         ": expected https, got a redirect to http, which anybody could change");
    request.headers = own_headers;
    if (!settings_.token.empty() && is_trusted(request.url)) {
      request.headers.push_back("Authorization: Bearer " + settings_.token);
    }
    auto answer = http_.ask(request);
    if (is_trusted(request.url) && answer.headers.contains("x-repo-commit")) {
      commit = answer.header("x-repo-commit");
    }
    if (!commit.empty()) answer.headers.try_emplace("x-repo-commit", commit);
    if (!is_redirect(answer)) return {request.url, std::move(answer)};
    auto next = request.url.at(answer.header("location"));
    check<ResourceError>(next.is_https() || !request.url.is_https(), request.url.shown(),
                         ": expected a redirect to https, got one to ", next.shown());
    if (within && !is_trusted(next)) return {request.url, std::move(answer)};
    request.url = std::move(next);
  }
  throw ResourceError(concat(request.url.shown(), ": expected at most ", kMostRedirects,
                             " redirects, got more: they may lead in a circle"));
}

/// Follows within trusted origins until something else than "later" is answered.
Followed Client::insist(const Request& request, const Asked& asked) {
  Patience patience(settings_.timing, listener_);
  while (true) {
    try {
      auto followed = follow(request, true);
      if (!is_passing(followed.answer)) {
        const auto status = followed.answer.status;
        if (status != kOk && !is_redirect(followed.answer)) {
          refuse(followed.answer, asked, settings_);
        }
        return followed;
      }
      patience.wait(followed.answer, followed.url.shown());
    } catch (const NetworkError& failure) {
      patience.wait(failure);
    }
  }
}

Answer Client::read(const std::string& place, const Asked& asked) {
  const Url root(settings_.endpoint, "HF_ENDPOINT");
  const Url url =
      place.starts_with('/') ? Url(settings_.endpoint + place, "HF_ENDPOINT") : root.at(place);
  check<ResourceError>(is_trusted(url), root.shown(), ": expected its pages on ", root.host(),
                       ", got one on ", url.host());
  auto followed = insist({.url = url}, asked);
  if (followed.answer.status != kOk) refuse_stranger(followed.url, followed.answer);
  return std::move(followed.answer);
}

Located Client::locate(const Asked& asked) {
  const auto target = concat(settings_.endpoint, '/', asked.repository, "/resolve/",
                             url_segment(asked.revision), '/', url_path(asked.path));
  auto [url, answer] = insist({.url = Url(target, "HF_ENDPOINT"), .head = true}, asked);
  if (answer.header("x-repo-commit").empty()) refuse_stranger(url, answer);
  const bool redirects = answer.status != kOk;
  auto etag = answer.header("x-linked-etag");
  if (etag.empty() && !redirects) etag = answer.header("etag");
  auto size = answer.count("x-linked-size");
  if (!size && !redirects) size = answer.count("content-length");  // else of the redirect's text
  return {.url = redirects ? url.at(answer.header("location")) : url,
          .etag = unquoted(etag),
          .size = size};
}

Followed Client::fetch(const Url& url, std::optional<std::pair<std::uint64_t, std::uint64_t>> range,
                       Receive receive) {
  Request request{.url = url, .receive = std::move(receive)};
  if (range) {
    request.headers.push_back(concat("Range: bytes=", range->first, '-', range->second));
  }
  return follow(std::move(request), false);
}

}  // namespace imagine::hub
