/// What a client asks over HTTP and what it gets, whatever carries them.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace imagine::serve {

/// Of header names: capitals count as small letters.
struct IgnoringCase {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const;
};

using Headers = std::multimap<std::string, std::string, IgnoringCase>;

/// A request line and its headers, before the body is read.
struct Head {
  std::string method;
  std::string path;                                    ///< decoded: "/v1/models"
  std::multimap<std::string, std::string> query = {};  ///< decoded
  Headers headers = {};
  std::string scheme = "http";  ///< or https
  std::string peer = {};        ///< the client's address, without the port

  /// The header's value, the first of several; empty where there is none.
  std::string header(std::string_view name) const;
};

struct HttpRequest : Head {
  std::string body = {};
};

struct HttpResponse {
  int status = 200;
  std::string type = "application/json";
  std::string body = {};
  /// Beside those that every answer has. Values must hold no line ends.
  std::vector<std::pair<std::string, std::string>> headers = {};
};

/// One request on its way to its answer. A server makes it; any thread may call it, and calls after
/// the answer or after the client has left do nothing.
class Exchange {
 public:
  virtual ~Exchange() = default;

  virtual const HttpRequest& request() const = 0;
  /// The whole answer.
  virtual void answer(HttpResponse response) = 0;
  /// An answer in pieces: the head (its body is left out), pieces, the end.
  virtual void begin(HttpResponse head) = 0;
  virtual void send(std::string piece) = 0;
  virtual void end() = 0;
  /// Whether the client takes the pieces so slowly that it should get no more than it must.
  virtual bool is_behind() const = 0;
  /// Called once, on another thread or at once, when the client leaves before it has its answer.
  virtual void on_gone(std::function<void()> call) = 0;
};

}  // namespace imagine::serve
