/// Protocol Buffers' wire format, as far as a SentencePiece model needs it
/// (protobuf.dev/programming-guides/encoding). The library itself cannot be linked: SentencePiece
/// and LibTorch bring copies of it, under the same names and of other versions.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace imagine::text {

struct ProtoField {
  enum class Kind : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

  std::uint32_t number;
  Kind kind;
  std::uint64_t value;     ///< unless it is bytes
  std::string_view bytes;  ///< of text or of a message

  bool is(std::uint32_t its_number, Kind its_kind) const {
    return number == its_number && kind == its_kind;
  }
  /// Of a fixed32 field.
  float as_float() const;
};

/// Calls `visit` with each field of a serialized message in its order. FormatError, beginning with
/// `where`, if it is none, or has a group (which proto2 gave up).
void for_each_field(std::string_view message, const std::string& where,
                    const std::function<void(const ProtoField&)>& visit);

/// Appends a field to a serialized message.
void put_varint(std::string& message, std::uint32_t number, std::uint64_t value);
void put_float(std::string& message, std::uint32_t number, float value);
void put_bytes(std::string& message, std::uint32_t number, std::string_view bytes);

}  // namespace imagine::text
