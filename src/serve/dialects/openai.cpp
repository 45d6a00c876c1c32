#include "serve/dialects/openai.h"

#include "core/base64.h"
#include "core/check.h"
#include "serve/dialects/models.h"
#include "serve/dialects/openai_fields.h"
#include "serve/dialects/openai_stream.h"
#include "serve/http/accept.h"
#include "serve/json_text.h"
#include "serve/native/job_json.h"
#include "serve/order.h"
#include "serve/schema.h"

namespace imagine::serve {
namespace {

constexpr int kMostPartial = 3;

std::string code_of(int status, const std::string& field) {
  if (status == 404 && field == "model") return "model_not_found";
  switch (status) {
    case 400:
      return "invalid_value";
    case 401:
      return "invalid_api_key";
    case 404:
      return "not_found";
    case 429:
      return "rate_limit_exceeded";
    default:
      return status < 500 ? "invalid_request" : "server_error";
  }
}

/// Where a client finds the picture that is kept.
std::string url_of(const Head& head, const Snapshot& job, std::size_t index) {
  const auto told = head.header("x-forwarded-proto");  // by a proxy that has the certificate
  const auto scheme = told == "https" || told == "http" ? told : head.scheme;
  return concat(scheme, "://", head.header("host"), path_of_output(job.id, index));
}

enum class Carrier { b64_json, url, file };

/// How the answer carries pictures. A request that accepts pictures alone, as curl's may, gets one.
Carrier carrier_of(const Head& head, const OpenaiFields& fields) {
  if (fields.response_format == "url") return Carrier::url;
  const bool asks = fields.response_format == "file";
  const bool is_file = asks || accepted_format(head.header("accept"));
  if (is_file && fields.n.value_or(1) != 1) {
    const char* name = asks ? "response_format" : "n";
    const char* expected =
        asks ? "b64_json of several pictures" : "1 where Accept asks for a picture";
    throw Problem(400, concat(name, ": expected ", expected, ", got ", fields.n.value_or(1)), name);
  }
  return is_file ? Carrier::file : Carrier::b64_json;
}

HttpResponse file_of(const Output& output) {
  return {.type = concat("image/", name_of(output.format)),
          .body = output.bytes,
          .headers = {{"X-Seed", std::to_string(output.recipe.request.seed)}}};
}

HttpResponse response_of(const Head& head, const Snapshot& job, const OpenaiEcho& echo,
                         Carrier carrier) {
  if (carrier == Carrier::file) return file_of(*job.outputs.front());
  auto json = openai_traits(*job.outputs.front(), echo);
  json["created"] = openai_time();
  json["data"] = Json::array();
  for (std::size_t i = 0; i < job.outputs.size(); ++i) {
    const auto& output = *job.outputs[i];
    Json entry{{"seed", output.recipe.request.seed}};
    if (carrier == Carrier::url) {
      entry["url"] = url_of(head, job, i);
    } else {
      entry["b64_json"] = base64(output.bytes);
    }
    json["data"].push_back(std::move(entry));
  }
  return {.body = text_of(json)};
}

/// Generations where there is no picture, else edits.
void draw(const std::shared_ptr<Exchange>& exchange, Desk& desk, Task task) {
  const auto& request = exchange->request();
  const auto fields = sent_as<OpenaiFields>(request);
  check_between(fields.partial_images, 0, kMostPartial, "partial_images");
  auto wish = wish_of(fields);
  if (task == Task::edit && !wish.image) {
    throw Problem(400, "image: expected a picture to edit, got none", "image");
  }
  if (task == Task::generate && wish.image) {
    throw Problem(400, "image: expected none to generate; POST /v1/images/edits takes one",
                  "image");
  }
  wish.task = task;
  const auto accepted = accepted_format(request.header("accept"));
  if (wish.format.empty() && accepted) wish.format = name_of(*accepted);
  auto order = order_of(std::move(wish), desk, desk.access.owner(request), names_of(fields));
  const auto echo = echo_of(fields);
  if (fields.stream) return stream_to_openai(exchange, desk, std::move(order), echo);
  const auto carrier = carrier_of(request, fields);
  order.is_kept = carrier == Carrier::url;
  const Head& head = request;
  answer_when_drawn(
      exchange, desk, std::move(order), openai_fault,
      [head, echo, carrier](const Snapshot& job) { return response_of(head, job, echo, carrier); });
}

}  // namespace

HttpResponse openai_fault(int status, const std::string& reason, const std::string& field) {
  const auto type = status < 500 ? "invalid_request_error" : "server_error";
  Json error{
      {"message", reason}, {"type", type}, {"param", nullptr}, {"code", code_of(status, field)}};
  if (!field.empty()) error["param"] = field;
  return {.status = status, .body = text_of({{"error", error}})};
}

void add_openai(Routes& routes, Desk& desk) {
  routes.add(
      {.method = "GET",
       .path = "/v1/models",
       .serve = [&desk](const auto& exchange, const Names&) { exchange->answer(models_of(desk)); },
       .fault = openai_fault,
       .summary = "Models, as OpenAI's and Google's clients list them"});
  routes.add(
      {.method = "GET",
       .path = "/v1/models/{name}",
       .serve = [&desk](
                    const auto& exchange,
                    const Names& names) { exchange->answer(model_named(desk, names.at("name"))); },
       .fault = openai_fault,
       .takes = [&desk](const Names& names) { return is_model_name(desk, names.at("name")); }});
  const auto add = [&](const char* path, Task task, const char* summary) {
    routes.add(
        {.method = "POST",
         .path = path,
         .serve = [&desk, task](const auto& exchange, const Names&) { draw(exchange, desk, task); },
         .fault = openai_fault,
         .summary = summary,
         .schema = schema_of<OpenaiFields>});
  };
  add("/v1/images/generations", Task::generate, "OpenAI: draws pictures from a prompt");
  add("/v1/images/edits", Task::edit, "OpenAI: draws a picture, or a part of it, anew");
}

}  // namespace imagine::serve
