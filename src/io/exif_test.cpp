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

/// The block with the comment in either order, without a mark.
Bytes block_of(const std::u16string& text, bool little_block, bool little_text) {
  Bytes bytes = little_block ? Bytes("II*\0\x08\0\0\0", 8) : Bytes("MM\0*\0\0\0\x08", 8);
  const auto number = [&](std::size_t value, int size) {
    for (int i = 0; i < size; ++i) bytes += char(value >> 8 * (little_block ? i : size - 1 - i));
  };
  const auto entry = [&](unsigned tag, unsigned type, std::size_t count, std::size_t value) {
    number(1, 2), number(tag, 2), number(type, 2), number(count, 4), number(value, 4), number(0, 4);
  };
  entry(0x8769, 4, 1, 26);
  entry(0x9286, 7, 8 + 2 * text.size(), 44);
  bytes += Bytes("UNICODE\0", 8);
  for (const char16_t unit : text) {
    bytes += char(little_text ? unit : unit >> 8);
    bytes += char(little_text ? unit >> 8 : unit);
  }
  return bytes;
}

TEST(ExifBlock, TellsTheOrderOfTheBytesByTheText) {
  const std::vector<std::pair<std::u16string, std::string>> texts{
      {u"hi", "hi"},
      {u"a cat\nSteps: 20, Seed: 7", "a cat\nSteps: 20, Seed: 7"},
      {u"一只猫坐在草地上,看着天空\nSteps: 20", "一只猫坐在草地上,看着天空\nSteps: 20"},
      {u"夕焼けの猫、きれい\nSteps: 20", "夕焼けの猫、きれい\nSteps: 20"},
      {u"perché è città 🎨", "perché è città 🎨"},
      {u"кот на траве, Steps: 9", "кот на траве, Steps: 9"}};
  for (const auto& [text, utf8] : texts) {
    for (const bool block : {false, true}) {
      for (const bool order : {false, true}) {
        EXPECT_EQ(user_comment(block_of(text, block, order)), utf8) << block << order;
      }
    }
  }
  for (const bool order : {false, true}) {  // nothing to tell by but the block's own order
    EXPECT_EQ(user_comment(block_of(u"一二三", order, order)), "一二三");
    EXPECT_EQ(user_comment(block_of(u"猫", order, order)), "猫");
  }
}

TEST(ExifBlock, ReadsWhatProgramsKeepInOtherTags) {
  Bytes block("MM\0*\0\0\0\x08\0\x03", 10);
  block += Bytes("\x01\x0f\0\x02\0\0\0\x0e\0\0\0\x32", 12);  // Make, 14 bytes at 50
  block += Bytes("\x01\x10\0\x02\0\0\0\x03hi\0\0", 12);      // Model, within the entry
  block += Bytes("\x01\x12\0\x03\0\0\0\x01\0\x06\0\0", 12);
  block += Bytes(4, '\0') + Bytes("workflow:{\"a\"\0", 14);
  Provenance provenance;
  read_exif(block, provenance);
  EXPECT_EQ(provenance.others.at("Make"), "workflow:{\"a\"");
  EXPECT_EQ(provenance.others.at("Model"), "hi");
  EXPECT_EQ(provenance.others.size(), 2U);
  for (std::size_t size = 0; size < block.size(); ++size) {
    read_exif(block.substr(0, size), provenance);
  }
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
