#include "hub/settings.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>

#include "core/check.h"
#include "hub/url.h"

namespace imagine::hub {
namespace {

constexpr auto kUsualEndpoint = "https://huggingface.co";
constexpr std::array<const char*, 2> kOwnOrigins = {"https://huggingface.co:443",
                                                    "https://hf.co:443"};

/// The first of these variables that is set to something.
std::string first_of(const Environment& environment, std::initializer_list<const char*> names) {
  for (const auto* name : names) {
    if (auto value = environment(name); value && !value->empty()) return *std::move(value);
  }
  return {};
}

bool is_true(std::string value) {
  std::ranges::transform(value, value.begin(), [](unsigned char c) { return std::toupper(c); });
  return value == "1" || value == "ON" || value == "YES" || value == "TRUE";
}

/// With ~ at the beginning, $NAME and ${NAME} replaced; what is not set stays as it is.
std::string expanded(const Environment& environment, const std::string& text) {
  std::string result;
  std::size_t at = 0;
  if (text == "~" || text.starts_with("~/")) {
    result = environment("HOME").value_or("~");
    at = 1;
  }
  while (at < text.size()) {
    const bool braced = text.compare(at, 2, "${") == 0;
    auto end = at + (braced ? 2 : 1);
    const auto begin = end;
    const auto is_part = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
    while (text[at] == '$' && end < text.size() && is_part(text[end])) ++end;
    const auto value = environment(text.substr(begin, end - begin).c_str());
    const bool closed = !braced || (end < text.size() && text[end] == '}');
    if (text[at] == '$' && end > begin && closed && value) {
      result += *value;
      at = end + (braced ? 1 : 0);
    } else {
      result += text[at++];
    }
  }
  return result;
}

std::string trimmed(const std::string& text) {
  constexpr auto kBlanks = " \t\r\n";
  const auto begin = text.find_first_not_of(kBlanks);
  return begin == text.npos ? "" : text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

io::fs::path home_of_hub(const Environment& environment) {
  if (const auto own = first_of(environment, {"HF_HOME"}); !own.empty()) {
    return expanded(environment, own);
  }
  const auto caches = first_of(environment, {"XDG_CACHE_HOME"});
  if (!caches.empty()) return io::fs::path(expanded(environment, caches)) / "huggingface";
  return io::fs::path(expanded(environment, "~/.cache")) / "huggingface";
}

void read_token(const Environment& environment, Settings& settings) {
  if (is_true(first_of(environment, {"HF_HUB_DISABLE_IMPLICIT_TOKEN"}))) return;
  for (const auto* name : {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}) {
    settings.token = trimmed(first_of(environment, {name}));
    settings.token_source = name;
    if (!settings.token.empty()) return;
  }
  const auto named = first_of(environment, {"HF_TOKEN_PATH"});
  const auto file = named.empty() ? home_of_hub(environment) / "token"
                                  : io::fs::path(expanded(environment, named));
  std::error_code unknown;
  settings.token_source.clear();
  if (!io::fs::is_regular_file(file, unknown)) return;
  settings.token = trimmed(io::read_file(file));
  if (!settings.token.empty()) settings.token_source = file.string();
}

/// A header's line ends where a line does: a token with one inside would be two headers.
void check_token(const Settings& settings) {
  const auto is_bad = [](unsigned char c) { return c <= ' ' || c > '~'; };
  check<ConfigError>(std::ranges::none_of(settings.token, is_bad), settings.token_source,
                     ": expected a token of printable characters without blanks");
}

}  // namespace

Environment process_environment() {
  return [](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);
    return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
  };
}

Settings Settings::from(const Environment& environment) {
  Settings settings;
  if (auto endpoint = trimmed(first_of(environment, {"HF_ENDPOINT"})); !endpoint.empty()) {
    while (endpoint.ends_with('/')) endpoint.pop_back();
    settings.endpoint = endpoint;
  }
  const auto url = [&] {
    try {
      return Url(settings.endpoint, "HF_ENDPOINT");
    } catch (const FormatError& error) {
      throw ConfigError(error.what());
    }
  }();
  read_token(environment, settings);
  check_token(settings);
  check<ConfigError>(
      settings.token.empty() || url.is_https() || url.is_local(),
      "HF_ENDPOINT: expected https for ", settings.token_source, "'s token, got ",
      settings.endpoint,
      ", where anybody could read it on its way; HF_HUB_DISABLE_IMPLICIT_TOKEN=1 sends none");
  const auto cache = first_of(environment, {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"});
  settings.cache =
      cache.empty() ? home_of_hub(environment) / "hub" : io::fs::path(expanded(environment, cache));
  for (const auto* name : {"HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"}) {
    if (settings.offline.empty() && is_true(first_of(environment, {name}))) settings.offline = name;
  }
  settings.origin = first_of(environment, {"HF_HUB_USER_AGENT_ORIGIN"});
  std::erase_if(settings.origin, [](unsigned char c) { return c <= ' ' || c > '~'; });
  // CGI programs get HTTP_PROXY from strangers' headers; this is none.
  settings.http_proxy =
      first_of(environment, {"http_proxy"}).empty() ? first_of(environment, {"HTTP_PROXY"}) : "";
  settings.certificates = first_of(environment, {"SSL_CERT_FILE"});
  settings.certificate_folder = first_of(environment, {"SSL_CERT_DIR"});
  return settings;
}

bool Settings::is_trusted(const std::string& place) const {
  return place == Url(endpoint, "HF_ENDPOINT").origin() ||
         std::ranges::find(kOwnOrigins, place) != kOwnOrigins.end();
}

bool Settings::is_usual_endpoint() const { return endpoint == kUsualEndpoint; }

}  // namespace imagine::hub
