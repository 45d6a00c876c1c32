#include "serve/http/server.h"

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <filesystem>
#include <thread>
#include <tuple>
#include <vector>

#include "core/check.h"
#include "serve/http/connection.h"

namespace imagine::serve {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {
constexpr std::chrono::milliseconds kPause(100);

std::optional<asio::ssl::context> tls_of(const ServerOptions& options) {
  const auto& [certificate, key] = std::tie(options.certificate_file, options.key_file);
  check<ConfigError>(certificate.empty() == key.empty(),
                     "TLS: expected a certificate and its key, got one of both");
  if (certificate.empty()) return {};
  for (const auto& file : {certificate, key}) {
    check<InputError>(std::filesystem::exists(file), file, ": expected a file in PEM, got none");
  }
  asio::ssl::context context(asio::ssl::context::tls_server);
  context.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
  boost::system::error_code error;
  context.use_certificate_chain_file(certificate, error);
  check<FormatError>(!error, certificate, ": expected a certificate in PEM: ", error.message());
  context.use_private_key_file(key, asio::ssl::context::pem, error);
  check<FormatError>(!error, key,
                     ": expected the certificate's private key in PEM: ", error.message());
  return context;
}

}  // namespace

struct Server::State {
  State(const ServerOptions& of, Application& application)
      : options(of), tls(tls_of(options)), shared{options, application, tls ? &*tls : nullptr,
                                                  {},      {},          {}} {}

  void listen();
  void accept();

  ServerOptions options;
  std::optional<asio::ssl::context> tls;
  asio::io_context io;
  tcp::acceptor acceptor{asio::make_strand(io)};
  asio::steady_timer pause{acceptor.get_executor()};
  Connections shared;
  std::vector<std::thread> threads;
};

void Server::State::listen() {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(options.host, error);
  check<ResourceError>(!error, options.host, ": expected an address of this machine, as 127.0.0.1");
  const tcp::endpoint endpoint(address, options.port);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  const bool is_taken = error == asio::error::address_in_use;
  check<ResourceError>(!error, options.host, ':', options.port,
                       ": cannot listen there: ", error.message(),
                       is_taken ? "; --port takes another one, 0 one that is free" : "");
}

void Server::State::accept() {
  acceptor.async_accept(asio::make_strand(io), [this](auto error, tcp::socket socket) {
    if (error == asio::error::operation_aborted || !acceptor.is_open()) return;
    if (!error) {
      Connection::begin(std::move(socket), shared);
      return accept();
    }
    pause.expires_after(kPause);  // as where there are no more descriptors
    pause.async_wait([this](auto) { accept(); });
  });
}

Server::Server(const ServerOptions& options, Application& application)
    : state_(std::make_unique<State>(options, application)) {
  state_->listen();
  state_->accept();
  for (int i = 0; i < options.threads; ++i) {
    state_->threads.emplace_back([this] { state_->io.run(); });
  }
}

Server::~Server() { stop(); }

void Server::stop() {
  state_->io.stop();
  for (auto& thread : state_->threads) thread.join();
  state_->threads.clear();
}

std::uint16_t Server::port() const { return state_->acceptor.local_endpoint().port(); }

void Server::drain() {
  state_->shared.drains = true;
  asio::post(state_->acceptor.get_executor(), [state = state_.get()] {
    boost::system::error_code ignored;
    state->acceptor.close(ignored);
  });
}

std::size_t Server::open_exchanges() const { return state_->shared.exchanges; }

}  // namespace imagine::serve
