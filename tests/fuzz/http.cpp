/// What clients of the server send: targets, values of headers, forms with files, JSON, and the
/// dialects' bodies, up to what they come to.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "attempt.h"
#include "imagine/error.h"
#include "serve/bounded_json.h"
#include "serve/dialects/a1111_fields.h"
#include "serve/dialects/gemini_fields.h"
#include "serve/dialects/google_call.h"
#include "serve/dialects/lora_tags.h"
#include "serve/dialects/openai_fields.h"
#include "serve/dialects/predict_fields.h"
#include "serve/http/accept.h"
#include "serve/http/header_value.h"
#include "serve/http/multipart.h"
#include "serve/http/target.h"
#include "serve/json_text.h"
#include "serve/without_folders.h"

using imagine::attempt;

namespace {

/// What is refused is told: as JSON, whatever bytes the reason has.
template <class Call>
void attempt_and_tell(const Call& call) {
  namespace serve = imagine::serve;
  try {
    call();
  } catch (const imagine::Error& error) {
    const imagine::Json told{{"message", serve::without_folders(error.what())}};
    if (!imagine::Json::accept(serve::text_of(told))) std::abort();
  }
}

/// As JSON and as a form.
template <class Fields>
void read_both(const std::string& text) {
  namespace serve = imagine::serve;
  for (const auto* type : {"application/json", "multipart/form-data; boundary=x"}) {
    serve::HttpRequest request;
    request.headers.emplace("Content-Type", type);
    request.body = text;
    attempt_and_tell([&] { wish_of(serve::sent_as<Fields>(request)); });
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace serve = imagine::serve;
  const std::string text(reinterpret_cast<const char*>(data), size);
  serve::target_of(text);
  serve::parsed_value(text);
  serve::accepted_format(text);
  serve::google_model("/" + text);
  attempt([&] { serve::multipart_of("multipart/form-data; boundary=x", text); });
  const auto line = text.substr(0, text.find('\n'));  // a form whose type is its first line
  attempt([&] { serve::multipart_of(line, text.substr(line.size())); });
  attempt_and_tell([&] { serve::bounded_json(text, "f"); });
  serve::google_call(text);
  auto prompt = text;
  serve::take_lora_tags(prompt);
  read_both<serve::OpenaiFields>(text);
  read_both<serve::PredictFields>(text);
  read_both<serve::GeminiFields>(text);
  read_both<serve::A1111Fields>(text);
  return 0;
}
