/// Values of headers: "form-data; name=\"image\"".
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "serve/http/message.h"

namespace imagine::serve {

struct HeaderValue {
  std::string value;  ///< in small letters
  std::map<std::string, std::string, IgnoringCase> parameters = {};
};

/// A value and its parameters (RFC 9110, sec. 5.6.6): tokens, or quoted with escapes. What is no
/// parameter is passed over.
HeaderValue parsed_value(std::string_view text);

/// Without spaces and tabs around it.
std::string_view trimmed(std::string_view text);

}  // namespace imagine::serve
