/// The two hashes by which the hub names contents: SHA-256 of large files, git's SHA-1 of small
/// ones.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "io/file.h"

namespace imagine::hub {

enum class DigestKind {
  sha256,    ///< of the content: 64 hexadecimal digits
  git_blob,  ///< SHA-1 of "blob LENGTH", a zero byte and the content: 40 digits
};

/// What a file's content must come to.
struct Digest {
  DigestKind kind = DigestKind::sha256;
  std::string hex;  ///< in lower case

  bool operator==(const Digest&) const = default;
};

/// "SHA-256 1234..." for messages.
std::string shown(const Digest& digest);

/// The digest that 64 or 40 hexadecimal digits are; nullopt for any other text.
std::optional<Digest> digest_named(std::string_view text);

/// Hashes content that comes in pieces.
class Hasher {
 public:
  /// `size` is that of the whole content, in bytes: git hashes it too.
  Hasher(DigestKind kind, std::uint64_t size);
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  void add(std::string_view bytes);
  /// Of all that was added. To be asked once.
  Digest finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// Hands a file's bytes to `take`, in pieces. FormatError where it cannot be read.
template <class Take>
void read_in_pieces(const io::fs::path& path, const Take& take) {
  constexpr std::size_t kPiece = std::size_t(1) << 20;
  const io::MappedFile file(path);
  const auto bytes = file.bytes();
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (std::size_t at = 0; at < text.size(); at += kPiece) take(text.substr(at, kPiece));
}

/// Of a whole file. FormatError where it cannot be read.
Digest digest_of(const io::fs::path& path, DigestKind kind);

}  // namespace imagine::hub
