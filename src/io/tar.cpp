#include "io/tar.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "core/check.h"
#include "io/atomic_file.h"

namespace imagine::io {

namespace {

constexpr std::size_t kBlock = 512;
constexpr std::size_t kMaxMember = std::size_t(1) << 33;  // eleven octal digits

/// The header block of a regular file (POSIX.1-2017, pax, "ustar Interchange Format").
class UstarHeader {
 public:
  UstarHeader(const std::string& name, std::size_t size) {
    put_name(name);
    put_number(100, 8, 0644);  // mode
    put_number(108, 8, 0);     // user
    put_number(116, 8, 0);     // group
    put_number(124, 12, size);
    put_number(136, 12, 0);  // time
    put(156, "0");           // a regular file
    put(257, "ustar");
    put(263, "00");
    put(148, "        ");  // the checksum counts as spaces
    std::size_t sum = 0;
    for (const char c : block_) sum += static_cast<unsigned char>(c);
    put_number(148, 7, sum);
  }

  std::string_view bytes() const { return {block_.data(), block_.size()}; }

 private:
  void put(std::size_t at, std::string_view text) {
    std::copy(text.begin(), text.end(), block_.begin() + std::ptrdiff_t(at));
  }

  /// Octal digits and a NUL.
  void put_number(std::size_t at, std::size_t width, std::size_t value) {
    std::string digits(width - 1, '0');
    for (auto digit = digits.rbegin(); value > 0; value /= 8) *digit++ = char('0' + value % 8);
    put(at, digits);
    block_[at + width - 1] = '\0';
  }

  /// Up to 100 bytes, or up to 155 before a slash and up to 100 after it.
  void put_name(const std::string& name) {
    constexpr std::size_t kName = 100;
    constexpr std::size_t kPrefix = 155;
    constexpr std::size_t kPrefixAt = 345;
    if (!name.empty() && name.size() <= kName) return put(0, name);
    const auto slash = name.size() > kName ? name.find('/', name.size() - kName - 1) : name.npos;
    check<InputError>(slash != name.npos && slash <= kPrefix && slash + 1 < name.size(),
                      "tar: expected a member name of 1 to 100 bytes, got \"", name, "\"");
    put(0, std::string_view(name).substr(slash + 1));
    put(kPrefixAt, std::string_view(name).substr(0, slash));
  }

  std::array<char, kBlock> block_{};
};

}  // namespace

struct TarWriter::State {
  explicit State(const fs::path& path) : file(path) {}

  void pad(std::size_t size) { file.write(std::string((kBlock - size % kBlock) % kBlock, '\0')); }

  AtomicFile file;
};

TarWriter::TarWriter(const fs::path& path) : state_(std::make_unique<State>(path)) {}

TarWriter::~TarWriter() = default;

void TarWriter::add(const std::string& name, std::string_view bytes) {
  check<InputError>(bytes.size() < kMaxMember, "tar: expected a member of less than ", kMaxMember,
                    " bytes, got ", bytes.size(), " of ", name);
  state_->file.write(UstarHeader(name, bytes.size()).bytes());
  state_->file.write(bytes);
  state_->pad(bytes.size());
}

void TarWriter::finish() {
  state_->file.write(std::string(2 * kBlock, '\0'));
  state_->file.commit();
}

}  // namespace imagine::io
