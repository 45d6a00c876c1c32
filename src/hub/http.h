/// One request and its answer. Redirects are not followed and nothing is tried twice: whoever asks
/// decides who may know what.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/stop.h"
#include "hub/settings.h"
#include "hub/url.h"
#include "imagine/error.h"

namespace imagine::hub {

/// The other side could not be reached, was silent or hung up.
class NetworkError : public ResourceError {
 public:
  /// `reached`: the other side answered at all.
  NetworkError(const std::string& what, bool reached, bool may_pass)
      : ResourceError(what), reached_(reached), may_pass_(may_pass) {}

  bool reached() const { return reached_; }
  /// Whether a second try makes sense: a wrong certificate stays wrong.
  bool may_pass() const { return may_pass_; }

 private:
  bool reached_, may_pass_;
};

/// What came back. Header names are in lower case; a header that comes twice is joined by commas.
struct Answer {
  long status = 0;
  std::map<std::string, std::string> headers = {};
  std::string text = {};  ///< the body where nobody took it; of a refusal its first MB

  /// Empty where there is none.
  std::string header(const std::string& name) const;
  /// A header that is a count of bytes.
  std::optional<std::uint64_t> count(const std::string& name) const;
};

/// Takes the body, piece by piece; false ends the transfer without an error.
using Body = std::function<bool(std::string_view)>;
/// Asked once all headers of an answer are there, with status 200 or 206: who takes its body.
using Receive = std::function<Body(const Answer&)>;

struct Request {
  Url url;
  bool head = false;                      ///< HEAD, which has no body; else GET
  std::vector<std::string> headers = {};  ///< "Name: value"
  Receive receive = {};                   ///< empty: Answer::text takes the body, up to 64 MB
};

/// Keeps its connection open between requests. For one thread at a time; `stop` is asked about once
/// a second while it waits.
class Http {
 public:
  Http(const Settings& settings, StopCheck stop);
  ~Http();
  Http(const Http&) = delete;
  Http& operator=(const Http&) = delete;

  /// Any status is an answer. NetworkError names the URL without its query; what `receive`, its
  /// body or `stop` throw comes through.
  Answer ask(const Request& request);

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
  std::string http_proxy_;
};

}  // namespace imagine::hub
