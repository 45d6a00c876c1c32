#include "serve/dialects/a1111.h"

#include <algorithm>
#include <mutex>
#include <set>

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

/// Jobs whose present picture is skipped.
class Skips {
 public:
  void add(const std::string& job) {
    const std::lock_guard lock(mutex_);
    jobs_.insert(job);
  }
  /// Whether it is one of them, which it no longer is then.
  bool take(const std::string& job) {
    const std::lock_guard lock(mutex_);
    return jobs_.erase(job) > 0;
  }

 private:
  std::mutex mutex_;
  std::set<std::string> jobs_;
};

/// What is kept from one request to the next.
struct Memory {
  A1111Choices choices;
  Skips skips;
};

A1111Shape shape_of(const A1111Fields& fields) {
  return {
      .with_images = fields.send_images, .batch_size = fields.batch_size, .n_iter = fields.n_iter};
}

/// A request on its way, which may be several jobs one after the other: who skips a picture wants
/// those of the next batches all the same.
class Drawing : public std::enable_shared_from_this<Drawing> {
 public:
  Drawing(std::shared_ptr<Exchange> exchange, Desk& desk, Skips& skips, JobOrder order,
          const A1111Shape& shape)
      : exchange_(std::move(exchange)),
        desk_(desk),
        skips_(skips),
        order_(std::move(order)),
        shape_(shape) {}

  void begin() {
    submit();
    exchange_->on_gone([self = shared_from_this()] {
      const std::lock_guard lock(self->mutex_);
      self->is_gone_ = true;
      self->desk_.board.cancel(self->id_);
    });
  }

 private:
  /// What is left of it.
  void submit() {
    auto order = order_;
    order.request.seed += std::uint64_t(next_);
    order.request.count -= int(next_);
    const std::lock_guard lock(mutex_);
    if (is_gone_) return;
    id_ = desk_.board.submit(
        std::move(order),
        {.on_end = [self = shared_from_this()](const Snapshot& job) { self->end(job); }});
  }

  void end(const Snapshot& job) {
    outputs_.insert(outputs_.end(), job.outputs.begin(), job.outputs.end());
    const bool interrupted = job.status == JobStatus::canceled && !desk_.board.load().drains;
    const bool skipped = skips_.take(job.id);  // of one that was over before, too
    if (interrupted && skipped) {
      const auto drawn = next_ + std::ssize(job.outputs);
      next_ = (drawn / shape_.batch_size + 1) * shape_.batch_size;
      try {
        if (next_ < order_.request.count) return submit();
      } catch (...) {  // there is no more room
        exchange_->answer(answer_to(std::current_exception(), a1111_fault));
        return;
      }
    }
    // Pictures that an interruption left are an answer too.
    if (const auto error = interrupted ? nullptr : failure_of(job)) {
      exchange_->answer(answer_to(error, a1111_fault));
      return;
    }
    auto whole = job;
    whole.outputs = outputs_;
    exchange_->answer({.body = text_of(a1111_answer(whole, shape_))});
  }

  const std::shared_ptr<Exchange> exchange_;
  Desk& desk_;
  Skips& skips_;
  const JobOrder order_;
  const A1111Shape shape_;
  std::vector<std::shared_ptr<const Output>> outputs_;
  std::int64_t next_ = 0;  // of its pictures
  std::mutex mutex_;
  std::string id_;  // under the mutex, as is the next one
  bool is_gone_ = false;
};

void draw(const std::shared_ptr<Exchange>& exchange, Desk& desk, Memory& memory, Task task) {
  const auto& request = exchange->request();
  const auto fields = sent_as<A1111Fields>(request);
  const auto owner = desk.access.owner(request);
  auto wish = wish_of(fields);
  if (task == Task::edit && !wish.image) throw Problem(404, "Init image not found", "init_images");
  if (wish.model.empty()) wish.model = memory.choices.model_of(owner);
  wish.task = task;
  wish.fits_sampler = true;
  auto order = order_of(std::move(wish), desk, owner, kA1111Names);
  std::make_shared<Drawing>(exchange, desk, memory.skips, std::move(order), shape_of(fields))
      ->begin();
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

void skip(Desk& desk, const std::string& owner, Skips& skips) {
  const auto job = job_at_work(desk, owner);
  if (!job) return;
  skips.add(job->id);
  desk.board.cancel(job->id);
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
  const auto memory = std::make_shared<Memory>();
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
        [&desk, memory, task = task](const auto& exchange) { draw(exchange, desk, *memory, task); },
        schema_of<A1111Fields>);
  }
  add("GET", "progress",
      [&desk](const auto& exchange) { exchange->answer(progress_of(exchange->request(), desk)); });
  add("POST", "interrupt", [&desk](const auto& exchange) {
    interrupt(desk, desk.access.owner(exchange->request()));
    exchange->answer({.body = "{}"});
  });
  add("POST", "skip", [&desk, memory](const auto& exchange) {
    skip(desk, desk.access.owner(exchange->request()), memory->skips);
    exchange->answer({.body = "null"});
  });
  add(
      "POST", "png-info",
      [](const auto& exchange) { exchange->answer(png_info(exchange->request())); },
      schema_of<PngInfoFields>);
  add("GET", "options", [&desk, memory](const auto& exchange) {
    exchange->answer(
        {.body = text_of(memory->choices.options(desk, desk.access.owner(exchange->request())))});
  });
  add("POST", "options", [&desk, memory](const auto& exchange) {
    const auto settings = sent_as<A1111Settings>(exchange->request());
    memory->choices.choose(desk, desk.access.owner(exchange->request()), settings);
    exchange->answer({.body = "null"});
  });
  for (const auto& list : kA1111Lists) {
    add(list.method, list.name, [&desk, make = list.make](const auto& exchange) {
      exchange->answer({.body = text_of(make(desk))});
    });
  }
}

}  // namespace imagine::serve
