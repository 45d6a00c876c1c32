#include "serve/native/native.h"

#include "core/check.h"
#include "core/number.h"
#include "serve/json_text.h"
#include "serve/native/capabilities.h"
#include "serve/native/events.h"
#include "serve/native/idempotency.h"
#include "serve/native/job_fields.h"
#include "serve/native/job_json.h"
#include "serve/native/job_schema.h"
#include "serve/native/picture_recipe.h"

namespace imagine::serve {
namespace {

constexpr const char* kJobs = "/imagine/v1/jobs";

Snapshot job_named(Desk& desk, const Names& names) {
  const auto& id = names.at("id");
  if (auto job = desk.board.find(id)) return *std::move(job);
  if (desk.board.has_expired(id)) throw Problem(410, id + ": its results are no longer kept");
  throw Problem(404, "there is no such job");
}

HttpResponse response_of(const Snapshot& job, int status = 200) {
  return {.status = status, .body = text_of(json_of_job(job))};
}

void submit(const std::shared_ptr<Exchange>& exchange, Desk& desk, Idempotency& known) {
  const auto& request = exchange->request();
  auto order = job_order_of(request, desk);  // others need not wait while it is read
  const auto id = known.job_for(desk.access.owner(request), request.header("idempotency-key"),
                                request.body, [&] { return desk.board.submit(std::move(order)); });
  auto response = response_of(job_named(desk, {{"id", id}}), 202);
  response.headers.emplace_back("Location", path_of_job(id));
  exchange->answer(std::move(response));
}

HttpResponse list(Desk& desk, const HttpRequest& request, const Names&) {
  Json jobs = Json::array();
  for (const auto& job : desk.board.jobs_of(desk.access.owner(request)))
    jobs.push_back(json_of_job(job));
  const auto load = desk.board.load();
  return {.body = text_of({{"jobs", jobs},
                           {"queue",
                            {{"queued", load.queued},
                             {"running", load.running},
                             {"seconds_per_picture", load.seconds_per_picture}}}})};
}

/// The picture's file. Whoever knows the job's name may have it: nobody can guess that.
HttpResponse output_of(Desk& desk, const HttpRequest&, const Names& names) {
  const auto job = job_named(desk, names);
  const auto index = whole_number(names.at("index"));
  if (!index || *index < 0 || *index >= std::int64_t(job.outputs.size())) {
    throw Problem(404, "there is no such picture");
  }
  const auto& output = *job.outputs[std::size_t(*index)];
  return {.type = concat("image/", name_of(output.format)),
          .body = output.bytes,
          .headers = {{"Cache-Control", "private, max-age=600, immutable"},
                      {"Content-Disposition",
                       concat("inline; filename=\"imagine-", output.recipe.request.seed, '.',
                              name_of(output.format), '"')}}};
}

HttpResponse job_of(Desk& desk, const HttpRequest&, const Names& names) {
  return response_of(job_named(desk, names));
}

using Answer = HttpResponse (*)(Desk&, const HttpRequest&, const Names&);

HttpResponse cancel(Desk& desk, const HttpRequest&, const Names& names) {
  const auto job = job_named(desk, names);
  desk.board.cancel(job.id);
  return response_of(job_named(desk, names));
}

/// A route whose answer needs no job's end.
Route route_of(const char* method, const std::string& path, Desk& desk, Answer answer) {
  return {.method = method,
          .path = path,
          .serve =
              [&desk, answer](const auto& exchange, const Names& names) {
                exchange->answer(answer(desk, exchange->request(), names));
              },
          .fault = native_fault};
}

void add(Routes& routes, Route route, const char* summary) {
  route.summary = summary;
  routes.add(std::move(route));
}

void add_jobs(Routes& routes, Desk& desk) {
  const std::string job = concat(kJobs, "/{id}");
  routes.add({.method = "POST",
              .path = kJobs,
              .serve = [&desk, known = std::make_shared<Idempotency>()](
                           const auto& exchange, const Names&) { submit(exchange, desk, *known); },
              .fault = native_fault,
              .summary = "A new job; with an Idempotency-Key the same one again",
              .schema = [&desk] { return job_schema(desk.limits); }});
  add(routes, route_of("GET", kJobs, desk, list), "The caller's jobs, and how long the queue is");
  add(routes, route_of("GET", job, desk, job_of), "A job");
  add(routes, route_of("POST", job + "/cancel", desk, cancel),
      "Cancels a job; once more does no harm");
  routes.add({.method = "GET",
              .path = job + "/events",
              .serve =
                  [&desk](const auto& exchange, const Names& names) {
                    stream_events(exchange, desk, job_named(desk, names).id);
                  },
              .fault = native_fault,
              .summary = "A job's course as server-sent events"});
  auto output = route_of("GET", job + "/outputs/{index}", desk, output_of);
  output.needs_key = false;
  add(routes, std::move(output), "A picture's file");
}

HttpResponse capabilities(Desk& desk, const HttpRequest&, const Names&) {
  return {.body = text_of(capabilities_of(desk))};
}

HttpResponse recipe(Desk&, const HttpRequest& request, const Names&) {
  return {.body = text_of(picture_recipe_of(request.body))};
}

}  // namespace

void add_native(Routes& routes, Desk& desk) {
  add_jobs(routes, desk);
  add(routes, route_of("GET", "/imagine/v1/capabilities", desk, capabilities),
      "What can be asked for");
  add(routes, route_of("POST", "/imagine/v1/recipe", desk, recipe),
      "How a picture was made, of its file");
}

}  // namespace imagine::serve
