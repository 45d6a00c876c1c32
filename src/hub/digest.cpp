#include "hub/digest.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <openssl/evp.h>

#include "core/check.h"

namespace imagine::hub {

struct Hasher::Context {
  DigestKind kind;
  EVP_MD_CTX* state = EVP_MD_CTX_new();

  explicit Context(DigestKind kind_) : kind(kind_) {}
  ~Context() { EVP_MD_CTX_free(state); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
};

std::string shown(const Digest& digest) {
  return concat(digest.kind == DigestKind::sha256 ? "SHA-256 " : "git's SHA-1 ", digest.hex);
}

std::optional<Digest> digest_named(std::string_view text) {
  constexpr std::size_t kSha256 = 64, kSha1 = 40;
  if (text.size() != kSha256 && text.size() != kSha1) return std::nullopt;
  Digest digest{text.size() == kSha256 ? DigestKind::sha256 : DigestKind::git_blob, {}};
  for (const unsigned char c : text) {
    if (std::isxdigit(c) == 0) return std::nullopt;
    digest.hex += char(std::tolower(c));
  }
  return digest;
}

Hasher::Hasher(DigestKind kind, std::uint64_t size) : context_(std::make_unique<Context>(kind)) {
  const auto* algorithm = kind == DigestKind::sha256 ? EVP_sha256() : EVP_sha1();
  check<ResourceError>(
      context_->state != nullptr && EVP_DigestInit_ex(context_->state, algorithm, nullptr) == 1,
      "libcrypto: expected ", kind == DigestKind::sha256 ? "SHA-256" : "SHA-1", ", got none");
  if (kind == DigestKind::git_blob) add(concat("blob ", size) + '\0');
}

Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::add(std::string_view bytes) {
  EVP_DigestUpdate(context_->state, bytes.data(), bytes.size());
}

Digest Hasher::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int size = 0;
  EVP_DigestFinal_ex(context_->state, bytes.data(), &size);
  Digest digest{context_->kind, {}};
  for (unsigned int i = 0; i < size; ++i) {
    constexpr auto kDigits = "0123456789abcdef";
    digest.hex += kDigits[bytes[i] >> 4];
    digest.hex += kDigits[bytes[i] & 0xf];
  }
  return digest;
}

Digest digest_of(const io::fs::path& path, DigestKind kind) {
  std::error_code unknown;  // reading tells why
  Hasher hasher(kind, io::fs::file_size(path, unknown));
  read_in_pieces(path, [&](std::string_view piece) { hasher.add(piece); });
  return hasher.finish();
}

}  // namespace imagine::hub
