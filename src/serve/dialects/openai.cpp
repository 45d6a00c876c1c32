#include "serve/openai.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <future>
#include <numeric>

#include "core/base64.h"
#include "core/check.h"
#include "core/fields.h"
#include "serve/multipart.h"
#include "serve/request_body.h"

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

std::int64_t seconds_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

/// What a request asks beside the pictures themselves.
struct Asked {
  bool stream = false;
  int partial = 0;
  std::string size, quality = "auto", background = "opaque";
};

/// "1536x1024" as a size of the model and an aspect: as many pixels, or the nearest.
void read_size(const std::string& text, const Desk& desk, JobOrder& order) {
  if (text.empty() || text == "auto") return;
  const auto extent = extent_in(text);
  if (!extent) throw Problem(400, concat("size: expected WIDTHxHEIGHT, got \"", text, '"'), "size");
  const auto [width, height] = *extent;
  if (width * height > desk.limits.pixels) {
    throw Problem(400, concat("size: expected at most ", desk.limits.pixels, " pixels, got ", text),
                  "size");
  }
  const auto side = std::sqrt(double(width) * double(height));
  const auto& sizes = order.model->info().sizes;
  order.request.size = *std::ranges::min_element(
      sizes, {}, [&](int size) { return std::abs(std::log(double(size) / side)); });
  const auto common = std::gcd(width, height);
  if (width != height) order.request.aspect = concat(width / common, ':', height / common);
}

/// Fields that mean nothing here, and the only value that asks for nothing.
void refuse_others(const Body& body) {
  const auto only = [&](const char* name, std::initializer_list<std::string_view> fine,
                        const char* why) {
    const auto value = body.text(name);
    if (!value || std::ranges::find(fine, *value) != fine.end()) return;
    throw Problem(400, concat(name, ": ", why, ", got \"", *value, '"'), name);
  };
  only("background", {"", "auto", "opaque"}, "pictures are opaque: expected auto or opaque");
  only("response_format", {"", "b64_json"}, "expected b64_json: no picture is kept for a URL");
  only("quality", {"", "auto", "standard", "hd", "low", "medium", "high", "xhigh", "max"},
       "expected auto, low, medium or high");
  for (const char* name : {"complexity", "frame_count", "frame_duration_ms", "svg", "markup"}) {
    if (body.has(name))
      throw Problem(400, concat(name, ": expected none: no such thing is drawn here"), name);
  }
}

ImageFormat format_in(const Body& body) {
  const auto name = body.text("output_format").value_or("png");
  if (const auto format = value_named<ImageFormat>(name.empty() ? "png" : name)) return *format;
  throw Problem(400, concat("output_format: expected png, jpeg or webp, got \"", name, '"'),
                "output_format");
}

std::shared_ptr<const Model> model_in(const Body& body, Desk& desk) {
  try {
    return desk.shelf.model(body.text("model").value_or(""));
  } catch (const InputError& error) {
    throw Problem(404, error.what(), "model");
  }
}

Asked read_request(const Body& body, Desk& desk, const std::string& owner, JobOrder& order) {
  refuse_others(body);
  order.model = model_in(body, desk);
  order.owner = owner;
  order.format = format_in(body);
  read_common(body, desk, order);
  Asked asked{.stream = body.flag("stream"),
              .partial = int(body.whole("partial_images", 0, kMostPartial).value_or(0)),
              .size = body.text("size").value_or("auto"),
              .quality = body.text("quality").value_or("auto")};
  read_size(asked.size, desk, order);
  return asked;
}

Json entry_of(const Output& output) {
  return {{"b64_json", base64(output.bytes)}, {"seed", output.recipe.request.seed}};
}

std::string size_of(const Output& output) {
  return concat(output.recipe.width, 'x', output.recipe.height);
}

HttpResponse response_of(const Snapshot& job, const Asked& asked) {
  Json data = Json::array();
  for (const auto& output : job.outputs) data.push_back(entry_of(*output));
  const auto& first = *job.outputs.front();
  return {.body = Json{{"created", seconds_now()},
                       {"data", data},
                       {"background", asked.background},
                       {"output_format", name_of(first.format)},
                       {"quality", asked.quality},
                       {"size", size_of(first)}}
                      .dump()};
}

Json event_of(const char* type, const std::string& bytes, const std::string& size,
              const Asked& asked, ImageFormat format) {
  return {{"type", concat("image_generation.", type)},
          {"b64_json", base64(bytes)},
          {"created_at", seconds_now()},
          {"size", size},
          {"quality", asked.quality},
          {"background", asked.background},
          {"output_format", name_of(format)}};
}

/// Clients go by the JSON's type.
std::string line_of(const Json& event) { return concat("data: ", event.dump(), "\n\n"); }

/// Partial pictures as they are drawn, then the whole ones, as server-sent events.
class Stream {
 public:
  Stream(std::shared_ptr<Exchange> exchange, Asked asked, ImageFormat format)
      : exchange_(std::move(exchange)), asked_(std::move(asked)), format_(format) {}

  /// The others wait for it: a job may be told of before submit() has returned.
  void begin() {
    exchange_->begin({.type = "text/event-stream", .headers = {{"Cache-Control", "no-store"}}});
    begun_.set_value();
  }

  /// The next partial picture, once its share of the steps is done.
  void show(const Preview& preview) {
    has_begun_.wait();
    const bool is_due = preview.step * (asked_.partial + 1) >= preview.steps * (shown_ + 1);
    const bool is_last = preview.step == preview.steps;
    if (shown_ == asked_.partial || preview.picture != 0 || !is_due || is_last) return;
    const auto bytes = encode({.image = preview.image, .recipe = {}}, format_).bytes;
    auto event = event_of("partial_image", bytes,
                          concat(preview.image.width, 'x', preview.image.height), asked_, format_);
    event["partial_image_index"] = shown_++;
    exchange_->send(line_of(event));
  }

  void complete(const Output& output) {
    has_begun_.wait();
    auto event = event_of("completed", output.bytes, size_of(output), asked_, format_);
    event["seed"] = output.recipe.request.seed;
    event["usage"] = {{"total_tokens", 0},
                      {"input_tokens", 0},
                      {"output_tokens", 0},
                      {"input_tokens_details", {{"text_tokens", 0}, {"image_tokens", 0}}}};
    exchange_->send(line_of(event));
  }

  void end(const std::exception_ptr& error) {
    has_begun_.wait();
    if (error) exchange_->send(concat("data: ", answer_to(error, openai_fault).body, "\n\n"));
    exchange_->end();
  }

 private:
  std::shared_ptr<Exchange> exchange_;
  const Asked asked_;
  const ImageFormat format_;
  std::promise<void> begun_;
  std::shared_future<void> has_begun_ = begun_.get_future();
  int shown_ = 0;
};

void draw_streaming(const std::shared_ptr<Exchange>& exchange, Desk& desk, JobOrder order,
                    const Asked& asked) {
  const auto stream = std::make_shared<Stream>(exchange, asked, order.format);
  Watcher watcher{
      .on_output = [stream](const Snapshot& job) { stream->complete(*job.outputs.back()); },
      .on_end = [stream](const Snapshot& job) { stream->end(failure_of(job)); }};
  if (asked.partial > 0) {
    watcher.on_preview = [stream](const Preview& preview) { stream->show(preview); };
  }
  const auto id = desk.board.submit(std::move(order), std::move(watcher));
  stream->begin();
  exchange->on_gone([&board = desk.board, id] { board.cancel(id); });
}

void draw(const std::shared_ptr<Exchange>& exchange, Desk& desk, JobOrder order,
          const Asked& asked) {
  answer_when_drawn(exchange, desk, std::move(order), openai_fault,
                    [asked](const Snapshot& job) { return response_of(job, asked); });
}

/// As both OpenAI's and Google's clients list models.
HttpResponse models_of(Desk& desk) {
  const auto since = desk.since.time_since_epoch();
  const auto created = std::chrono::duration_cast<std::chrono::seconds>(since).count();
  Json data = Json::array(), models = Json::array();
  for (const auto& name : desk.shelf.names()) {
    data.push_back(
        {{"id", name}, {"object", "model"}, {"created", created}, {"owned_by", "local"}});
    models.push_back({{"name", "models/" + name}, {"displayName", name}});
  }
  return {.body = Json{{"object", "list"}, {"data", data}, {"models", models}}.dump()};
}

}  // namespace

HttpResponse openai_fault(int status, const std::string& reason, const std::string& field) {
  const auto type = status < 500 ? "invalid_request_error" : "server_error";
  Json error{
      {"message", reason}, {"type", type}, {"param", nullptr}, {"code", code_of(status, field)}};
  if (!field.empty()) error["param"] = field;
  return {.status = status, .body = Json{{"error", error}}.dump()};
}

void add_openai(Routes& routes, Desk& desk) {
  routes.add(
      {.method = "GET", .path = "/v1/models", .serve = [&desk](const auto& exchange, const Names&) {
         exchange->answer(models_of(desk));
       }});
  routes.add({.method = "POST",
              .path = "/v1/images/generations",
              .serve = [&desk](const auto& exchange, const Names&) {
                const Body body(exchange->request());
                JobOrder order;
                const auto asked =
                    read_request(body, desk, desk.access.owner(exchange->request()), order);
                const auto serve = asked.stream ? draw_streaming : draw;
                serve(exchange, desk, std::move(order), asked);
              }});
}

}  // namespace imagine::serve
