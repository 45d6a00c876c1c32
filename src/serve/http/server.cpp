#include "serve/server.h"

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <thread>
#include <vector>

#include "core/check.h"
#include "serve/connection.h"

namespace imagine::serve {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {
constexpr std::chrono::milliseconds kPause(100);
}

struct Server::State {
  State(const ServerOptions& of, Application& application)
      : options(of), acceptor(io), shared{options, application, {}, {}, {}} {}

  void listen();
  void accept();

  ServerOptions options;
  asio::io_context io;
  tcp::acceptor acceptor;
  asio::steady_timer pause{io};
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
  check<ResourceError>(!error, options.host, ':', options.port,
                       ": cannot listen there: ", error.message());
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
  asio::post(state_->io, [state = state_.get()] {
    boost::system::error_code ignored;
    state->acceptor.close(ignored);
  });
}

std::size_t Server::open_exchanges() const { return state_->shared.exchanges; }

}  // namespace imagine::serve
