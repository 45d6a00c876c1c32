/// A hub on the loopback for tests: it answers as the real one does, and as badly as a test wants.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "hub/digest.h"

namespace imagine::hub {

struct FakeRequest {
  std::string server;  ///< "hub", "store" or "foreign"
  std::string method;
  std::string target;                          ///< path and query as they came
  std::map<std::string, std::string> headers;  ///< names in lower case

  std::string header(const std::string& name) const;
  bool asks(const std::string& part) const { return target.find(part) != target.npos; }
};

struct FakeReply {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  std::optional<std::size_t> cut_after = {};  ///< bytes of the body, then it hangs up
  bool silent = false;                        ///< after the headers nothing comes any more
  bool without_length = false;
};

/// Answers on a port of 127.0.0.1, each connection on a thread of its own.
class FakeServer {
 public:
  using Handler = std::function<FakeReply(const FakeRequest&)>;

  FakeServer(std::string name, Handler handler);
  ~FakeServer();
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  std::string url() const;  ///< http://127.0.0.1:PORT
  int port() const { return port_; }
  int connections() const { return connections_; }  ///< that were ever made

 private:
  void accept_all();
  void serve(int socket);
  bool answer(int socket, const FakeRequest& request);

  std::string name_;
  Handler handler_;
  int listener_ = -1, port_ = 0;
  std::atomic<bool> ends_ = false;
  std::atomic<int> connections_ = 0;
  std::mutex mutex_;
  std::vector<int> sockets_;
  std::vector<std::thread> threads_;
  std::thread accepting_;
};

struct FakeFile {
  std::string content;
  bool large = false;  ///< kept in the store, behind a redirect
};

struct FakeRepository {
  std::string commit = "0123456789abcdef0123456789abcdef01234567";
  std::map<std::string, FakeFile> files = {};
  bool gated = false;         ///< for tokens that have not accepted
  std::string accepted = {};  ///< the token that has
};

/// Two origins, as the real hub has them, and a third that is none of it.
class FakeHub {
 public:
  FakeHub();

  std::map<std::string, FakeRepository> repositories;
  /// Asked first; what it returns is the answer. Called from other threads, one at a time.
  std::function<std::optional<FakeReply>(const FakeRequest&)> before;

  std::string url() const { return hub_.url(); }
  std::string store_url() const { return store_.url(); }
  std::string foreign_url() const { return foreign_.url(); }
  /// All requests so far.
  std::vector<FakeRequest> log() const;
  /// How many of them went to that server with this in their target.
  int count(const std::string& server, const std::string& part = "",
            const std::string& method = "") const;

  /// Of all servers, ever made.
  int connections() const {
    return hub_.connections() + store_.connections() + foreign_.connections();
  }

  /// What the store answers to a GET of this content.
  static FakeReply stored(const FakeRequest& request, const std::string& content);

 private:
  FakeReply answer(const FakeRequest& request);
  FakeReply hub_answer(const FakeRequest& request) const;
  FakeReply revision(const std::string& name, const std::string& revision) const;
  FakeReply tree(const std::string& name, const FakeRequest& request) const;
  FakeReply resolve(const std::string& name, const FakeRequest& request) const;
  FakeReply small_file(const FakeRequest& request) const;
  FakeReply store_answer(const FakeRequest& request) const;
  std::optional<FakeReply> refused(const std::string& name, const FakeRequest& request) const;

  mutable std::mutex mutex_;
  std::vector<FakeRequest> log_;
  FakeServer hub_, store_, foreign_;
};

/// SHA-256 of it, 64 digits.
std::string sha256_of(const std::string& content);
/// git's SHA-1 of it, 40 digits.
std::string git_hash_of(const std::string& content);
/// Bytes that look like nothing, the same for the same seed.
std::string noise_bytes(std::size_t size, unsigned int seed = 1);

}  // namespace imagine::hub
