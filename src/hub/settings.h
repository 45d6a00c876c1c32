/// What the environment says about the hub: where it is, who asks, what may be used.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "io/file.h"

namespace imagine::hub {

/// The value of a variable; nullopt where it is not set. Tests have one of their own.
using Environment = std::function<std::optional<std::string>(const char* name)>;

/// The process's.
Environment process_environment();

/// How long things may take. Tests are less patient.
struct Timing {
  std::chrono::milliseconds first_wait{1000};  ///< before a second try; doubled up to 8 times it
  std::chrono::milliseconds longest_wait{600'000};  ///< all waits for one thing together
  long stall_seconds = 30;                          ///< without a byte
  long connect_seconds = 20;
};

struct Settings {
  std::string endpoint = "https://huggingface.co";  ///< without a slash at its end
  std::string token = {};                           ///< empty: none
  std::string token_source = {};                    ///< "HF_TOKEN", or the file
  io::fs::path cache = {};                          ///< of other programs, read only; may not exist
  std::string offline = {};     ///< the variable that forbids requests; empty: none does
  std::string origin = {};      ///< HF_HUB_USER_AGENT_ORIGIN, told to the hub
  std::string http_proxy = {};  ///< HTTP_PROXY in capitals, which libcurl does not read by itself
  std::string certificates = {}, certificate_folder = {};  ///< SSL_CERT_FILE, SSL_CERT_DIR
  Timing timing = {};

  /// ConfigError names the variable that makes no sense.
  static Settings from(const Environment& environment);

  /// Whether the token may be sent to this origin (see Url::origin()).
  bool is_trusted(const std::string& origin) const;
  bool is_usual_endpoint() const;
};

}  // namespace imagine::hub
