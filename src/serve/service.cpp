#include "serve/service.h"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <thread>

#include "core/check.h"
#include "serve/dialects/a1111.h"
#include "serve/dialects/google.h"
#include "serve/dialects/google_call.h"
#include "serve/dialects/openai.h"
#include "serve/jobs/id.h"
#include "serve/json_text.h"
#include "serve/metrics.h"
#include "serve/native/job_json.h"
#include "serve/native/native.h"
#include "serve/openapi.h"
#include "serve/page.h"

namespace imagine::serve {
namespace {

constexpr std::chrono::seconds kLastWords(5);  // for answers that are on their way at the end
constexpr int kWorkers = 2;                    // that read requests: JSON, forms, pictures

/// Who speaks at a path that has no route.
struct Dialect {
  const char* name;
  const char* beginning;  ///< of its paths
  Fault fault;
  const char* scheme;  ///< of authentication
};

constexpr std::array<Dialect, 5> kDialects = {{{"google", "/v1beta", google_fault, "Bearer"},
                                               {"openai", "/v1/", openai_fault, "Bearer"},
                                               {"a1111", "/sdapi/", a1111_fault, "Basic"},
                                               {"imagine", "/imagine/", native_fault, "Bearer"},
                                               {"other", "", native_fault, "Bearer"}}};

const Dialect& dialect_of(const Head& head) {
  const auto& path = head.path;
  const bool is_google = google_call(path) || !head.header("x-goog-api-client").empty();
  if (is_google) return kDialects.front();
  return *std::ranges::find_if(
      kDialects, [&](const Dialect& dialect) { return path.starts_with(dialect.beginning); });
}

/// Google's clients ask at some of OpenAI's paths, and read errors of their own alone.
Fault fault_for(const Head& head, Fault usual) {
  const auto own = dialect_of(head).fault;
  return own == google_fault && usual == openai_fault ? google_fault : usual;
}

Limits with_body(Limits limits, const ServerOptions& server) {
  limits.body = server.most_body;
  return limits;
}

BoardOptions with_metrics(BoardOptions board, Metrics& metrics) {
  board.on_over = [&metrics](const JobTimes& job) { metrics.note_job(job); };
  return board;
}

}  // namespace

struct Service::State : Application {
  explicit State(const ServiceOptions& of)
      : options(of),
        access(of.access),
        shelf(of.shelf),
        board(with_metrics(of.board, metrics)),
        limits(with_body(of.limits, of.server)) {
    add_page(routes);
    add_openai(routes, desk);
    add_a1111(routes, desk);
    add_native(routes, desk);
    add_own();
    add_google(routes, desk);  // whose paths may begin with anything
    server.emplace(options.server, *this);
  }
  ~State() override { server->stop(); }

  void add_own() {
    routes.add({.method = "GET",
                .path = "/health",
                .serve = [this](const auto& exchange, const Names&) { exchange->answer(health()); },
                .fault = native_fault,
                .needs_key = false,
                .is_quick = true,
                .summary = "Whether it answers; 503 while it ends"});
    routes.add(
        {.method = "GET",
         .path = "/openapi.json",
         .serve = [this](const auto& exchange,
                         const Names&) { exchange->answer({.body = text_of(openapi_of(routes))}); },
         .fault = native_fault,
         .summary = "This document"});
    if (!options.metrics) return;
    routes.add({.method = "GET",
                .path = "/metrics",
                .serve =
                    [this](const auto& exchange, const Names&) {
                      exchange->answer(
                          {.type = "text/plain; version=0.0.4; charset=utf-8",
                           .body = metrics.text(board.load(), server->open_exchanges())});
                    },
                .fault = native_fault,
                .is_quick = true,
                .summary = "Figures for Prometheus"});
  }

  HttpResponse health() {
    if (board.load().drains) return native_fault(503, "the server ends", "");
    return {.body = R"({"status":"ok"})"};
  }

  std::optional<HttpResponse> refuse(const Head& head) override {
    const auto found = routes.find(head.method, head.path);
    const auto& dialect = dialect_of(head);
    const auto fault = fault_for(head, found ? found->route->fault : dialect.fault);
    const bool asks_first = head.method == "OPTIONS";
    const bool needs_key = !asks_first && (!found || found->route->needs_key);
    if (const auto refusal = access.refusal(head, needs_key)) {
      auto response = fault(refusal->status, refusal->reason, "");
      if (refusal->status == 401) response.headers.emplace_back("WWW-Authenticate", dialect.scheme);
      return response;
    }
    if (asks_first) return HttpResponse{.status = 204, .type = ""};
    if (found) return {};
    const auto methods = routes.methods(head.path);
    if (methods.empty()) return fault(404, concat(head.path, ": there is no such path"), "");
    std::string all;
    for (const auto& method : methods) all += concat(all.empty() ? "" : ", ", method);
    auto response = fault(405, concat(head.path, ": expected ", all, ", got ", head.method), "");
    response.headers.emplace_back("Allow", all);
    return response;
  }

  void serve(std::shared_ptr<Exchange> exchange) override {
    const auto& request = exchange->request();
    auto found = routes.find(request.method, request.path);  // which refuse() has seen
    if (found->route->is_quick) return handle(exchange, *found);
    boost::asio::post(workers, [exchange = std::move(exchange), found = *std::move(found)] {
      handle(exchange, found);
    });
  }

  static void handle(const std::shared_ptr<Exchange>& exchange, const Found& found) {
    try {
      found.route->serve(exchange, found.names);
    } catch (...) {
      const auto fault = fault_for(exchange->request(), found.route->fault);
      exchange->answer(answer_to(std::current_exception(), fault));
    }
  }

  HttpResponse fault(const Head& head, int status, const std::string& reason) override {
    return dialect_of(head).fault(status, reason, "");
  }

  std::vector<std::pair<std::string, std::string>> headers(const Head& head) override {
    auto headers = access.headers(head);
    headers.emplace_back("X-Request-Id", new_id("req_"));
    return headers;
  }

  void note(const Head& head, int status, double seconds) override {
    metrics.note_request(dialect_of(head).name, status, seconds);
  }

  const ServiceOptions options;
  std::optional<Server> server;  // goes last: exchanges lead to it
  Metrics metrics;
  Access access;
  Shelf shelf;
  Board board;
  const Limits limits;
  Desk desk{access, shelf, board, limits, std::chrono::system_clock::now()};
  Routes routes;
  boost::asio::thread_pool workers{kWorkers};
};

Service::Service(const ServiceOptions& options) : state_(std::make_unique<State>(options)) {}
Service::~Service() = default;

std::uint16_t Service::port() const { return state_->server->port(); }

void Service::drain(std::chrono::seconds time) {
  state_->board.drain(time);  // meanwhile results are still asked for
  state_->server->drain();
  const auto end = std::chrono::steady_clock::now() + kLastWords;
  while (state_->server->open_exchanges() > 0 && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace imagine::serve
