#include "serve/native/job_json.h"

#include <chrono>

#include "core/check.h"
#include "core/request_json.h"
#include "serve/desk.h"
#include "serve/json_text.h"
#include "serve/without_folders.h"

namespace imagine::serve {
namespace {

const char* code_of(int status) {
  switch (status) {
    case 400:
      return "invalid_request";
    case 401:
      return "unauthorized";
    case 403:
      return "forbidden";
    case 404:
      return "not_found";
    case 410:
      return "expired";
    case 422:
      return "conflict";
    case 429:
      return "queue_full";
    case 503:
      return "unavailable";
    default:
      return status < 500 ? "invalid_request" : "server_error";
  }
}

double seconds_of(std::chrono::system_clock::time_point time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

std::string message_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& known) {
    return without_folders(known.what());
  } catch (...) {
    return "unexpected";
  }
}

Json json_of_progress(const Snapshot& job) {
  const auto& progress = job.progress;
  const bool done = job.status == JobStatus::succeeded;
  return {{"value", done ? 1 : progress.done},
          {"stage_size", progress.size},
          {"step", progress.step},
          {"steps", progress.steps},
          {"picture", progress.picture},
          {"together", progress.together},
          {"pictures", progress.pictures},
          {"seconds_left", job.seconds_left ? Json(*job.seconds_left) : Json()}};
}

Json json_of_cut(const CutPrompt& cut) {
  return {{"code", "prompt_cut"},
          {"message", concat("the text encoder reads ", cut.read, " of the ", cut.tokens,
                             " tokens of a text; what comes after that is not drawn")},
          {"tokens", cut.tokens},
          {"read", cut.read}};
}

}  // namespace

HttpResponse native_fault(int status, const std::string& reason, const std::string& field) {
  Json error{{"code", code_of(status)}, {"message", reason}};
  if (!field.empty()) error["field"] = field;
  return {.status = status, .body = text_of({{"error", error}})};
}

std::string path_of_job(const std::string& id) { return "/imagine/v1/jobs/" + id; }

std::string path_of_output(const std::string& id, std::size_t index) {
  return concat(path_of_job(id), "/outputs/", index);
}

Json json_of_output(const Snapshot& job, std::size_t index) {
  const auto& output = *job.outputs.at(index);
  return {{"url", path_of_output(job.id, index)}, {"format", name_of(output.format)},
          {"width", output.recipe.width},         {"height", output.recipe.height},
          {"seed", output.recipe.request.seed},   {"recipe", to_json(output.recipe)}};
}

Json json_of_job(const Snapshot& job) {
  const auto path = path_of_job(job.id);
  Json json{{"id", job.id}, {"status", name_of(job.status)}};
  if (job.status == JobStatus::queued) json["queue_position"] = job.place;
  json["progress"] = json_of_progress(job);
  json["created_at"] = seconds_of(job.created);
  json["expires_at"] = job.expires ? Json(seconds_of(*job.expires)) : Json();
  json["model"] = job.asked->model;
  json["request"] = to_json(job.asked->request);
  json["outputs"] = Json::array();
  for (std::size_t i = 0; i < job.outputs.size(); ++i) {
    json["outputs"].push_back(json_of_output(job, i));
  }
  json["warnings"] = Json::array();
  for (const auto& cut : job.cut) json["warnings"].push_back(json_of_cut(cut));
  if (job.status == JobStatus::failed) {
    json["error"] = {{"code", "failed"}, {"message", message_of(failure_of(job))}};
  }
  json["urls"] = {{"self", path}, {"events", path + "/events"}, {"cancel", path + "/cancel"}};
  return json;
}

}  // namespace imagine::serve
