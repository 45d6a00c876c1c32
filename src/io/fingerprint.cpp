#include "io/fingerprint.h"

#include <algorithm>
#include <cstring>
#include <iomanip>
#include <span>
#include <sstream>

#include "core/random.h"

namespace imagine::io {
namespace {

std::uint64_t mixed(std::uint64_t hash, std::uint64_t word) { return Random(hash ^ word).bits(); }

/// All bytes, eight at a time: weights are gigabytes.
std::uint64_t hash_of(std::span<const std::byte> bytes) {
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  std::uint64_t hash = bytes.size();
  for (; !bytes.empty(); bytes = bytes.subspan(std::min(kWord, bytes.size()))) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), std::min(kWord, bytes.size()));
    hash = mixed(hash, word);
  }
  return hash;
}

}  // namespace

void Fingerprint::add(std::string_view setting) { hash_ = mixed(hash_, stable_hash(setting)); }

void Fingerprint::add_file(const fs::path& file) {
  hash_ = mixed(hash_, hash_of(MappedFile(file).bytes()));
}

std::string Fingerprint::text() const {
  std::ostringstream text;
  text << std::hex << std::setfill('0') << std::setw(16) << hash_;
  return text.str();
}

}  // namespace imagine::io
