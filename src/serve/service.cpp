#include "serve/service.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include "core/check.h"
#include "core/fields.h"
#include "serve/id.h"
#include "serve/openai.h"

namespace imagine::serve {
namespace {

constexpr int kWorkers = 2;  // that read requests: JSON, forms, pictures

/// {"error": {"code": 404, "message": ...}}
HttpResponse plain_fault(int status, const std::string& reason, const std::string& field) {
  Json error{{"code", status}, {"message", reason}};
  if (!field.empty()) error["field"] = field;
  return {.status = status, .body = Json{{"error", error}}.dump()};
}

Fault fault_for(const std::string& path) {
  return path.starts_with("/v1/") ? openai_fault : plain_fault;
}

}  // namespace

HttpResponse answer_to(std::exception_ptr error, Fault fault) {
  try {
    std::rethrow_exception(error);
  } catch (const Problem& problem) {
    return fault(problem.status(), problem.what(), problem.field());
  } catch (const QueueFull& full) {
    auto response = fault(429, full.what(), "");
    response.headers.emplace_back("Retry-After", std::to_string(full.seconds()));
    return response;
  } catch (const Interrupted& interrupted) {
    return fault(503, interrupted.what(), "");
  } catch (const ResourceError& resource) {
    auto response = fault(503, resource.what(), "");
    response.headers.emplace_back("x-should-retry",
                                  "false");  // it would be drawn for nothing again
    return response;
  } catch (const InputError& input) {
    return fault(400, input.what(), "");
  } catch (const ConfigError& config) {
    return fault(400, config.what(), "");
  } catch (const FormatError& format) {
    return fault(400, format.what(), "");
  } catch (const std::exception& other) {
    return fault(500, concat("unexpected: ", other.what()), "");
  } catch (...) {
    return fault(500, "unexpected", "");
  }
}

std::exception_ptr failure_of(const Snapshot& job) {
  if (job.status == JobStatus::succeeded || job.error) return job.error;
  return std::make_exception_ptr(Interrupted("the job was canceled"));
}

void answer_when_drawn(const std::shared_ptr<Exchange>& exchange, Desk& desk, JobOrder order,
                       Fault fault, std::function<HttpResponse(const Snapshot&)> response) {
  const auto id = desk.board.submit(
      std::move(order),
      {.on_end = [exchange, fault, response = std::move(response)](const Snapshot& job) {
        const auto error = failure_of(job);
        exchange->answer(error ? answer_to(error, fault) : response(job));
      }});
  exchange->on_gone([&board = desk.board, id] { board.cancel(id); });
}

struct Service::State : Application {
  explicit State(const ServiceOptions& of)
      : options(of), access(of.access), shelf(of.shelf), board(of.board) {
    add_openai(routes, desk);
    routes.add({.method = "GET",
                .path = "/health",
                .serve = [](const auto& exchange,
                            const Names&) { exchange->answer({.body = R"({"status":"ok"})"}); },
                .needs_key = false,
                .is_quick = true});
    server.emplace(options.server, *this);
  }
  ~State() override { server->stop(); }

  std::optional<HttpResponse> refuse(const Head& head) override {
    const auto fault = fault_for(head.path);
    if (head.method == "OPTIONS") {
      const auto refusal = access.refusal(head, false);
      if (refusal) return fault(refusal->status, refusal->reason, "");
      return HttpResponse{.status = 204, .type = ""};
    }
    const auto found = routes.find(head.method, head.path);
    if (const auto refusal = access.refusal(head, !found || found->route->needs_key)) {
      auto response = fault(refusal->status, refusal->reason, "");
      if (refusal->status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
      return response;
    }
    if (found) return {};
    const auto methods = routes.methods(head.path);
    if (methods.empty()) return fault(404, concat(head.path, ": there is no such path"), "");
    auto response =
        fault(405, concat(head.path, ": expected ", methods.front(), ", got ", head.method), "");
    response.headers.emplace_back("Allow", methods.front());
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
      const auto fault = fault_for(exchange->request().path);
      exchange->answer(answer_to(std::current_exception(), fault));
    }
  }

  HttpResponse fault(int status, const std::string& reason) override {
    return plain_fault(status, reason, "");
  }

  std::vector<std::pair<std::string, std::string>> headers(const Head& head) override {
    auto headers = access.headers(head);
    headers.emplace_back("X-Request-Id", new_id("req_"));
    return headers;
  }

  const ServiceOptions options;
  std::optional<Server> server;  // goes last: exchanges lead to it
  Access access;
  Shelf shelf;
  Board board;
  Desk desk{access, shelf, board, options.limits, std::chrono::system_clock::now()};
  Routes routes;
  boost::asio::thread_pool workers{kWorkers};
};

Service::Service(const ServiceOptions& options) : state_(std::make_unique<State>(options)) {}
Service::~Service() = default;

std::uint16_t Service::port() const { return state_->server->port(); }

void Service::drain(std::chrono::seconds time) {
  state_->server->drain();
  state_->board.drain(time);
}

}  // namespace imagine::serve
