#include "io/file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/check.h"
#include "io/atomic_file.h"

namespace imagine::io {

namespace {

constexpr std::size_t kBlock = std::size_t(1) << 16;

[[noreturn]] void fail(const fs::path& path) {
  throw FormatError(concat(path.string(), ": cannot read: ", std::strerror(errno)));
}

/// A file open for reading, closed at the end of its scope.
class Reader {
 public:
  explicit Reader(const fs::path& path)
      : path_(path), descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (descriptor_ < 0) fail(path);
  }
  ~Reader() { close(descriptor_); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  int descriptor() const { return descriptor_; }

  struct stat status() const {
    struct stat result;
    if (fstat(descriptor_, &result) != 0) fail(path_);
    return result;
  }

  /// The number of bytes read; 0 at the end.
  std::size_t read(char* to, std::size_t size) const {
    ssize_t got = 0;
    do got = ::read(descriptor_, to, size);
    while (got < 0 && errno == EINTR);
    if (got < 0) fail(path_);
    return std::size_t(got);
  }

 private:
  const fs::path& path_;
  int descriptor_;
};

}  // namespace

Bytes read_file(const fs::path& path, std::size_t most) {
  const Reader reader(path);
  const auto told = std::size_t(reader.status().st_size);
  check<FormatError>(told <= most, path.string(), ": expected at most ", most, " bytes, got ",
                     told);
  Bytes bytes(told, '\0');
  std::size_t size = 0;
  for (;;) {  // a pipe has no size, a device no end, and a file may grow while it is read
    if (size > most) {
      throw FormatError(concat(path.string(), ": expected at most ", most, " bytes, got more"));
    }
    if (size == bytes.size()) bytes.resize(size + kBlock);
    const auto got = reader.read(bytes.data() + size, bytes.size() - size);
    if (got == 0) break;
    size += got;
  }
  bytes.resize(size);
  return bytes;
}

void write_file(const fs::path& path, std::string_view bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

MappedFile::MappedFile(const fs::path& path) {
  const Reader reader(path);
  const auto status = reader.status();
  check<FormatError>(S_ISREG(status.st_mode), path.string(), ": expected a regular file");
  size_ = std::size_t(status.st_size);
  if (size_ == 0) return;
  void* mapped = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, reader.descriptor(), 0);
  if (mapped == MAP_FAILED) fail(path);
  data_ = static_cast<const std::byte*>(mapped);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) munmap(const_cast<std::byte*>(data_), size_);
}

}  // namespace imagine::io
