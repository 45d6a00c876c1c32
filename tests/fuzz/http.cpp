/// What clients of the server send: targets, values of headers, forms with files, JSON.
#include <cstddef>
#include <cstdint>
#include <string>

#include "attempt.h"
#include "imagine/error.h"
#include "serve/bounded_json.h"
#include "serve/header_value.h"
#include "serve/multipart.h"
#include "serve/target.h"

using imagine::attempt;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace serve = imagine::serve;
  const std::string text(reinterpret_cast<const char*>(data), size);
  serve::target_of(text);
  serve::parsed_value(text);
  attempt([&] { serve::multipart_of("multipart/form-data; boundary=x", text); });
  const auto line = text.substr(0, text.find('\n'));  // a form whose type is its first line
  attempt([&] { serve::multipart_of(line, text.substr(line.size())); });
  attempt([&] { serve::bounded_json(text, "f"); });
  return 0;
}
