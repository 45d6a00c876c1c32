/// For tests: a server, and clients that ask it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <gmock/gmock.h>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base64.h"
#include "core/fields.h"
#include "io/image_file.h"
#include "serve/jobs/public_recipe.h"
#include "serve/service.h"

namespace imagine::serve {

inline constexpr const char* kTinyIf = IMAGINE_SOURCE_DIR "/tests/data/tiny-if-3-levels";

struct Got {
  int status;
  std::string body;
  boost::beast::http::fields headers;

  Json json() const { return Json::parse(body); }
  std::string header(const char* name) const { return std::string(headers[name]); }
};

/// One request on a connection of its own.
class Call {
 public:
  using Verb = boost::beast::http::verb;

  Call(std::uint16_t port, Verb method, const std::string& target) : socket_(io_) {
    socket_.connect({boost::asio::ip::make_address("127.0.0.1"), port});
    request_.method(method), request_.target(target), request_.version(11);
    request_.set(boost::beast::http::field::host, "localhost");
  }

  Call& with(const std::string& name, const std::string& value) {
    request_.set(name, value);
    return *this;
  }
  void send(const std::string& body = "") {
    request_.body() = body;
    request_.prepare_payload();
    boost::beast::http::write(socket_, request_);
  }
  Got answer() {
    boost::beast::http::response_parser<boost::beast::http::string_body> parser;
    parser.body_limit(100'000'000);
    boost::beast::http::read(socket_, buffer_, parser);
    return {.status = int(parser.get().result_int()),
            .body = parser.get().body(),
            .headers = parser.get()};
  }
  void leave() { socket_.close(); }

 private:
  boost::asio::io_context io_;
  boost::asio::ip::tcp::socket socket_;
  boost::beast::http::request<boost::beast::http::string_body> request_;
  boost::beast::flat_buffer buffer_;
};

/// The events of a stream: their names, empty where they have none, and their data.
inline std::vector<std::pair<std::string, Json>> events_of(const std::string& body) {
  std::vector<std::pair<std::string, Json>> events;
  std::string name;
  for (std::size_t at = 0; at < body.size();) {
    const auto end = std::min(body.find('\n', at), body.size());
    const auto line = body.substr(at, end - at);
    if (line.starts_with("event: ")) name = line.substr(7);
    if (line.starts_with("data: ")) events.emplace_back(name, Json::parse(line.substr(6)));
    if (line.empty()) name.clear();
    at = end + 1;
  }
  return events;
}

struct FormPart {
  std::string name, content, filename = {};
};

inline std::string form_of(const std::vector<FormPart>& parts) {
  std::string form;
  for (const auto& [name, content, filename] : parts) {
    form += "--limit\r\nContent-Disposition: form-data; name=\"" + name + "\"";
    if (!filename.empty()) form += "; filename=\"" + filename + "\"\r\nContent-Type: image/png";
    form += "\r\n\r\n" + content + "\r\n";
  }
  return form + "--limit--\r\n";
}

class ServiceTest : public testing::Test {
 protected:
  ServiceTest() {
    options_.shelf = {.model = kTinyIf, .folder = IMAGINE_SOURCE_DIR "/tests/data"};
    options_.board.engine = {.dtype = "fp32", .threads = 1};
  }

  std::uint16_t port() {
    if (!service_) service_ = std::make_unique<Service>(options_);
    return service_->port();
  }
  Got get(const std::string& target) {
    Call call(port(), Call::Verb::get, target);
    call.send();
    return call.answer();
  }
  /// Of a string its text, else the JSON.
  Got post(const std::string& target, const Json& body, const std::string& key = "") {
    Call call(port(), Call::Verb::post, target);
    if (!key.empty()) call.with("Idempotency-Key", key);
    call.with("Content-Type", "application/json")
        .send(body.is_string() ? body.get<std::string>() : body.dump());
    return call.answer();
  }
  Got post_form(const std::string& target, const std::vector<FormPart>& parts) {
    Call call(port(), Call::Verb::post, target);
    call.with("Content-Type", "multipart/form-data; boundary=limit").send(form_of(parts));
    return call.answer();
  }

  /// As an engine alone draws it: the first picture's file in base64.
  std::string drawn(const Request& request, ImageFormat format = ImageFormat::png) {
    Engine engine(options_.board.engine);
    auto picture = engine.draw(Model::open(options_.shelf.model), request).front();
    picture.recipe = public_recipe(std::move(picture.recipe));
    return base64(encode(picture, format).bytes);
  }
  std::string drawn(std::uint64_t seed, ImageFormat format = ImageFormat::png) {
    return drawn({.prompt = "a red cube", .seed = seed, .size = 16, .stages = {{.steps = 2}}},
                 format);
  }

  /// A picture of one colour.
  static Image plain(int side, std::uint8_t level) {
    return {side, side,
            std::vector<std::uint8_t>(std::size_t(side) * std::size_t(side) * 3, level)};
  }
  static std::string file_of(const Image& image) {
    return io::encode_image(image, ImageFormat::png);
  }
  /// A mask as OpenAI's clients have it: its left half transparent.
  static std::string left_half_transparent(int side) {
    std::vector<std::uint8_t> alpha;
    for (int i = 0; i < side * side; ++i) alpha.push_back(i % side < side / 2 ? 0 : 255);
    return encode({.image = plain(side, 0), .recipe = {}, .alpha = alpha}, ImageFormat::png).bytes;
  }
  /// The same mask as others have it: its left half white.
  static Image left_half_white(int side) {
    auto image = plain(side, 0);
    for (int y = 0; y < side; ++y) std::fill_n(image.at(0, y), 3 * (side / 2), std::uint8_t(255));
    return image;
  }

  ServiceOptions options_;
  std::unique_ptr<Service> service_;
};

}  // namespace imagine::serve
