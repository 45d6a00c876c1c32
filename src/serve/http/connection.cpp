#include "serve/http/connection.h"

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/read.hpp>
#include <mutex>

#include "core/check.h"
#include "serve/http/target.h"

namespace imagine::serve {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

using NamedValues = std::vector<std::pair<std::string, std::string>>;

constexpr std::size_t kMostHeader = 16 << 10;  // bytes
constexpr std::size_t kMostHeaders = 100;
constexpr std::size_t kWatched = 4096;    // bytes that a client may send before it has its answer
constexpr std::size_t kBehind = 1 << 20;  // bytes of a stream that wait to be taken
constexpr std::size_t kPiece = 1 << 16;   // bytes that a client takes in the time of one writing
constexpr std::chrono::seconds kLinger{2};
constexpr const char* kPing = ": ping\n\n";  // a comment, to clients of events

std::string as_string(boost::beast::string_view text) { return {text.data(), text.size()}; }

std::string chunk_of(const std::string& piece) {
  char size[20];  // NOLINT(modernize-avoid-c-arrays)
  std::snprintf(size, sizeof(size), "%zx\r\n", piece.size());
  return size + piece + "\r\n";
}

std::string status_line(int status) {
  return concat("HTTP/1.1 ", status, ' ',
                as_string(http::obsolete_reason(static_cast<http::status>(status))), "\r\n");
}

/// Everything before the body; `length` is how long that is, nothing where it comes in pieces.
std::string head_of(const HttpResponse& response, std::optional<std::size_t> length, bool old,
                    bool keeps_alive, const NamedValues& common) {
  auto text = status_line(response.status);
  const auto add = [&](std::string_view name, std::string_view value) {
    if (value.find_first_of("\r\n") != value.npos) return;  // a line end would begin a header
    text += concat(name, ": ", value, "\r\n");
  };
  if (!response.type.empty()) add("Content-Type", response.type);
  if (length) add("Content-Length", std::to_string(*length));
  if (!length && !old) add("Transfer-Encoding", "chunked");
  add("Connection", keeps_alive ? "keep-alive" : "close");
  add("X-Content-Type-Options", "nosniff");
  for (const auto* headers : {&common, &response.headers}) {
    for (const auto& [name, value] : *headers) add(name, value);
  }
  return text + "\r\n";
}

/// Whether bytes came that are no request, not none.
bool is_of_http(const boost::system::error_code& error) {
  return error && error.category() == http::make_error_code(http::error::bad_value).category() &&
         error != http::error::end_of_stream && error != http::error::partial_message;
}

}  // namespace

/// The exchange that a connection is in. It outlives the connection where somebody keeps it.
class Connection::Live : public Exchange {
 public:
  Live(std::shared_ptr<Connection> connection, HttpRequest request)
      : request_(std::move(request)),
        connection_(connection),
        shared_(connection->shared_),
        executor_(connection->wire_.get_executor()),
        old_(connection->is_old_),
        keeps_alive_(connection->keeps_alive()),
        common_(shared_.application.headers(request_)) {}

  ~Live() override {
    if (!answered_) answer(shared_.application.fault(request_, 500, "the request was lost"));
  }

  const HttpRequest& request() const override { return request_; }

  void answer(HttpResponse response) override {
    if (answered_.exchange(true)) return;
    note(response.status);
    auto bytes = head_of(response, response.body.size(), old_, keeps_alive_, common_);
    if (request_.method != "HEAD") bytes += response.body;
    post(std::move(bytes), true);
  }

  void begin(HttpResponse head) override {
    if (answered_.exchange(true)) return;
    note(head.status);
    const bool is_all = request_.method == "HEAD";
    streams_ = !is_all;
    post(head_of(head, {}, old_, keeps_alive_, common_), is_all);
    if (is_all) return;
    if (head.type == "text/event-stream") {
      asio::post(executor_, [connection = connection_] { connection->begin_pings(); });
    }
  }

  void send(std::string piece) override {
    if (!streams_ || piece.empty()) return;
    post(old_ ? std::move(piece) : chunk_of(piece), false);
  }

  void end() override {
    if (!streams_.exchange(false)) return;
    post(old_ ? "" : "0\r\n\r\n", true);
  }

  bool is_behind() const override { return connection_->waiting_ > kBehind; }

  void on_gone(std::function<void()> call) override {
    {
      const std::lock_guard lock(mutex_);
      if (!gone_) {
        on_gone_ = std::move(call);
        return;
      }
    }
    call();
  }

  void leave() {
    std::function<void()> call;
    {
      const std::lock_guard lock(mutex_);
      gone_ = true;
      std::swap(call, on_gone_);
    }
    if (call) call();
  }

 private:
  void note(int status) {
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - since_;
    shared_.application.note(request_, status, time.count());
  }

  void post(std::string bytes, bool last) {
    asio::post(executor_, [connection = connection_, bytes = std::move(bytes), last]() mutable {
      connection->write(std::move(bytes), last);
    });
  }

  HttpRequest request_;
  std::shared_ptr<Connection> connection_;  // which nothing else may hold while it is awaited
  Connections& shared_;
  Socket::executor_type executor_;
  const std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
  const bool old_, keeps_alive_;
  const NamedValues common_;
  std::atomic<bool> answered_ = false, streams_ = false;
  std::mutex mutex_;
  bool gone_ = false;
  std::function<void()> on_gone_;
};

void Connection::begin(Socket socket, Connections& shared) {
  const auto connection = std::make_shared<Connection>(std::move(socket), shared);
  asio::post(connection->wire_.get_executor(), [connection] { connection->start(); });
}

Connection::Connection(Socket socket, Connections& shared)
    : wire_(std::move(socket), shared.tls),
      shared_(shared),
      buffer_(kMostHeader + kWatched),
      timer_(wire_.get_executor()),
      ping_timer_(wire_.get_executor()) {
  ++shared_.count;
}

Connection::~Connection() {
  set_busy(false);
  count_no_more();
}

/// Somebody may keep an exchange of a connection that is closed.
void Connection::count_no_more() {
  if (std::exchange(counts_, false)) --shared_.count;
}

void Connection::set_busy(bool busy) {
  if (busy == busy_) return;
  busy_ = busy;
  if (busy) {
    ++shared_.exchanges;
  } else {
    --shared_.exchanges;
  }
}

void Connection::start() {
  Error ignored;
  wire_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  if (shared_.count > shared_.options.most_connections) {
    if (wire_.has_tls()) return close();
    return refuse(503, "too many connections: try again later");
  }
  if (wire_.has_tls()) return shake_hands();
  await_request(shared_.options.head_time);
}

void Connection::shake_hands() {
  expire_after(shared_.options.head_time);
  wire_.async_handshake([self = shared_from_this()](Error error) {
    if (error) return self->close();
    self->await_request(self->shared_.options.head_time);
  });
}

void Connection::expire_after(Duration time) {
  timer_.expires_after(time);
  timer_.async_wait([weak = weak_from_this(), set = ++times_](Error error) {
    const auto connection = error ? nullptr : weak.lock();
    if (connection && connection->times_ == set) connection->gone();
  });
}

void Connection::expire_never() {
  ++times_;
  timer_.cancel();
}

void Connection::await_request(Duration time) {
  drop_line_ends();
  if (buffer_.size() > 0 && !watches_) return read_head();
  waits_for_next_ = true;
  if (!watches_) watch();
  expire_after(time);
}

/// Before a request they mean nothing (RFC 9112, sec. 2.2).
void Connection::drop_line_ends() {
  const std::string_view bytes(static_cast<const char*>(buffer_.data().data()), buffer_.size());
  buffer_.consume(std::min(bytes.find_first_not_of("\r\n"), bytes.size()));
}

void Connection::read_head() {
  head_ = {};
  parser_.emplace();
  parser_->header_limit(kMostHeader);
  parser_->body_limit(shared_.options.most_body);
  expire_after(shared_.options.head_time);
  http::async_read_header(
      wire_, buffer_, *parser_,
      [self = shared_from_this()](Error error, std::size_t) { self->on_head(error); });
}

/// What is known of the request, which may be broken off anywhere. Whether its target can be read.
bool Connection::tell_head() {
  const auto& message = parser_->get();
  Error ignored;
  const auto raw = as_string(message.target());
  const auto target = target_of(raw);
  head_ = {.method = as_string(message.method_string()),
           .path = target ? target->path : raw.substr(0, raw.find('?')),
           .query = target ? target->query : Head().query,
           .headers = {},
           .scheme = wire_.has_tls() ? "https" : "http",
           .peer = wire_.socket().remote_endpoint(ignored).address().to_string()};
  for (const auto& field : message) {
    head_.headers.emplace(as_string(field.name_string()), as_string(field.value()));
  }
  return target.has_value();
}

void Connection::on_head(Error error) {
  const bool has_target = tell_head();
  if (error == http::error::header_limit) {
    return refuse(431, concat("expected headers of at most ", kMostHeader, " bytes, got more"));
  }
  if (error == http::error::body_limit) return refuse_large();
  if (is_of_http(error)) return refuse(400, "expected a request of HTTP/1.1");
  if (error) return gone();
  const auto& message = parser_->get();
  is_old_ = message.version() < 11;
  keeps_alive_ = message.keep_alive() && !is_old_;
  if (!has_target) return refuse(400, "expected a path and a query as a target");
  if (head_.headers.size() > kMostHeaders) {
    return refuse(431, concat("expected at most ", kMostHeaders, " headers"));
  }
  if (message.count(http::field::host) > 1) return refuse(400, "expected one Host, got several");
  const auto encoding = message[http::field::content_encoding];
  if (!encoding.empty() && !boost::beast::iequals(encoding, "identity")) {
    return refuse(415, "expected a body without Content-Encoding");
  }
  if (auto refusal = shared_.application.refuse(head_)) return refuse(*std::move(refusal));
  read_body();
}

void Connection::read_body() {
  if (parser_->is_done()) return on_body({});
  if (boost::beast::iequals(head_.header("expect"), "100-continue")) {
    write(status_line(100) + "\r\n", false);
  }
  const auto bytes = parser_->content_length().value_or(shared_.options.most_body);
  const auto pace = std::max<std::uint64_t>(1, shared_.options.least_pace);
  body_until_ = Clock::now() + shared_.options.head_time + std::chrono::seconds(bytes / pace);
  read_more_body();
}

/// Slow senders have until `body_until_`, and silent ones no longer than a head may take.
void Connection::read_more_body() {
  expire_after(std::min<Duration>(shared_.options.head_time, body_until_ - Clock::now()));
  http::async_read_some(wire_, buffer_, *parser_,
                        [self = shared_from_this()](Error error, std::size_t) {
                          if (error || self->parser_->is_done()) return self->on_body(error);
                          self->read_more_body();
                        });
}

void Connection::on_body(Error error) {
  if (error == http::error::body_limit) return refuse_large();
  if (is_of_http(error)) return refuse(400, "expected a whole body of HTTP/1.1");
  if (error) return gone();
  expire_never();
  HttpRequest request{head_, std::move(parser_->get().body())};
  parser_.reset();
  const auto live = std::make_shared<Live>(shared_from_this(), std::move(request));
  live_ = live;
  set_busy(true);
  drop_line_ends();
  if (buffer_.size() == 0) watch();
  shared_.application.serve(live);
}

void Connection::watch() {
  watches_ = true;
  wire_.async_read_some(buffer_.prepare(kWatched),
                        [self = shared_from_this()](Error error, std::size_t size) {
                          self->watches_ = false;
                          if (error) return self->gone();
                          self->buffer_.commit(size);  // of the next request
                          self->drop_line_ends();
                          if (self->buffer_.size() == 0) return self->watch();
                          if (std::exchange(self->waits_for_next_, false)) self->read_head();
                        });
}

void Connection::write(std::string bytes, bool last) {
  if (closed_) return;
  waiting_ += bytes.size();
  outgoing_.push_back(std::move(bytes));
  ends_ = ends_ || last;
  pings_ = pings_ && !last;
  if (!writes_) write_next();
}

void Connection::begin_pings() {
  pings_ = !ends_;
  ping_after_silence();
}

void Connection::ping_after_silence() {
  ping_timer_.expires_after(shared_.options.ping_time);
  ping_timer_.async_wait([weak = weak_from_this()](Error error) {
    const auto connection = error ? nullptr : weak.lock();
    if (!connection || !connection->pings_) return;
    connection->write(connection->is_old_ ? kPing : chunk_of(kPing), false);
  });
}

void Connection::write_next() {
  writes_ = true;
  // While a body is read, the reading has its own time.
  if (!parser_) expire_after(shared_.options.write_time);
  const auto left = asio::buffer(outgoing_.front()) + written_;
  asio::async_write(wire_, asio::buffer(left, kPiece),
                    [self = shared_from_this()](Error error, std::size_t size) {
                      self->writes_ = false;
                      if (error) return self->gone();
                      self->written_ += size;
                      if (self->written_ < self->outgoing_.front().size()) {
                        return self->write_next();
                      }
                      self->waiting_ -= std::exchange(self->written_, 0);
                      self->outgoing_.pop_front();
                      if (!self->outgoing_.empty()) return self->write_next();
                      if (!self->parser_) self->expire_never();
                      if (self->pings_) self->ping_after_silence();
                      if (self->ends_) self->finish_answer();
                    });
}

void Connection::finish_answer() {
  ends_ = false;
  live_.reset();
  set_busy(false);
  if (!keeps_alive()) return linger();
  await_request(shared_.options.idle_time);
}

void Connection::refuse(int status, const std::string& reason) {
  refuse(shared_.application.fault(head_, status, reason));
}

void Connection::refuse_large() {
  refuse(413, concat("expected a body of at most ", shared_.options.most_body, " bytes"));
}

void Connection::refuse(const HttpResponse& response) {
  shared_.application.note(head_, response.status, 0);
  parser_.reset();
  keeps_alive_ = false, refused_ = true;
  write(head_of(response, response.body.size(), false, false, shared_.application.headers(head_)) +
            (head_.method == "HEAD" ? "" : response.body),
        true);
}

/// Lets the client read what it was told: closed at once, what it has sent and nobody read would
/// make its system throw the answer away.
void Connection::linger() {
  expire_after(kLinger);
  if (wire_.has_tls() && !refused_) {
    return wire_.async_shutdown([self = shared_from_this()](Error) { self->close(); });
  }
  Error ignored;
  if (!wire_.has_tls()) wire_.socket().shutdown(Socket::shutdown_send, ignored);
  if (watches_) return;  // whose end is the client's
  auto discard = [self = shared_from_this()](auto&& again) -> void {
    self->buffer_.clear();
    self->wire_.async_read_some(self->buffer_.prepare(kWatched),
                                [self, again](Error error, std::size_t) {
                                  if (error) return self->close();
                                  again(again);
                                });
  };
  discard(discard);
}

void Connection::gone() {
  if (const auto live = live_.lock()) live->leave();
  close();
}

void Connection::close() {
  closed_ = true;
  pings_ = false;
  set_busy(false);
  count_no_more();
  ping_timer_.cancel();
  expire_never();
  Error ignored;
  wire_.socket().close(ignored);
}

}  // namespace imagine::serve
