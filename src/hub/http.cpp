#include "hub/http.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <curl/curl.h>
#include <exception>
#include <mutex>

#include "core/check.h"
#include "core/number.h"
#include "imagine/version.h"

namespace imagine::hub {
namespace {

constexpr std::size_t kMostHeaders = 1 << 18, kMostText = 64'000'000, kMostRefusal = 1'000'000;
constexpr long kOk = 200, kPartial = 206;

void start_curl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

/// One transfer, as libcurl's callbacks see it. What they throw waits until libcurl has returned.
struct Transfer {
  const Request& request;
  const StopCheck& stop;
  Answer answer = {};
  Body body = {};
  std::size_t header_bytes = 0;
  bool ended = false;  // the receiver has enough
  std::exception_ptr thrown = {};

  template <class Action>
  bool guarded(const Action& action) {
    try {
      return action();
    } catch (...) {
      thrown = std::current_exception();
      return false;
    }
  }
};

void add_header(Answer& answer, std::string_view line) {
  const auto colon = line.find(':');
  if (colon == line.npos) return;
  std::string name(line.substr(0, colon));
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  auto value = line.substr(colon + 1);
  while (!value.empty() && std::isspace(static_cast<unsigned char>(value.front())) != 0) {
    value.remove_prefix(1);
  }
  auto& held = answer.headers[name];
  held += (held.empty() ? "" : ", ") + std::string(value);
}

bool take_header(Transfer& transfer, std::string_view line) {
  transfer.header_bytes += line.size();
  check<FormatError>(transfer.header_bytes <= kMostHeaders, transfer.request.url.shown(),
                     ": expected at most ", kMostHeaders, " bytes of headers, got more");
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {  // another answer begins, as after 100 Continue
    transfer.answer = {};
    const auto blank = line.find(' ');
    const auto code = blank == line.npos ? "" : line.substr(blank + 1, 3);
    transfer.answer.status = long(whole_number(code).value_or(0));
  } else if (!line.empty()) {
    add_header(transfer.answer, line);
  } else if (const auto status = transfer.answer.status;
             transfer.request.receive && (status == kOk || status == kPartial)) {
    transfer.body = transfer.request.receive(transfer.answer);
  }
  return true;
}

bool take_body(Transfer& transfer, std::string_view bytes) {
  if (transfer.body) {
    transfer.ended = !transfer.body(bytes);
    return !transfer.ended;
  }
  auto& text = transfer.answer.text;
  if (transfer.answer.status != kOk) {
    text += bytes.substr(0, kMostRefusal - std::min(text.size(), kMostRefusal));
    return true;
  }
  check<FormatError>(text.size() + bytes.size() <= kMostText, transfer.request.url.shown(),
                     ": expected an answer of at most ", kMostText, " bytes, got a longer one");
  text += bytes;
  return true;
}

extern "C" std::size_t header_callback(char* data, std::size_t, std::size_t size, void* transfer) {
  auto& self = *static_cast<Transfer*>(transfer);
  return self.guarded([&] { return take_header(self, {data, size}); }) ? size : 0;
}

extern "C" std::size_t body_callback(char* data, std::size_t, std::size_t size, void* transfer) {
  auto& self = *static_cast<Transfer*>(transfer);
  // One byte fewer than came ends the transfer; 0 would not where nothing came.
  return self.guarded([&] { return take_body(self, {data, size}); }) ? size : size - 1;
}

extern "C" int progress_callback(void* transfer, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  auto& self = *static_cast<Transfer*>(transfer);
  const bool goes_on = self.guarded([&] {
    check_stop(self.stop);
    return true;
  });
  return goes_on ? 0 : 1;
}

bool is_final(CURLcode code) {
  constexpr std::array kFinal = {CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,
                                 CURLE_UNSUPPORTED_PROTOCOL,     CURLE_URL_MALFORMAT,
                                 CURLE_SSL_CERTPROBLEM,          CURLE_SSL_ISSUER_ERROR,
                                 CURLE_COULDNT_RESOLVE_PROXY,    CURLE_OUT_OF_MEMORY,
                                 CURLE_TOO_MANY_REDIRECTS};
  return std::ranges::find(kFinal, code) != kFinal.end();
}

}  // namespace

std::string Answer::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

std::optional<std::uint64_t> Answer::count(const std::string& name) const {
  const auto number = whole_number(header(name));
  return number && *number >= 0 ? std::optional(std::uint64_t(*number)) : std::nullopt;
}

struct Http::Handle {
  CURL* curl;
  StopCheck stop;
  std::array<char, CURL_ERROR_SIZE> reason{};

  explicit Handle(StopCheck stop_)
      : curl((start_curl(), curl_easy_init())), stop(std::move(stop_)) {
    check<ResourceError>(curl != nullptr, "libcurl: cannot begin");
  }
  ~Handle() { curl_easy_cleanup(curl); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  template <class Value>
  void set(CURLoption option, Value value) {
    const auto code = curl_easy_setopt(curl, option, value);
    check<ResourceError>(code == CURLE_OK, "libcurl: option ", int(option), ": ",
                         curl_easy_strerror(code));
  }

  void prepare(const Settings& settings) {
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_ERRORBUFFER, reason.data());
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_NETRC, long(CURL_NETRC_IGNORED));
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    set(CURLOPT_CONNECTTIMEOUT, settings.timing.connect_seconds);
    set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(CURLOPT_LOW_SPEED_TIME, settings.timing.stall_seconds);
    set(CURLOPT_BUFFERSIZE, 1L << 18);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_HEADERFUNCTION, header_callback);
    set(CURLOPT_WRITEFUNCTION, body_callback);
    set(CURLOPT_XFERINFOFUNCTION, progress_callback);
    auto agent = concat("imagine/", kVersion, "; libcurl/", LIBCURL_VERSION);
    if (!settings.origin.empty()) agent += "; origin/" + settings.origin;
    set(CURLOPT_USERAGENT, agent.c_str());
    if (!settings.certificates.empty()) set(CURLOPT_CAINFO, settings.certificates.c_str());
    if (!settings.certificate_folder.empty()) {
      set(CURLOPT_CAPATH, settings.certificate_folder.c_str());
    }
  }
};

Http::Http(const Settings& settings, StopCheck stop)
    : handle_(std::make_unique<Handle>(std::move(stop))), http_proxy_(settings.http_proxy) {
  handle_->prepare(settings);
}

Http::~Http() = default;

Answer Http::ask(const Request& request) {
  check_stop(handle_->stop);
  Transfer transfer{.request = request, .stop = handle_->stop};
  std::unique_ptr<curl_slist, void (*)(curl_slist*)> list(nullptr, curl_slist_free_all);
  const auto add = [&](const std::string& line) {
    list.reset(curl_slist_append(list.release(), line.c_str()));
  };
  add("Accept-Encoding: identity");  // a compressed body has another length and ignores ranges
  for (const auto& line : request.headers) add(line);
  auto& handle = *handle_;
  handle.reason.front() = '\0';
  handle.set(CURLOPT_URL, request.url.text().c_str());
  handle.set(CURLOPT_HTTPHEADER, list.get());
  handle.set(CURLOPT_NOBODY, request.head ? 1L : 0L);
  if (!request.head) handle.set(CURLOPT_HTTPGET, 1L);
  const bool own_proxy = !http_proxy_.empty() && !request.url.is_https();
  handle.set(CURLOPT_PROXY, own_proxy ? http_proxy_.c_str() : nullptr);  // libcurl finds others
  handle.set(CURLOPT_HEADERDATA, &transfer);
  handle.set(CURLOPT_WRITEDATA, &transfer);
  handle.set(CURLOPT_XFERINFODATA, &transfer);
  const auto code = curl_easy_perform(handle.curl);
  handle.set(CURLOPT_HTTPHEADER, static_cast<curl_slist*>(nullptr));
  if (transfer.thrown) std::rethrow_exception(transfer.thrown);
  if (code == CURLE_OK || transfer.ended) return std::move(transfer.answer);
  const std::string reason =
      handle.reason.front() != '\0' ? handle.reason.data() : curl_easy_strerror(code);
  throw NetworkError(concat(request.url.shown(), ": expected an answer, got: ", reason),
                     transfer.answer.status != 0, !is_final(code));
}

}  // namespace imagine::hub
