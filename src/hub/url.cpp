#include "hub/url.h"

#include <algorithm>
#include <cctype>
#include <curl/curl.h>
#include <memory>

#include "core/check.h"

namespace imagine::hub {
namespace {

using Handle = std::unique_ptr<CURLU, void (*)(CURLU*)>;

/// Empty where the URL has no such part.
std::string part(CURLU* url, CURLUPart which, unsigned int flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, flags) != CURLUE_OK) return {};
  std::string result(text);
  curl_free(text);
  return result;
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

std::string without_query(const std::string& text) {
  return text.substr(0, text.find_first_of("?#"));
}

}  // namespace

Url::Url(const std::string& text, const std::string& where) {
  const Handle url(curl_url(), curl_url_cleanup);
  const bool parsed = curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) == CURLUE_OK;
  const auto scheme = lower(part(url.get(), CURLUPART_SCHEME));
  check<FormatError>(parsed && (scheme == "http" || scheme == "https"), where,
                     ": expected a URL of http or https, got \"", without_query(text), '"');
  check<FormatError>(part(url.get(), CURLUPART_USER).empty(), where,
                     ": expected a URL without a user's name in it, got one");
  curl_url_set(url.get(), CURLUPART_FRAGMENT, nullptr, 0);
  text_ = part(url.get(), CURLUPART_URL);
  host_ = lower(part(url.get(), CURLUPART_HOST));
  origin_ = concat(scheme, "://", host_, ':', part(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT));
}

Url Url::at(const std::string& location) const {
  const Handle url(curl_url(), curl_url_cleanup);
  const bool resolved = curl_url_set(url.get(), CURLUPART_URL, text_.c_str(), 0) == CURLUE_OK &&
                        curl_url_set(url.get(), CURLUPART_URL, location.c_str(), 0) == CURLUE_OK;
  check<FormatError>(resolved, shown(), ": expected a redirect to a URL, got one to \"",
                     without_query(location), '"');
  return Url(part(url.get(), CURLUPART_URL), shown());
}

bool Url::is_local() const {
  return host_ == "localhost" || host_ == "127.0.0.1" || host_ == "[::1]";
}

std::string Url::shown() const { return without_query(text_); }

}  // namespace imagine::hub
