#include "serve/dialects/openai_stream.h"

#include <future>

#include "core/base64.h"
#include "core/check.h"
#include "serve/dialects/openai.h"
#include "serve/json_text.h"

namespace imagine::serve {
namespace {

std::string size_of(const Recipe& recipe) { return concat(recipe.width, 'x', recipe.height); }

/// Clients of OpenAI's go by the JSON's type, others by the event's name.
std::string line_of(const Json& event) {
  return concat("event: ", event["type"].get<std::string>(), "\ndata: ", text_of(event), "\n\n");
}

class Stream {
 public:
  Stream(std::shared_ptr<Exchange> exchange, const OpenaiEcho& echo, const JobOrder& order)
      : exchange_(std::move(exchange)),
        echo_(echo),
        format_(order.format),
        beginning_(order.request.task == Task::edit ? "image_edit." : "image_generation.") {}

  /// The others wait for it: a job may be told of before submit() has returned.
  void begin() {
    exchange_->begin({.type = "text/event-stream", .headers = {{"Cache-Control", "no-store"}}});
    begun_.set_value();
  }

  /// The next partial picture, once its share of the steps is done.
  void show(const Preview& preview) {
    has_begun_.wait();
    const auto most = echo_.partial_images;
    const bool is_due = preview.step * (most + 1) >= preview.steps * (shown_ + 1);
    const bool is_last = preview.step == preview.steps;
    if (shown_ == most || preview.picture != 0 || !is_due || is_last) return;
    if (exchange_->is_behind()) return;
    const Picture picture{.image = preview.image, .recipe = {}};
    const Output output{.bytes = encode(picture, format_).bytes,
                        .format = format_,
                        .recipe = {.width = preview.image.width, .height = preview.image.height}};
    auto event = event_of("partial_image", output);
    event["partial_image_index"] = shown_++;
    exchange_->send(line_of(event));
  }

  void complete(const Output& output) {
    has_begun_.wait();
    auto event = event_of("completed", output);
    event["seed"] = output.recipe.request.seed;
    exchange_->send(line_of(event));
  }

  void end(const std::exception_ptr& error) {
    has_begun_.wait();
    if (error)
      exchange_->send(concat("event: error\ndata: ", answer_to(error, openai_fault).body, "\n\n"));
    exchange_->end();
  }

 private:
  Json event_of(const char* type, const Output& output) const {
    auto event = openai_traits(output, echo_);
    event["type"] = concat(beginning_, type);
    event["b64_json"] = base64(output.bytes);
    event["created_at"] = openai_time();
    return event;
  }

  std::shared_ptr<Exchange> exchange_;
  const OpenaiEcho echo_;
  const ImageFormat format_;
  const char* const beginning_;
  std::promise<void> begun_;
  std::shared_future<void> has_begun_ = begun_.get_future();
  int shown_ = 0;
};

}  // namespace

std::int64_t openai_time() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

Json openai_traits(const Output& output, const OpenaiEcho& echo) {
  const Json none{{"text_tokens", 0}, {"image_tokens", 0}};
  Json traits{{"background", "opaque"},
              {"output_format", name_of(output.format)},
              {"quality", echo.quality},
              {"size", size_of(output.recipe)},
              {"usage",
               {{"total_tokens", 0},
                {"input_tokens", 0},
                {"output_tokens", 0},
                {"input_tokens_details", none},
                {"output_tokens_details", none}}}};
  if (!echo.safety_identifier.empty()) traits["safety_identifier"] = echo.safety_identifier;
  return traits;
}

void stream_to_openai(const std::shared_ptr<Exchange>& exchange, Desk& desk, JobOrder order,
                      const OpenaiEcho& echo) {
  const auto stream = std::make_shared<Stream>(exchange, echo, order);
  Watcher watcher{
      .on_output = [stream](const Snapshot& job) { stream->complete(*job.outputs.back()); },
      .on_end = [stream](const Snapshot& job) { stream->end(failure_of(job)); }};
  if (echo.partial_images > 0) {
    watcher.on_preview = [stream](const Preview& preview) { stream->show(preview); };
  }
  const auto id = desk.board.submit(std::move(order), std::move(watcher));
  stream->begin();
  exchange->on_gone([&board = desk.board, id] { board.cancel(id); });
}

}  // namespace imagine::serve
