#include "text/protobuf.h"

#include <bit>
#include <limits>
#include <optional>

#include "core/check.h"

namespace imagine::text {
namespace {

using Kind = ProtoField::Kind;

constexpr int kMostVarintBytes = 10;

/// Takes the parts of a message from its front; nothing where it ends too early.
class Reader {
 public:
  explicit Reader(std::string_view message) : rest_(message) {}

  bool at_end() const { return rest_.empty(); }

  std::optional<std::string_view> bytes(std::uint64_t count) {
    if (count > rest_.size()) return std::nullopt;
    const auto taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  /// Seven bits a byte, the lowest first.
  std::optional<std::uint64_t> varint() {
    std::uint64_t value = 0;
    for (int i = 0; i < kMostVarintBytes; ++i) {
      const auto byte = bytes(1);
      if (!byte) return std::nullopt;
      const auto bits = std::uint8_t(byte->front());
      value |= std::uint64_t(bits & 127) << (7 * i);
      if (bits < 128) return value;
    }
    return std::nullopt;
  }

  /// Little-endian.
  std::optional<std::uint64_t> fixed(std::size_t size) {
    const auto taken = bytes(size);
    if (!taken) return std::nullopt;
    std::uint64_t value = 0;
    for (std::size_t i = size; i-- > 0;) value = value << 8 | std::uint8_t((*taken)[i]);
    return value;
  }

 private:
  std::string_view rest_;
};

std::optional<ProtoField> next_field(Reader& reader) {
  const auto tag = reader.varint();
  if (!tag || *tag > std::numeric_limits<std::uint32_t>::max() || *tag < 8) return std::nullopt;
  ProtoField field{
      .number = std::uint32_t(*tag >> 3), .kind = Kind(*tag & 7), .value = 0, .bytes = {}};
  std::optional<std::uint64_t> value;
  switch (field.kind) {
    case Kind::varint:
      value = reader.varint();
      break;
    case Kind::fixed64:
      value = reader.fixed(8);
      break;
    case Kind::fixed32:
      value = reader.fixed(4);
      break;
    case Kind::bytes:
      if (const auto size = reader.varint()) {
        if (const auto bytes = reader.bytes(*size)) {
          field.bytes = *bytes;
          value = 0;
        }
      }
      break;
  }
  if (!value) return std::nullopt;
  field.value = *value;
  return field;
}

void append_varint(std::string& message, std::uint64_t value) {
  for (; value >= 128; value >>= 7) message += char(value | 128);
  message += char(value);
}

void append_tag(std::string& message, std::uint32_t number, Kind kind) {
  append_varint(message, std::uint64_t(number) << 3 | std::uint64_t(kind));
}

}  // namespace

float ProtoField::as_float() const { return std::bit_cast<float>(std::uint32_t(value)); }

void for_each_field(std::string_view message, const std::string& where,
                    const std::function<void(const ProtoField&)>& visit) {
  Reader reader(message);
  while (!reader.at_end()) {
    const auto field = next_field(reader);
    check<FormatError>(field.has_value(), where,
                       ": expected a SentencePiece model, got fields that are broken or cut");
    visit(*field);
  }
}

void put_varint(std::string& message, std::uint32_t number, std::uint64_t value) {
  append_tag(message, number, Kind::varint);
  append_varint(message, value);
}

void put_float(std::string& message, std::uint32_t number, float value) {
  append_tag(message, number, Kind::fixed32);
  const auto bits = std::bit_cast<std::uint32_t>(value);
  for (int i = 0; i < 4; ++i) message += char(bits >> (8 * i));
}

void put_bytes(std::string& message, std::uint32_t number, std::string_view bytes) {
  append_tag(message, number, Kind::bytes);
  append_varint(message, bytes.size());
  message += bytes;
}

}  // namespace imagine::text
