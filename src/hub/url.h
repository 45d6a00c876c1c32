/// A URL, as far as a client must understand it.
#pragma once

#include <string>

namespace imagine::hub {

/// http or https, without a user's name in it.
class Url {
 public:
  /// FormatError names `where` it came from.
  Url(const std::string& text, const std::string& where);

  /// The URL that a Location header of this one's answer means, absolute or relative. FormatError.
  Url at(const std::string& location) const;

  const std::string& text() const { return text_; }
  const std::string& host() const { return host_; }
  /// Scheme, host and port: what may know a secret is decided by all three.
  const std::string& origin() const { return origin_; }
  bool is_https() const { return origin_.starts_with("https:"); }
  /// Whether the host is this machine.
  bool is_local() const;
  /// For messages: without the query, which may hold a signature.
  std::string shown() const;

 private:
  std::string text_, host_, origin_;
};

}  // namespace imagine::hub
