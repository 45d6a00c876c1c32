/// A client's connection: one request after the other.
#pragma once

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "serve/http/server.h"
#include "serve/http/wire.h"

namespace imagine::serve {

/// What all connections of a server share.
struct Connections {
  const ServerOptions& options;
  Application& application;
  boost::asio::ssl::context* tls;  ///< null: none
  std::atomic<bool> drains;
  std::atomic<std::size_t> count;      ///< that are open
  std::atomic<std::size_t> exchanges;  ///< see Server::open_exchanges()
};

/// Lives as long as something waits on its socket, or an exchange. All runs on the socket's strand.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Socket = Wire::Socket;

  static void begin(Socket socket, Connections& shared);
  Connection(Socket socket, Connections& shared);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

 private:
  class Live;
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using Error = boost::system::error_code;
  using Clock = std::chrono::steady_clock;
  using Duration = Clock::duration;

  void start();
  void shake_hands();
  /// Reads the next request once it comes, within that time.
  void await_request(Duration time);
  void drop_line_ends();
  void read_head();
  bool tell_head();
  void on_head(Error error);
  void read_body();
  void read_more_body();
  void on_body(Error error);
  void watch();
  void write(std::string bytes, bool last);
  void begin_pings();
  void ping_after_silence();
  void write_next();
  void finish_answer();
  void refuse(const HttpResponse& response);
  void refuse(int status, const std::string& reason);
  void refuse_large();
  void linger();
  void gone();
  void close();
  void count_no_more();
  /// Closes the socket unless another time or none is set before.
  void expire_after(Duration time);
  void expire_never();
  /// From a request on until its answer is written.
  void set_busy(bool busy);
  bool keeps_alive() const { return keeps_alive_ && !shared_.drains; }

  Wire wire_;
  Connections& shared_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_ = {};
  boost::asio::steady_timer timer_, ping_timer_;
  Clock::time_point body_until_ = {};
  std::uint64_t times_ = 0;  // that were set: one that was replaced may ring all the same
  Head head_ = {};
  std::weak_ptr<Live> live_ = {};
  std::deque<std::string> outgoing_ = {};
  std::atomic<std::size_t> waiting_ = 0;  // bytes in it
  std::size_t written_ = 0;               // of the first of it
  bool writes_ = false, ends_ = false;    // the last of an answer is among them
  bool pings_ = false;                    // in the silence of an event stream
  bool watches_ = false;  // reads while an answer is awaited, to see the client leave
  bool busy_ = false;
  bool keeps_alive_ = false, is_old_ = false;  // HTTP/1.0
  bool waits_for_next_ = false, closed_ = false;
  bool counts_ = true;    // among the connections that are open
  bool refused_ = false;  // a request whose body may still come
};

}  // namespace imagine::serve
