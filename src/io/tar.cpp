#include "io/tar.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "core/check.h"
#include "io/atomic_file.h"
#include "io/utf8.h"

namespace imagine::io {

namespace {

constexpr std::size_t kBlock = 512;
constexpr std::size_t kMaxMember = std::size_t(1) << 33;  // eleven octal digits
constexpr std::size_t kMaxName = std::size_t(1) << 16;
constexpr std::size_t kName = 100;
constexpr std::size_t kPrefix = 155;

/// How much of the name ustar holds apart: what stands before a slash, up to 155 bytes, where up to
/// 100 stand after it. Nothing where the whole is longer.
std::optional<std::size_t> ustar_prefix(const std::string& name) {
  if (name.size() <= kName) return 0;
  const auto slash = name.find('/', name.size() - kName - 1);
  if (slash == name.npos || slash > kPrefix || slash == 0) return std::nullopt;
  return slash;
}

/// The header block of a file of `type` (POSIX.1-2017, pax, "ustar Interchange Format").
class UstarHeader {
 public:
  UstarHeader(const std::string& name, std::size_t size, char type) {
    put_name(name);
    put_number(100, 8, type == kFile ? 0644 : 0);  // mode
    put_number(108, 8, 0);                         // user
    put_number(116, 8, 0);                         // group
    put_number(124, 12, size);
    put_number(136, 12, 0);  // time
    block_[156] = type;
    put(257, "ustar");
    put(263, "00");
    put(148, "        ");  // the checksum counts as spaces
    std::size_t sum = 0;
    for (const char c : block_) sum += static_cast<unsigned char>(c);
    put_number(148, 7, sum);
  }

  static constexpr char kFile = '0';
  static constexpr char kPax = 'x';  // what is said of the next file

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

  /// Its beginning where it is too long.
  void put_name(const std::string& name) {
    constexpr std::size_t kPrefixAt = 345;
    const auto prefix = ustar_prefix(name).value_or(0);
    if (prefix > 0) put(kPrefixAt, std::string_view(name).substr(0, prefix));
    put(0, std::string_view(name).substr(prefix > 0 ? prefix + 1 : 0, kName));
  }

  std::array<char, kBlock> block_{};
};

/// A record "LENGTH KEY=VALUE\n" of a pax header, its own length counted.
std::string pax_record(const std::string& key, const std::string& value) {
  const auto rest = key.size() + value.size() + 3;
  auto length = rest + 1;
  while (std::to_string(length).size() + rest != length) ++length;
  return concat(length, ' ', key, '=', value, '\n');
}

}  // namespace

struct TarWriter::State {
  explicit State(const fs::path& path) : file(path) {}

  void add(const std::string& name, std::string_view bytes, char type) {
    file.write(UstarHeader(name, bytes.size(), type).bytes());
    file.write(bytes);
    file.write(std::string((kBlock - bytes.size() % kBlock) % kBlock, '\0'));
  }

  AtomicFile file;
};

TarWriter::TarWriter(const fs::path& path) : state_(std::make_unique<State>(path)) {}

TarWriter::~TarWriter() = default;

void TarWriter::add(const std::string& name, std::string_view bytes) {
  check<InputError>(bytes.size() < kMaxMember, "tar: expected a member of less than ", kMaxMember,
                    " bytes, got ", bytes.size(), " of ", name);
  check<InputError>(!name.empty() && name.size() <= kMaxName && name.back() != '/' &&
                        name.find('\0') == name.npos,
                    "tar: expected a file's name of 1 to ", kMaxName, " bytes, got \"",
                    name.substr(0, kName), '"');
  if (!ustar_prefix(name)) {
    const auto charset = is_utf8(name) ? "" : pax_record("hdrcharset", "BINARY");
    state_->add("././@PaxHeader", charset + pax_record("path", name), UstarHeader::kPax);
  }
  state_->add(name, bytes, UstarHeader::kFile);
}

void TarWriter::finish() {
  state_->file.write(std::string(2 * kBlock, '\0'));
  state_->file.commit();
}

}  // namespace imagine::io
