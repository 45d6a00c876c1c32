#include "serve/http/server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <cstdlib>
#include <future>
#include <gmock/gmock.h>
#include <mutex>
#include <thread>

#include "io/temporary_folder.h"

namespace imagine::serve {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

/// Answers what each test says.
class Answering : public Application {
 public:
  std::optional<HttpResponse> refuse(const Head& head) override {
    if (head.path != "/refused") return {};
    return HttpResponse{.status = 401, .body = "no"};
  }
  void serve(std::shared_ptr<Exchange> exchange) override { on_request(std::move(exchange)); }
  HttpResponse fault(const Head&, int status, const std::string& reason) override {
    return {.status = status, .type = "text/plain", .body = reason};
  }
  std::vector<std::pair<std::string, std::string>> headers(const Head& head) override {
    return {{"X-Path", head.path}};
  }

  std::function<void(std::shared_ptr<Exchange>)> on_request = [](const auto& exchange) {
    const auto& request = exchange->request();
    exchange->answer({.type = "text/plain", .body = request.method + request.path + request.body});
  };
};

/// A client that says exactly what it is told to.
class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(io_) {
    socket_.connect({boost::asio::ip::make_address("127.0.0.1"), port});
  }

  void send(const std::string& text) {
    boost::system::error_code ignored;
    boost::asio::write(socket_, boost::asio::buffer(text), ignored);
  }
  /// Up to and with that text, or to the end.
  std::string read_to(const std::string& end) {
    boost::system::error_code error;
    auto size = boost::asio::read_until(socket_, buffer_, end, error);
    if (error) size = buffer_.size();
    const std::string text(static_cast<const char*>(buffer_.data().data()), size);
    buffer_.consume(size);
    return text;
  }
  std::string read_all() { return read_to("\r\nno such line in any answer\r\n"); }
  void leave() { socket_.close(); }

 private:
  boost::asio::io_context io_;
  tcp::socket socket_;
  boost::asio::streambuf buffer_;
};

/// Within TLS, whatever the certificate says.
class TlsClient {
 public:
  explicit TlsClient(std::uint16_t port) {
    stream_.lowest_layer().connect({boost::asio::ip::make_address("127.0.0.1"), port});
    stream_.handshake(boost::asio::ssl::stream_base::client);
  }

  std::string ask(const std::string& text) {
    boost::system::error_code ignored;
    boost::asio::write(stream_, boost::asio::buffer(text), ignored);
    std::string answer;
    boost::asio::read(stream_, boost::asio::dynamic_buffer(answer), ignored);
    return answer;
  }

 private:
  boost::asio::io_context io_;
  boost::asio::ssl::context context_{boost::asio::ssl::context::tls_client};
  boost::asio::ssl::stream<tcp::socket> stream_{io_, context_};
};

std::string get(const std::string& path, const std::string& more = "") {
  return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + more + "\r\n";
}

std::string post(const std::string& path, const std::string& body) {
  return "POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

class ServerTest : public testing::Test {
 protected:
  ServerTest() {
    options_.most_body = 1000;
    options_.head_time = 1s, options_.idle_time = 1s;
  }

  Server& server() {
    if (!server_) server_ = std::make_unique<Server>(options_, application_);
    return *server_;
  }
  Client client() { return Client(server().port()); }
  /// Of a request that the client sends, and that nothing answers.
  std::shared_ptr<Exchange> exchange_of(Client& client) {
    std::promise<std::shared_ptr<Exchange>> came;
    application_.on_request = [&](auto exchange) { came.set_value(std::move(exchange)); };
    client.send(get("/"));
    return came.get_future().get();
  }

  Answering application_;
  ServerOptions options_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, AnswersOneRequestAfterTheOtherOnAConnection) {
  auto client = this->client();
  for (const auto* body : {"one", "", "three"}) {
    client.send(post("/a%20b?x=1", body));
    const auto head = client.read_to("\r\n\r\n");
    EXPECT_THAT(head, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(head, HasSubstr("\r\nConnection: keep-alive\r\n"));
    EXPECT_THAT(head, HasSubstr("\r\nX-Path: /a b\r\n"));
    const auto wanted = std::string("POST/a b") + body;
    EXPECT_THAT(head, HasSubstr("Content-Length: " + std::to_string(wanted.size())));
    EXPECT_EQ(client.read_to(wanted), wanted);
  }
  client.send(get("/first") + get("/second") + get("/last", "Connection: close\r\n"));
  const auto all = client.read_all();
  EXPECT_THAT(all, HasSubstr("GET/first"));
  EXPECT_THAT(all, HasSubstr("GET/second"));
  EXPECT_THAT(all, EndsWith("GET/last"));
  client.leave();
}

TEST_F(ServerTest, AnHeadHasNoBody) {
  auto client = this->client();
  client.send("HEAD /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const auto all = client.read_all();
  EXPECT_THAT(all, HasSubstr("Content-Length: 6"));
  EXPECT_THAT(all, EndsWith("\r\n\r\n"));
}

TEST_F(ServerTest, ARefusalAfterAnHeadHasItsBody) {
  auto client = this->client();
  client.send("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n" + get("/../b"));
  const auto all = client.read_all();
  EXPECT_THAT(all, HasSubstr("HTTP/1.1 400"));
  EXPECT_THAT(all, EndsWith("expected a path and a query as a target"));
}

TEST_F(ServerTest, LineEndsBeforeARequestMeanNothing) {
  auto client = this->client();
  client.send("\r\n" + post("/a", "x") + "\r\n\r\n" + get("http://a.example/b"));
  EXPECT_THAT(client.read_to("POST/ax"), EndsWith("POST/ax"));
  EXPECT_THAT(client.read_to("GET/b"), EndsWith("GET/b"));
  // Nor do they hide that the client leaves.
  std::promise<void> gone;
  auto other = this->client();
  const auto exchange = exchange_of(other);
  exchange->on_gone([&] { gone.set_value(); });
  other.send("\r\n");
  std::this_thread::sleep_for(50ms);
  other.leave();
  EXPECT_EQ(gone.get_future().wait_for(5s), std::future_status::ready);
  exchange->answer({});
}

TEST_F(ServerTest, WhoSaysNothingMoreIsLeft) {
  options_.idle_time = 60s, options_.least_pace = 1;  // a long time for all of it
  for (const auto* sent :
       {"", "GET / HT", "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"}) {
    auto client = this->client();
    const auto begun = std::chrono::steady_clock::now();
    client.send(sent);
    client.read_all();
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 2500ms) << sent;
  }
}

TEST_F(ServerTest, ReadsChunksAndAskedForContinues) {
  auto client = this->client();
  client.send(
      "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  EXPECT_THAT(client.read_to("abcde"), EndsWith("POST/cabcde"));
  client.send("POST /d HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.read_to("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("xy");
  EXPECT_THAT(client.read_to("xy"), EndsWith("POST/dxy"));
  client.send(
      "POST /e HTTP/1.1\r\nHost: a\r\nContent-Encoding: identity\r\nContent-Length: 1\r\n\r\nz");
  EXPECT_THAT(client.read_to("z"), EndsWith("POST/ez"));
}

TEST_F(ServerTest, RefusesBeforeTheBodyIsThereAndCloses) {
  struct Case {
    std::string sent, status;
  };
  const std::string huge(20'000, 'a');
  std::string many;
  for (int i = 0; i < 101; ++i) many += "X-A: b\r\n";
  for (const auto& [sent, status] : std::vector<Case>{
           {"POST /refused HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n", "401"},
           {"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n", "413"},
           {"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551615\r\n\r\n", "413"},
           {"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3E9\r\n" +
                std::string(1001, 'b') + "\r\n0\r\n\r\n",
            "413"},
           {get("/" + huge), "431"},
           {get("/", "X: " + huge + "\r\n"), "431"},
           {get("/", many), "431"},
           {get("/../etc/passwd"), "400"},
           {get("/%2e%2e/a"), "400"},
           {"GET ftp://a.example/ HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
           {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
           {"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "400"},
           {"POST /a HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\n",
            "415"},
           {"nonsense\r\n\r\n", "400"},
           {"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
            "400"},
           {"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", "400"},
           {"\x16\x03\x01\x02", "400"}}) {
    auto client = this->client();
    client.send(sent);
    const auto all = client.read_all();
    EXPECT_THAT(all, StartsWith("HTTP/1.1 " + status)) << sent.substr(0, 80);
    EXPECT_THAT(all, HasSubstr("Connection: close"));
  }
  EXPECT_EQ(server().open_exchanges(), 0u);
}

TEST_F(ServerTest, SlowSendersAreLeft) {
  options_.least_pace = 1 << 20;
  const auto start = std::chrono::steady_clock::now();
  auto silent = client(), slow = client(), stuck = client();
  slow.send("GET / HTTP/1.1\r\nHo");
  stuck.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc");
  for (auto* client : {&silent, &slow, &stuck}) EXPECT_EQ(client->read_all(), "");
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
}

TEST_F(ServerTest, SendsPiecesAsTheyCome) {
  auto client = this->client();
  auto kept = exchange_of(client);
  EXPECT_EQ(server().open_exchanges(), 1u);
  kept->begin(
      {.type = "text/event-stream", .headers = {{"X-A", "b"}, {"X-B", "c\r\nSmuggled: d"}}});
  const auto head = client.read_to("\r\n\r\n");
  EXPECT_THAT(head, HasSubstr("Transfer-Encoding: chunked"));
  EXPECT_THAT(head, HasSubstr("X-A: b"));
  EXPECT_THAT(head, testing::Not(HasSubstr("Smuggled")));
  kept->send("data: 1\n\n");
  EXPECT_EQ(client.read_to("\n\n\r\n"), "9\r\ndata: 1\n\n\r\n");
  kept->end();
  kept->send("behind the end");
  EXPECT_EQ(client.read_to("\r\n\r\n"), "0\r\n\r\n");
  kept.reset();
}

TEST_F(ServerTest, SaysThatAClientTakesPiecesTooSlowly) {
  auto client = this->client();
  auto kept = exchange_of(client);
  kept->begin({.type = "text/event-stream"});
  EXPECT_FALSE(kept->is_behind());
  for (int i = 0; i < 200; ++i) kept->send(std::string(100'000, 'x'));  // more than systems keep
  std::this_thread::sleep_for(100ms);
  EXPECT_TRUE(kept->is_behind());
  kept->end();
  EXPECT_GT(client.read_to("\r\n0\r\n\r\n").size(), 20'000'000u);
  EXPECT_FALSE(kept->is_behind());
  kept.reset();
}

TEST_F(ServerTest, TellsWhenTheClientLeaves) {
  std::promise<void> gone;
  std::shared_ptr<Exchange> kept;
  application_.on_request = [&](auto exchange) {
    kept = exchange;
    exchange->on_gone([&] { gone.set_value(); });
  };
  auto client = this->client();
  client.send(get("/"));
  std::this_thread::sleep_for(50ms);
  client.leave();
  EXPECT_EQ(gone.get_future().wait_for(5s), std::future_status::ready);
  kept->answer({.body = "late"});  // nobody is there
  bool told_at_once = false;
  kept->on_gone([&] { told_at_once = true; });
  EXPECT_TRUE(told_at_once);
  kept.reset();
}

TEST_F(ServerTest, ARequestThatIsLostIsAnsweredAllTheSame) {
  application_.on_request = [](const auto&) {};
  auto client = this->client();
  client.send(get("/", "Connection: close\r\n"));
  EXPECT_THAT(client.read_all(), StartsWith("HTTP/1.1 500 "));
}

TEST_F(ServerTest, HasRoomForSoManyConnections) {
  options_.most_connections = 2;
  auto first = client(), second = client();
  first.send(get("/1")), second.send(get("/2"));
  first.read_to("GET/1"), second.read_to("GET/2");
  EXPECT_THAT(client().read_all(), StartsWith("HTTP/1.1 503 "));
}

TEST_F(ServerTest, DrainsWithTheAnswersThatAreDue) {
  auto client = this->client();
  const auto port = server().port();
  auto kept = exchange_of(client);
  server().drain();
  std::this_thread::sleep_for(100ms);
  EXPECT_THROW(Client{port}, boost::system::system_error);
  kept->answer({.type = "text/plain", .body = "done"});
  kept.reset();
  EXPECT_THAT(client.read_all(), EndsWith("done"));
  EXPECT_EQ(server().open_exchanges(), 0u);
}

TEST_F(ServerTest, ManyClientsAtOnceGetTheirOwnAnswers) {
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  server();
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&, i] {
      Client client(server_->port());
      for (int k = 0; k < 50; ++k) {
        const auto body = std::to_string(i * 1000 + k);
        client.send(post("/n", body));
        if (client.read_to("POST/n" + body).ends_with("POST/n" + body)) ++right;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(right, 16 * 50);
}

TEST_F(ServerTest, NamesWhatItCannotListenOn) {
  options_.host = "no address";
  EXPECT_THROW(server(), ResourceError);
  options_.host = "127.0.0.1";
  options_.port = server().port();
  EXPECT_THROW(Server(options_, application_), ResourceError);
}

TEST_F(ServerTest, SpeaksTlsWithACertificate) {
  const io::TemporaryFolder folder;
  options_.certificate_file = (folder.path() / "certificate.pem").string();
  options_.key_file = (folder.path() / "key.pem").string();
  const auto command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
      "-subj /CN=localhost -keyout " +
      options_.key_file + " -out " + options_.certificate_file + " 2>/dev/null";
  ASSERT_EQ(std::system(command.c_str()), 0);
  EXPECT_THAT(TlsClient(server().port()).ask(get("/a", "Connection: close\r\n")),
              EndsWith("GET/a"));
  const std::string body(1000, 'x');
  EXPECT_THAT(TlsClient(server().port()).ask(post("/refused", body)), HasSubstr("401"));
  auto plain = client();
  plain.send(get("/a"));
  EXPECT_THAT(plain.read_all(), testing::Not(HasSubstr("200")));
  server_.reset();
  options_.key_file.clear();
  EXPECT_THROW(server(), ConfigError);
  options_.key_file = options_.certificate_file;
  EXPECT_THROW(server(), FormatError);
}

TEST_F(ServerTest, PingsInTheSilenceOfAStreamOfEvents) {
  options_.ping_time = 1s;
  std::shared_ptr<Exchange> live;
  application_.on_request = [&](auto exchange) {
    exchange->begin({.type = "text/event-stream"});
    exchange->send("data: 1\n\n");
    live = std::move(exchange);
  };
  auto asks = client();
  asks.send(get("/a"));
  EXPECT_THAT(asks.read_to(": ping\n\n"), HasSubstr("data: 1"));
  live->send("data: 2\n\n");
  live->end();
  live.reset();
  const auto rest = asks.read_to("0\r\n\r\n");
  EXPECT_THAT(rest, HasSubstr("data: 2"));
  EXPECT_THAT(rest, testing::Not(HasSubstr("ping")));
}

}  // namespace
}  // namespace imagine::serve
