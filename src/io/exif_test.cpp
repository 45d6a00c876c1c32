#include "io/exif.h"

#include <gtest/gtest.h>

namespace imagine::io {
namespace {

constexpr std::size_t kCommentAt = 8 + 2 * 18;  // after the header and two directories of one entry

/// A block whose UserComment is `value`, which begins with its eight bytes of character set.
Bytes block_with(const Bytes& value) {
  Bytes block = make_exif(std::string(value.size(), 'x'));
  block.resize(kCommentAt);
  block[kCommentAt - 9] = char(value.size());  // the last byte of the count
  block[kCommentAt - 10] = block[kCommentAt - 11] = block[kCommentAt - 12] = 0;
  return block + value;
}

Bytes unicode(std::string_view utf16) { return Bytes("UNICODE\0", 8).append(utf16); }

TEST(ExifBlock, HasTheLayoutOfTheStandard) {
  const Bytes expected(
      "MM\0*\0\0\0\x08"                                   // header
      "\0\x01\x87\x69\0\x04\0\0\0\x01\0\0\0\x1a\0\0\0\0"  // pointer to the next one
      "\0\x01\x92\x86\0\x07\0\0\0\x0c\0\0\0\x2c\0\0\0\0"  // UserComment
      "UNICODE\0\0h\0i",
      56);
  EXPECT_EQ(make_exif("hi"), expected);
}

TEST(ExifBlock, KeepsWhatUtf16CanSay) {
  for (const std::string text : {"", "a", "two\nlines\t", "perché", "夕焼けの猫 is a cat", "🎨𝄞",
                                 "\u0100 and \uffff", "\U0010ffff"}) {
    EXPECT_EQ(user_comment(make_exif(text)), text);
  }
  EXPECT_EQ(user_comment(make_exif("odd \xff byte")), "odd \ufffd byte");
}

TEST(ExifBlock, AMarkTellsTheOrderOfTheBytes) {
  EXPECT_EQ(user_comment(block_with(unicode("\xff\xfe\x2a\x4e"))), "\u4e2a");
  EXPECT_EQ(user_comment(block_with(unicode("\xfe\xff\x4e\x2a"))), "\u4e2a");
  EXPECT_EQ(user_comment(block_with(unicode("\x4e\x2a"))), "\u4e2a");
  EXPECT_EQ(user_comment(block_with(unicode(std::string_view("h\0i\0", 4)))), "hi");
}

TEST(ExifBlock, HalfAPairBecomesAMarkOfReplacement) {
  EXPECT_EQ(user_comment(block_with(unicode(std::string_view("\xd8\x3c\0a", 4)))), "\ufffda");
  EXPECT_EQ(user_comment(block_with(unicode(std::string_view("\0a\xdf\xa8", 4)))), "a\ufffd");
  EXPECT_EQ(user_comment(block_with(unicode(std::string_view("\0a\xd8\x3c", 4)))), "a\ufffd");
  EXPECT_EQ(user_comment(block_with(unicode(std::string_view("\0a\0", 3)))), "a");
}

TEST(ExifBlock, ReadsTheOtherCharacterSets) {
  EXPECT_EQ(user_comment(block_with(Bytes("ASCII\0\0\0plain\0\0", 15))), "plain");
  EXPECT_EQ(user_comment(block_with(Bytes("\0\0\0\0\0\0\0\0of no set", 17))), "of no set");
  EXPECT_EQ(user_comment(block_with(Bytes("JIS\0\0\0\0\0abc", 11))), "");
  EXPECT_EQ(user_comment(block_with("ASCII")), "") << "shorter than a character set";
}

TEST(ExifBlock, NothingComesOfABlockThatLies) {
  const auto with_byte = [](std::size_t place, char byte) {
    auto block = make_exif("hello");
    block[place] = byte;
    return user_comment(block);
  };
  constexpr std::size_t kFirst = 8, kSecond = 8 + 18;
  constexpr std::size_t kTag = 2, kCount = 6, kValue = 10;
  ASSERT_EQ(with_byte(0, 'M'), "hello");
  EXPECT_EQ(with_byte(4, '\x7f'), "") << "the first directory lies far outside";
  EXPECT_EQ(with_byte(kFirst + 1, 0), "") << "an empty directory";
  EXPECT_EQ(with_byte(kFirst + kTag, 0), "") << "no pointer";
  EXPECT_EQ(with_byte(kFirst + kValue + 3, 8), "") << "a pointer back to the first directory";
  EXPECT_EQ(with_byte(kSecond + kCount, '\xff'), "") << "a comment of 4 GB";
  EXPECT_EQ(with_byte(kSecond + kValue, '\xff'), "") << "a comment far outside";
  EXPECT_EQ(with_byte(kSecond + kCount + 3, 19), "") << "a comment one byte too long";
}

TEST(Orientation, IsReadInEitherOrderOfBytes) {
  const Bytes big("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0", 22);
  const Bytes little("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x08\0\0\0", 22);
  EXPECT_EQ(orientation(big), 6);
  EXPECT_EQ(orientation(little), 8);
  EXPECT_EQ(orientation(Bytes("Exif\0\0", 6) + little), 8);
}

TEST(Orientation, IsUprightWhereNothingElseIsSaid) {
  const auto with = [](char value) {
    return orientation(Bytes("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0", 19) + value +
                       Bytes(2, '\0'));
  };
  EXPECT_EQ(with(8), 8);
  for (const char value : {'\0', '\x09', '\xff'}) EXPECT_EQ(with(value), 1);
  EXPECT_EQ(orientation(make_exif("hi")), 1);
  EXPECT_EQ(orientation(""), 1);
  const Bytes cut("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03", 14);
  EXPECT_EQ(orientation(cut), 1);
}

TEST(Xmp, KeepsTheJsonAndItsMarks) {
  for (const std::string json : {"{}", "{\"a\":\"<b> & 'c' \\\"d\\\"\"}", "&lt;&amp;amp;", "a\r\nb",
                                 "\"città 猫\"", "</imagine:provenance><imagine:provenance>"}) {
    EXPECT_EQ(json_of_xmp(make_xmp(json)), json);
  }
}

TEST(Xmp, IsAPacketWithNothingToMistakeForMarkup) {
  const auto packet = make_xmp("<x>&\r");
  EXPECT_TRUE(packet.starts_with("<?xpacket begin=\"\ufeff\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>"));
  EXPECT_TRUE(packet.ends_with("<?xpacket end=\"r\"?>"));
  EXPECT_NE(packet.find(">&lt;x&gt;&amp;&#xD;<"), packet.npos);
}

TEST(Xmp, NothingComesOfForeignOrBrokenPackets) {
  for (const auto* packet : {"", "<x:xmpmeta/>", "<imagine:provenance>", "</imagine:provenance>",
                             "</imagine:provenance>{}<imagine:provenance>",
                             "<imagine:provenance></imagine:provenance>"}) {
    EXPECT_EQ(json_of_xmp(packet), "") << packet;
  }
}

}  // namespace
}  // namespace imagine::io
