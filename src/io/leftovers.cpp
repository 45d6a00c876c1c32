#include "io/leftovers.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <unistd.h>

#include "core/check.h"

namespace imagine::io {
namespace {

std::string host() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

/// Of "PID-..." behind the host's name.
bool is_gone(std::string_view rest) {
  pid_t process = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), process);
  if (error != std::errc() || process <= 0 || end == rest.data() + rest.size() || *end != '-') {
    return false;
  }
  return ::kill(process, 0) != 0 && errno == ESRCH;
}

}  // namespace

std::string process_tag() { return concat(host(), '-', ::getpid()); }

void remove_leftovers(const fs::path& folder, const std::string& prefix) {
  const auto begin = concat(prefix, host(), '-');
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder.empty() ? "." : folder, error)) {
    const auto name = entry.path().filename().string();
    if (!name.starts_with(begin) || !is_gone(std::string_view(name).substr(begin.size()))) continue;
    std::error_code stays;
    fs::remove_all(entry.path(), stays);
  }
}

}  // namespace imagine::io
