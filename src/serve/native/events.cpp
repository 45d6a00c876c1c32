#include "serve/native/events.h"

#include <map>

#include "core/base64.h"
#include "core/check.h"
#include "serve/json_text.h"
#include "serve/native/job_json.h"

namespace imagine::serve {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kBetween(400);  // two of progress, or two previews of a picture
constexpr int kPreviewQuality = 80;

std::string event_of(const char* name, const Json& data) {
  return concat("event: ", name, "\ndata: ", text_of(data), "\n\n");
}

/// Whether it is time again for something that comes often.
class Pace {
 public:
  bool is_due() {
    const auto now = Clock::now();
    if (now - last_ < kBetween) return false;
    last_ = now;
    return true;
  }

 private:
  Clock::time_point last_ = {};
};

class Events {
 public:
  explicit Events(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}

  /// A status that is new is told at once.
  void change(const Snapshot& job) {
    const bool is_new = job.status != status_;
    if (!is_new && (exchange_->is_behind() || !progress_.is_due())) return;
    status_ = job.status;
    exchange_->send(event_of(is_new ? "status" : "progress", json_of_job(job)));
  }

  void show(const Preview& preview) {
    if (exchange_->is_behind() || !previews_[preview.picture].is_due()) return;
    const auto& image = preview.image;
    const auto bytes =
        encode({.image = image, .recipe = {}}, ImageFormat::jpeg, kPreviewQuality).bytes;
    exchange_->send(
        event_of("preview", {{"picture", preview.picture},
                             {"stage_size", preview.size},
                             {"step", preview.step},
                             {"steps", preview.steps},
                             {"width", image.width},
                             {"height", image.height},
                             {"image", concat("data:image/jpeg;base64,", base64(bytes))}}));
  }

  void add_output(const Snapshot& job) {
    const auto index = job.outputs.size() - 1;
    auto json = json_of_output(job, index);
    json["index"] = index;
    exchange_->send(event_of("output", json));
  }

  void end(const Snapshot& job) {
    exchange_->send(event_of("status", json_of_job(job)));
    exchange_->end();
  }

 private:
  std::shared_ptr<Exchange> exchange_;
  JobStatus status_ = JobStatus::failed;  // which nothing begins with
  Pace progress_;
  std::map<int, Pace> previews_;  // by picture
};

}  // namespace

void stream_events(const std::shared_ptr<Exchange>& exchange, Desk& desk, const std::string& id) {
  const auto now = desk.board.find(id);
  exchange->begin({.type = "text/event-stream", .headers = {{"Cache-Control", "no-store"}}});
  if (exchange->request().method == "HEAD") return;
  const auto events = std::make_shared<Events>(exchange);
  if (now && !now->is_over()) events->change(*now);
  const auto watcher = desk.board.watch(
      id, {.on_change = [events](const Snapshot& job) { events->change(job); },
           .on_preview = [events](const Preview& preview) { events->show(preview); },
           .on_output = [events](const Snapshot& job) { events->add_output(job); },
           .on_end = [events](const Snapshot& job) { events->end(job); }});
  if (!watcher) return exchange->end();  // it has expired in between
  exchange->on_gone([&board = desk.board, id, watcher] { board.unwatch(id, *watcher); });
}

}  // namespace imagine::serve
