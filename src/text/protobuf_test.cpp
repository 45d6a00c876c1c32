#include "text/protobuf.h"

#include <gmock/gmock.h>
#include <limits>
#include <vector>

#include "imagine/error.h"

namespace imagine::text {
namespace {

using testing::ElementsAre;
using Kind = ProtoField::Kind;

std::vector<ProtoField> fields_of(std::string_view message) {
  std::vector<ProtoField> fields;
  for_each_field(message, "m", [&](const ProtoField& field) { fields.push_back(field); });
  return fields;
}

// The examples of protobuf.dev/programming-guides/encoding.
TEST(Protobuf, ReadsTheExamplesOfItsDocuments) {
  const auto fields = fields_of(std::string_view("\x08\x96\x01\x12\x07testing", 12));
  ASSERT_EQ(fields.size(), 2u);
  EXPECT_TRUE(fields[0].is(1, Kind::varint));
  EXPECT_EQ(fields[0].value, 150u);
  EXPECT_TRUE(fields[1].is(2, Kind::bytes));
  EXPECT_EQ(fields[1].bytes, "testing");
  const auto fixed = fields_of(std::string_view("\x09\x01\0\0\0\0\0\0\x80\x15\0\0\x80\xbf", 14));
  EXPECT_EQ(fixed[0].value, 0x8000000000000001u);
  EXPECT_EQ(fixed[1].as_float(), -1);
}

TEST(Protobuf, ReadsWhatItWrites) {
  for (const std::uint32_t number : {1u, 15u, 16u, 2000u, (1u << 29) - 1}) {
    for (const std::uint64_t value : {std::uint64_t(0), std::uint64_t(127), std::uint64_t(128),
                                      std::numeric_limits<std::uint64_t>::max()}) {
      std::string message;
      put_varint(message, number, value);
      put_float(message, number, -2.397007465362549F);
      put_bytes(message, number, std::string(value % 300, 'x'));
      const auto fields = fields_of(message);
      ASSERT_EQ(fields.size(), 3u);
      EXPECT_TRUE(fields[0].is(number, Kind::varint));
      EXPECT_EQ(fields[0].value, value);
      EXPECT_TRUE(fields[1].is(number, Kind::fixed32));
      EXPECT_EQ(fields[1].as_float(), -2.397007465362549F);
      EXPECT_TRUE(fields[2].is(number, Kind::bytes));
      EXPECT_EQ(fields[2].bytes.size(), value % 300);
    }
  }
}

TEST(Protobuf, RefusesEveryCut) {
  std::string message;
  put_varint(message, 1, 300);
  put_float(message, 300, 1);
  put_bytes(message, 2, std::string(200, 'x'));
  const std::size_t ends[] = {0, 3, 9, message.size()};
  for (std::size_t size = 0; size <= message.size(); ++size) {
    const auto cut = std::string_view(message).substr(0, size);
    if (std::ranges::find(ends, size) != std::end(ends)) {
      EXPECT_NO_THROW(fields_of(cut)) << size;
    } else {
      EXPECT_THROW(fields_of(cut), FormatError) << size;
    }
  }
}

TEST(Protobuf, RefusesGroupsAndOddTags) {
  using std::string_view_literals::operator""sv;
  for (const auto message :
       {"\x0b\x0c"sv, "\x0e"sv, "\x0f"sv, "\x00\x00"sv, "\x05\0\0\0\0"sv,
        "\x8a\x80\x80\x80\x10\x00"sv, "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"sv,
        "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"sv}) {
    EXPECT_THROW(fields_of(message), FormatError) << message.size();
  }
}

}  // namespace
}  // namespace imagine::text
