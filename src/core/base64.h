/// Bytes as letters (RFC 4648).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace imagine {

constexpr std::string_view kBase64Letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

inline std::string base64(std::string_view bytes) {
  std::string letters;
  letters.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t k) {
      return i + k < bytes.size() ? std::uint32_t(std::uint8_t(bytes[i + k])) : 0;
    };
    const std::uint32_t group = byte(0) << 16 | byte(1) << 8 | byte(2);
    for (std::size_t k = 0; k < 4; ++k) {
      letters += i + k <= bytes.size() ? kBase64Letters[group >> (18 - 6 * k) & 63] : '=';
    }
  }
  return letters;
}

/// What each letter stands for; -1 for what is none.
constexpr std::array<std::int8_t, 256> base64_values() {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < kBase64Letters.size(); ++i) {
    values[std::uint8_t(kBase64Letters[i])] = std::int8_t(i);
  }
  return values;
}

/// The bytes of what base64() wrote; nothing for any other text.
inline std::optional<std::string> base64_bytes(std::string_view letters) {
  static constexpr auto kValues = base64_values();
  std::string bytes;
  bytes.reserve(letters.size() / 4 * 3);
  for (std::size_t i = 0; i < letters.size(); i += 4) {
    std::uint32_t group = 0;
    std::size_t count = 0;  // of letters before the padding
    for (const char letter : letters.substr(i, 4)) {
      const auto value = kValues[std::uint8_t(letter)];
      if (value < 0) break;
      group |= std::uint32_t(value) << (18 - 6 * count++);
    }
    for (std::size_t k = 0; k + 1 < count; ++k) bytes += char(group >> (16 - 8 * k) & 255);
  }
  if (base64(bytes) != letters) return std::nullopt;
  return bytes;
}

}  // namespace imagine
