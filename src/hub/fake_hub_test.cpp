#include "hub/fake_hub.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cctype>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <random>
#include <sys/socket.h>
#include <unistd.h>

#include "core/check.h"
#include "core/fields.h"
#include "core/number.h"

namespace imagine::hub {
namespace {

constexpr std::size_t kPage = 3;  // files of a listing's page
// The store's own, which is no hash of the content.
constexpr auto kStoreEtag = "\"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\"";

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

std::string decoded(const std::string& text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      result += char(std::stoi(text.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

/// False at the end of the connection.
bool read_head(int socket, std::string& head) {
  head.clear();
  std::array<char, 1> byte{};
  while (!head.ends_with("\r\n\r\n")) {
    if (::recv(socket, byte.data(), 1, 0) != 1) return false;
    head += byte[0];
  }
  return true;
}

FakeRequest parsed(const std::string& server, const std::string& head) {
  FakeRequest request{.server = server, .method = {}, .target = {}, .headers = {}};
  std::istringstream lines(head);
  std::string line;
  lines >> request.method >> request.target;
  std::getline(lines, line);
  while (std::getline(lines, line) && line != "\r") {
    const auto colon = line.find(": ");
    if (colon == line.npos) continue;
    request.headers[lower(line.substr(0, colon))] = line.substr(colon + 2, line.size() - colon - 3);
  }
  return request;
}

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(std::size_t(sent));
  }
  return true;
}

FakeReply error_reply(int status, const std::string& code, const std::string& message) {
  return {.status = status,
          .headers = {{"X-Error-Code", code}, {"X-Error-Message", message}},
          .body = "{\"error\":\"" + message + "\"}"};
}

/// "org/name" and what follows it.
std::pair<std::string, std::string> split_name(const std::string& path) {
  const auto slash = path.find('/', path.find('/') + 1);
  return {path.substr(0, slash), slash == path.npos ? "" : path.substr(slash + 1)};
}

}  // namespace

std::string FakeRequest::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

FakeServer::FakeServer(std::string name, Handler handler)
    : name_(std::move(name)), handler_(std::move(handler)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  check<Error>(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                   ::listen(listener_, 16) == 0 &&
                   ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0,
               "the loopback cannot be listened to");
  port_ = ntohs(address.sin_port);
  accepting_ = std::thread([this] { accept_all(); });
}

FakeServer::~FakeServer() {
  ends_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  accepting_.join();
  ::close(listener_);
  {
    const std::lock_guard lock(mutex_);
    for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
  }
  for (auto& thread : threads_) thread.join();
  for (const int socket : sockets_) ::close(socket);
}

std::string FakeServer::url() const { return concat("http://127.0.0.1:", port_); }

void FakeServer::accept_all() {
  while (!ends_) {
    const int socket = ::accept(listener_, nullptr, nullptr);
    if (socket < 0) return;
    const int at_once = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof(at_once));
    ++connections_;
    const std::lock_guard lock(mutex_);
    sockets_.push_back(socket);
    threads_.emplace_back([this, socket] { serve(socket); });
  }
}

void FakeServer::serve(int socket) {
  std::string head;
  while (read_head(socket, head)) {
    if (!answer(socket, parsed(name_, head))) break;
  }
  ::shutdown(socket, SHUT_RDWR);
}

/// False where the connection is not to be used any more.
bool FakeServer::answer(int socket, const FakeRequest& request) {
  const auto reply = handler_(request);
  auto head = concat("HTTP/1.1 ", reply.status, " X\r\n");
  for (const auto& [name, value] : reply.headers) head += concat(name, ": ", value, "\r\n");
  const bool has_length = std::ranges::any_of(
      reply.headers, [](const auto& header) { return lower(header.first) == "content-length"; });
  if (reply.without_length) {
    head += "Connection: close\r\n";
  } else if (!has_length) {
    head += concat("Content-Length: ", reply.body.size(), "\r\n");
  }
  if (!send_all(socket, head + "\r\n")) return false;
  if (reply.silent) {
    while (!ends_) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return false;
  }
  if (request.method == "HEAD") return true;
  const auto body =
      std::string_view(reply.body).substr(0, reply.cut_after.value_or(std::string::npos));
  return send_all(socket, body) && !reply.cut_after && !reply.without_length;
}

FakeHub::FakeHub()
    : hub_("hub", [this](const FakeRequest& request) { return answer(request); }),
      store_("store", [this](const FakeRequest& request) { return answer(request); }),
      foreign_("foreign", [this](const FakeRequest& request) { return answer(request); }) {}

std::vector<FakeRequest> FakeHub::log() const {
  const std::lock_guard lock(mutex_);
  return log_;
}

int FakeHub::count(const std::string& server, const std::string& part,
                   const std::string& method) const {
  const auto all = log();
  return int(std::ranges::count_if(all, [&](const FakeRequest& request) {
    return request.server == server && request.asks(part) &&
           (method.empty() || request.method == method);
  }));
}

FakeReply FakeHub::answer(const FakeRequest& request) {
  const std::lock_guard lock(mutex_);
  log_.push_back(request);
  if (before) {
    if (auto reply = before(request)) return *std::move(reply);
  }
  if (request.server == "hub") return hub_answer(request);
  if (request.server == "store") return store_answer(request);
  return {.status = 200, .headers = {}, .body = "<html>nothing of a hub</html>"};
}

FakeReply FakeHub::hub_answer(const FakeRequest& request) const {
  constexpr std::string_view kModels = "/api/models/", kCache = "/api/resolve-cache/models/";
  const auto& target = request.target;
  if (target.starts_with(kCache)) return small_file(request);
  const bool is_api = target.starts_with(kModels);
  const auto [name, rest] = split_name(target.substr(is_api ? kModels.size() : 1));
  if (auto reply = refused(name, request)) return *std::move(reply);
  if (!is_api) return resolve(name, request);
  if (rest.starts_with("revision/")) return revision(name, decoded(rest.substr(9)));
  return tree(name, request);
}

std::optional<FakeReply> FakeHub::refused(const std::string& name,
                                          const FakeRequest& request) const {
  const auto token = request.header("authorization");
  const auto found = repositories.find(name);
  if (found == repositories.end()) {
    return error_reply(token.empty() ? 401 : 404, "RepoNotFound", "Repository not found");
  }
  const auto& repository = found->second;
  if (!repository.gated || request.asks("/api/")) return std::nullopt;  // its listing is open
  if (token.empty()) return error_reply(401, "GatedRepo", "Access to model is restricted");
  if (token != "Bearer " + repository.accepted) {
    return error_reply(403, "GatedRepo", "Access to model is restricted");
  }
  return std::nullopt;
}

FakeReply FakeHub::revision(const std::string& name, const std::string& revision) const {
  const auto& commit = repositories.at(name).commit;
  if (revision != "main" && revision != "refs/pr/1" && revision != commit) {
    return error_reply(404, "RevisionNotFound", "Invalid rev id");
  }
  const Json json = {{"id", name}, {"sha", commit}, {"private", false}, {"gated", false}};
  return {.headers = {{"Content-Type", "application/json"}}, .body = json.dump()};
}

FakeReply FakeHub::tree(const std::string& name, const FakeRequest& request) const {
  const auto& files = repositories.at(name).files;
  const auto cursor = request.target.find("cursor=");
  const auto first = cursor == request.target.npos
                         ? std::size_t(0)
                         : std::size_t(std::stoul(request.target.substr(cursor + 7)));
  Json page = Json::array();
  std::size_t at = 0;
  for (const auto& [path, file] : files) {
    if (at++ < first || at > first + kPage) continue;
    Json entry = {{"type", "file"}, {"path", path}, {"size", file.content.size()}};
    entry["oid"] = git_hash_of(file.large ? "version https://git-lfs" + path : file.content);
    if (file.large) {
      entry["lfs"] = {
          {"oid", sha256_of(file.content)}, {"size", file.content.size()}, {"pointerSize", 134}};
      entry["xetHash"] = std::string(64, 'e');
    }
    page.push_back(entry);
  }
  page.push_back({{"type", "directory"}, {"path", "folder"}, {"size", 0}, {"oid", "0"}});
  FakeReply reply{.body = page.dump()};
  if (first + kPage < files.size()) {
    const auto next = concat(hub_.url(), "/api/models/", name, "/tree/x?cursor=", first + kPage);
    reply.headers.emplace_back("Link", "<" + next + ">; rel=\"next\"");
  }
  return reply;
}

FakeReply FakeHub::resolve(const std::string& name, const FakeRequest& request) const {
  const auto& repository = repositories.at(name);
  const auto begin = concat("/", name, "/resolve/", repository.commit, "/");
  const auto path = request.target.starts_with(begin) ? request.target.substr(begin.size()) : "";
  const auto file = repository.files.find(decoded(path));
  if (file == repository.files.end()) {
    auto reply = error_reply(404, "EntryNotFound", "Entry not found");
    reply.headers.emplace_back("X-Repo-Commit", repository.commit);
    return reply;
  }
  FakeReply reply{.status = 307, .headers = {{"X-Repo-Commit", repository.commit}}};
  if (!file->second.large) {
    reply.headers.emplace_back("Location", concat("/api/resolve-cache/models/", name, "/",
                                                  repository.commit, "/", path, "?etag=1"));
    return reply;
  }
  const auto hash = sha256_of(file->second.content);
  reply.status = 302;
  reply.body = "Found. Redirecting";
  reply.headers.insert(reply.headers.end(),
                       {{"X-Linked-Etag", "\"" + hash + "\""},
                        {"X-Linked-Size", concat(file->second.content.size())},
                        {"ETag", "\"" + std::string(40, 'a') + "\""},
                        {"X-Xet-Hash", std::string(64, 'e')},
                        {"Link", "<" + hub_.url() + "/api/xet>; rel=\"xet-auth\""},
                        {"Set-Cookie", "secret=1"},
                        {"Location", concat(store_.url(), "/", hash, "?Signature=secret")}});
  return reply;
}

FakeReply FakeHub::small_file(const FakeRequest& request) const {
  const auto path = request.target.substr(std::string("/api/resolve-cache/models/").size());
  const auto [name, rest] = split_name(path);
  const auto& repository = repositories.at(name);
  const auto at = rest.find('/') + 1;
  const auto& content = repository.files.at(decoded(rest.substr(at, rest.find('?') - at))).content;
  if (request.header("accept-encoding").find("gzip") != std::string::npos) {
    return {.headers = {{"Content-Encoding", "gzip"}}, .body = "shorter"};
  }
  return {.headers = {{"X-Repo-Commit", repository.commit},
                      {"ETag", "W/\"" + git_hash_of(content) + "\""}},
          .body = content};
}

FakeReply FakeHub::store_answer(const FakeRequest& request) const {
  const auto hash = request.target.substr(1, request.target.find('?') - 1);
  for (const auto& [name, repository] : repositories) {
    for (const auto& [path, file] : repository.files) {
      if (file.large && sha256_of(file.content) == hash) return stored(request, file.content);
    }
  }
  return {.status = 404, .headers = {}, .body = "<Error>NoSuchKey</Error>"};
}

FakeReply FakeHub::stored(const FakeRequest& request, const std::string& content) {
  FakeReply reply{.headers = {{"ETag", kStoreEtag}}};
  const auto range = request.header("range");
  const bool is_ignored = request.header("accept-encoding").find("gzip") != std::string::npos ||
                          range.find(',') != std::string::npos;
  const auto dash = range.find('-');
  if (is_ignored || !range.starts_with("bytes=") || dash == range.npos) {
    reply.body = content;
    return reply;
  }
  const auto first = std::size_t(whole_number(range.substr(6, dash - 6)).value_or(0));
  const auto last =
      std::min(std::size_t(whole_number(range.substr(dash + 1)).value_or(0)), content.size() - 1);
  if (first >= content.size()) {
    return {.status = 416, .headers = {{"Content-Range", concat("bytes */", content.size())}}};
  }
  reply.status = 206;
  reply.headers.emplace_back("Content-Range",
                             concat("bytes ", first, "-", last, "/", content.size()));
  reply.body = content.substr(first, last - first + 1);
  return reply;
}

std::string sha256_of(const std::string& content) {
  Hasher hasher(DigestKind::sha256, content.size());
  hasher.add(content);
  return hasher.finish().hex;
}

std::string git_hash_of(const std::string& content) {
  Hasher hasher(DigestKind::git_blob, content.size());
  hasher.add(content);
  return hasher.finish().hex;
}

std::string noise_bytes(std::size_t size, unsigned int seed) {
  std::minstd_rand random(seed);
  std::string bytes(size, '\0');
  for (auto& byte : bytes) byte = char(random() >> 8);
  return bytes;
}

}  // namespace imagine::hub
