/// HTTP/1.1 on a TCP port.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "imagine/error.h"
#include "serve/http/message.h"

namespace imagine::serve {

/// What answers requests. Called by several threads at once.
class Application {
 public:
  virtual ~Application() = default;
  /// Before the body is read: a refusal, after which the connection is closed.
  virtual std::optional<HttpResponse> refuse(const Head& head) = 0;
  /// Returns soon; the answer may come later.
  virtual void serve(std::shared_ptr<Exchange> exchange) = 0;
  /// The answer to what is no request that can be read, of which `head` is known: a status and a
  /// reason.
  virtual HttpResponse fault(const Head& head, int status, const std::string& reason) = 0;
  /// What stands in every answer to such a request, beside the answer's own.
  virtual std::vector<std::pair<std::string, std::string>> headers(const Head& head) = 0;
  /// An answer begins: its status, and seconds after the request was read.
  virtual void note(const Head& /*head*/, int /*status*/, double /*seconds*/) {}
};

struct ServerOptions {
  std::string host = "127.0.0.1";  ///< an address of this machine
  std::uint16_t port = 0;          ///< 0: one that is free
  int threads = 2;                 ///< that read and write
  std::size_t most_connections = 256;
  std::uint64_t most_body = std::uint64_t(64) << 20;  ///< bytes
  /// For a request line and its headers; so long a body may be silent.
  std::chrono::seconds head_time{15};
  std::chrono::seconds idle_time{75};   ///< between two requests
  std::chrono::seconds write_time{60};  ///< that a client may take for 64 kB of its answer
  std::uint64_t least_pace = 32 << 10;  ///< bytes a second of bodies
  std::chrono::seconds ping_time{15};   ///< of silence in a stream of events, then a comment
  std::string certificate_file = {};    ///< PEM, with its chain; with its key: TLS alone
  std::string key_file = {};            ///< PEM
};

class Server {
 public:
  /// Listens, and answers on threads of its own. ResourceError names the address; ConfigError a
  /// certificate without a key, InputError a file that is missing, FormatError one that is none.
  Server(const ServerOptions& options, Application& application);
  /// Closes all connections. Their exchanges must be gone before.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const;
  /// No new connections and, after the answers that are due, no more requests.
  void drain();
  /// Reads and writes nothing more. Exchanges may still be called.
  void stop();
  /// Requests whose answer is not written yet.
  std::size_t open_exchanges() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace imagine::serve
