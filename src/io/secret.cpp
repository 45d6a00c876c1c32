#include "io/secret.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <glib.h>
#include <memory>
#include <optional>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/check.h"

namespace imagine::io {
namespace {

constexpr std::size_t kSize = 32;  // bytes: the strength of the hash

std::optional<Bytes> read_secret(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) return std::nullopt;
  struct stat status;
  Bytes secret(kSize, '\0');
  const bool is_ours = ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) &&
                       status.st_uid == ::geteuid() && (status.st_mode & 0077) == 0 &&
                       status.st_size == kSize &&
                       ::read(descriptor, secret.data(), kSize) == ssize_t(kSize);
  ::close(descriptor);
  return is_ours ? std::optional(secret) : std::nullopt;
}

/// Appears whole, unless another process was quicker.
void make_secret(const fs::path& path) {
  Bytes secret(kSize, '\0');
  auto temporary = path.string() + ".XXXXXX";
  const int descriptor = ::mkstemp(temporary.data());  // with mode 0600
  check<ResourceError>(descriptor >= 0, path.string(), ": cannot create: ", std::strerror(errno));
  const bool written = ::getrandom(secret.data(), kSize, 0) == ssize_t(kSize) &&
                       ::write(descriptor, secret.data(), kSize) == ssize_t(kSize);
  ::close(descriptor);
  ::unlink(path.c_str());
  const bool linked = written && ::link(temporary.c_str(), path.c_str()) == 0;
  const int reason = errno;
  ::unlink(temporary.c_str());
  check<ResourceError>(linked || reason == EEXIST, path.string(),
                       ": cannot create: ", std::strerror(reason));
}

}  // namespace

Bytes kept_secret(const fs::path& path) {
  if (auto secret = read_secret(path)) return *std::move(secret);
  make_secret(path);
  auto secret = read_secret(path);
  check<ResourceError>(secret.has_value(), path.string(), ": cannot be kept from others");
  return *std::move(secret);
}

std::string keyed_hash(std::string_view key, std::string_view text) {
  const std::unique_ptr<char, void (*)(void*)> digest(
      g_compute_hmac_for_data(G_CHECKSUM_SHA256, reinterpret_cast<const guchar*>(key.data()),
                              key.size(), reinterpret_cast<const guchar*>(text.data()),
                              text.size()),
      g_free);
  return digest.get();
}

}  // namespace imagine::io
