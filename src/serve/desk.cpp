#include "serve/desk.h"

#include "core/check.h"
#include "serve/without_folders.h"

namespace imagine::serve {
namespace {

/// OpenAI's clients ask again else: what failed would be drawn for nothing once more.
constexpr std::pair kNoRetry("x-should-retry", "false");

constexpr int kUntilNext = 10;  // seconds: whoever ends the server mostly starts another

HttpResponse refused(const Error& error, Fault fault) {
  return fault(400, without_folders(error.what()), field_of(error.what()));
}

}  // namespace

HttpResponse answer_to(std::exception_ptr error, Fault fault) {
  try {
    std::rethrow_exception(error);
  } catch (const Problem& problem) {
    auto response = fault(problem.status(), problem.what(), problem.field());
    if (problem.status() >= 500) response.headers.emplace_back(kNoRetry.first, kNoRetry.second);
    return response;
  } catch (const QueueFull& full) {
    auto response = fault(429, full.what(), "");
    response.headers.emplace_back("Retry-After", std::to_string(full.seconds()));
    return response;
  } catch (const Interrupted& interrupted) {
    auto response = fault(503, interrupted.what(), "");
    response.headers.emplace_back("Retry-After", std::to_string(kUntilNext));
    return response;
  } catch (const ResourceError& resource) {
    auto response = fault(503, without_folders(resource.what()), "");
    response.headers.emplace_back(kNoRetry.first, kNoRetry.second);
    return response;
  } catch (const InputError& input) {
    return refused(input, fault);
  } catch (const ConfigError& config) {
    return refused(config, fault);
  } catch (const FormatError& format) {
    return refused(format, fault);
  } catch (const std::exception& other) {
    return fault(500, concat("unexpected: ", without_folders(other.what())), "");
  } catch (...) {
    return fault(500, "unexpected", "");
  }
}

std::exception_ptr failure_of(const Snapshot& job) {
  if (job.status == JobStatus::succeeded) return nullptr;
  if (!job.error) return std::make_exception_ptr(Problem(503, "the job was canceled"));
  try {
    std::rethrow_exception(job.error);
  } catch (const FormatError& format) {  // not in what was sent: that was read before
    return std::make_exception_ptr(servers_own(format));
  } catch (const ConfigError& config) {
    return std::make_exception_ptr(servers_own(config));
  } catch (...) {
    return job.error;
  }
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

}  // namespace imagine::serve
