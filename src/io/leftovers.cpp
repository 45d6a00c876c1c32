#include "io/leftovers.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <sys/stat.h>
#include <unistd.h>

#include "core/check.h"

namespace imagine::io {
namespace {

/// Whose numbers of processes these are: "HOST-NAMESPACE-".
std::string space() {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  struct stat status {};
  ::stat("/proc/self/ns/pid", &status);
  return concat(host.data(), '-', status.st_ino, '-');
}

/// Of "PID-..." behind the namespace.
bool is_gone(std::string_view rest) {
  pid_t process = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), process);
  if (error != std::errc() || process <= 0 || end == rest.data() + rest.size() || *end != '-') {
    return false;
  }
  return ::kill(process, 0) != 0 && errno == ESRCH;
}

}  // namespace

std::string process_tag() { return concat(space(), ::getpid()); }

void remove_leftovers(const fs::path& folder, const std::string& prefix) {
  const auto begin = concat(prefix, space());
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder.empty() ? "." : folder, error)) {
    const auto name = entry.path().filename().string();
    if (!name.starts_with(begin) || !is_gone(std::string_view(name).substr(begin.size()))) continue;
    std::error_code stays;
    fs::remove_all(entry.path(), stays);
  }
}

}  // namespace imagine::io
