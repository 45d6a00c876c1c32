#include "serve/dialects/a1111.h"

#include <algorithm>
#include <ranges>

#include "core/base64.h"
#include "core/check.h"
#include "serve/dialects/a1111_answer.h"
#include "serve/dialects/a1111_fields.h"
#include "serve/dialects/a1111_lists.h"
#include "serve/json_text.h"
#include "serve/order.h"
#include "serve/schema.h"

namespace imagine::serve {
namespace {

constexpr const char* kRoot = "/sdapi/v1/";

/// Pictures that an interruption left are an answer too.
void draw(const std::shared_ptr<Exchange>& exchange, Desk& desk, A1111Choices& choices, Task task) {
  const auto& request = exchange->request();
  const auto fields = sent_as<A1111Fields>(request);
  const auto owner = desk.access.owner(request);
  auto wish = wish_of(fields);
  if (task == Task::edit && !wish.image) throw Problem(404, "Init image not found", "init_images");
  if (wish.model.empty()) wish.model = choices.model_of(owner);
  wish.task = task;
  wish.fits_sampler = true;
  auto order = order_of(std::move(wish), desk, owner, kA1111Names);
  const auto id = desk.board.submit(
      std::move(order), {.on_end = [exchange, &board = desk.board,
                                    with_images = fields.send_images](const Snapshot& job) {
        const bool interrupted = job.status == JobStatus::canceled && !board.load().drains;
        const auto error = interrupted ? nullptr : failure_of(job);
        exchange->answer(error ? answer_to(error, a1111_fault)
                               : HttpResponse{.body = text_of(a1111_answer(job, with_images))});
      }});
  exchange->on_gone([&board = desk.board, id] { board.cancel(id); });
}

/// An owner's job that runs or waits, the oldest; nothing where all are over.
std::optional<Snapshot> job_at_work(Desk& desk, const std::string& owner) {
  for (auto& job : desk.board.jobs_of(owner)) {
    if (!job.is_over()) return std::move(job);
  }
  return {};
}

Json state_of(const std::optional<Snapshot>& job) {
  const bool stops = job && job->status == JobStatus::canceling;
  return {{"skipped", false},
          {"interrupted", stops},
          {"stopping_generation", stops},
          {"job", job ? job->id : ""},
          {"job_count", job ? job->progress.pictures : 0},
          {"job_timestamp", a1111_timestamp()},
          {"job_no", job ? job->progress.picture : 0},
          {"sampling_step", job ? job->progress.step : 0},
          {"sampling_steps", job ? job->progress.steps : 0}};
}

HttpResponse progress_of(const Head& head, Desk& desk) {
  const auto job = job_at_work(desk, desk.access.owner(head));
  const auto skips = head.query.find("skip_current_image");
  const bool with_image =
      job && job->preview && (skips == head.query.end() || skips->second != "true");
  Json image;
  if (with_image) {
    image = base64(encode({.image = job->preview->image, .recipe = {}}, ImageFormat::png).bytes);
  }
  return {.body = text_of({{"progress", job ? job->progress.done : 0},
                           {"eta_relative", job ? job->seconds_left.value_or(0) : 0},
                           {"state", state_of(job)},
                           {"current_image", image},
                           {"textinfo", nullptr}})};
}

/// Never another's job.
void interrupt(Desk& desk, const std::string& owner) {
  if (const auto job = job_at_work(desk, owner)) desk.board.cancel(job->id);
}

struct PngInfoFields {
  SentPicture image = {};

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("image", self.image, "a picture's file");
  }
};

HttpResponse png_info(const HttpRequest& request) {
  const auto fields = sent_as<PngInfoFields>(request);
  try {
    return {.body = text_of(a1111_png_info(origin_of(fields.image.bytes, "image")))};
  } catch (const InputError&) {  // it says nothing
    return {.body =
                text_of({{"info", ""}, {"items", Json::object()}, {"parameters", Json::object()}})};
  }
}

}  // namespace

HttpResponse a1111_fault(int status, const std::string& reason, const std::string& field) {
  const int own = status == 400 ? 422 : status;
  Json errors = Json::array();
  if (!field.empty()) errors.push_back({{"loc", {"body", field}}, {"msg", reason}});
  return {.status = own,
          .body = text_of({{"error", "HTTPException"},
                           {"detail", reason},
                           {"body", ""},
                           {"errors", field.empty() ? Json("") : errors}})};
}

void add_a1111(Routes& routes, Desk& desk) {
  const auto choices = std::make_shared<A1111Choices>();
  const auto add = [&](const char* method, const std::string& name, auto serve,
                       Json (*schema)() = nullptr) {
    routes.add({.method = method,
                .path = kRoot + name,
                .serve = [serve](const auto& exchange, const Names&) { serve(exchange); },
                .fault = a1111_fault,
                .summary = "AUTOMATIC1111: " + name,
                .schema = schema});
  };
  for (const auto& [name, task] :
       {std::pair("txt2img", Task::generate), std::pair("img2img", Task::edit)}) {
    add(
        "POST", name,
        [&desk, choices, task = task](const auto& exchange) {
          draw(exchange, desk, *choices, task);
        },
        schema_of<A1111Fields>);
  }
  add("GET", "progress",
      [&desk](const auto& exchange) { exchange->answer(progress_of(exchange->request(), desk)); });
  for (const char* name : {"interrupt", "skip"}) {
    add("POST", name, [&desk](const auto& exchange) {
      interrupt(desk, desk.access.owner(exchange->request()));
      exchange->answer({.body = "{}"});
    });
  }
  add(
      "POST", "png-info",
      [](const auto& exchange) { exchange->answer(png_info(exchange->request())); },
      schema_of<PngInfoFields>);
  add("GET", "options", [&desk, choices](const auto& exchange) {
    exchange->answer(
        {.body = text_of(choices->options(desk, desk.access.owner(exchange->request())))});
  });
  add("POST", "options", [&desk, choices](const auto& exchange) {
    const auto settings = sent_as<A1111Settings>(exchange->request());
    choices->choose(desk, desk.access.owner(exchange->request()), settings);
    exchange->answer({.body = "null"});
  });
  for (const auto& list : kA1111Lists) {
    add(list.method, list.name, [&desk, make = list.make](const auto& exchange) {
      exchange->answer({.body = text_of(make(desk))});
    });
  }
}

}  // namespace imagine::serve
