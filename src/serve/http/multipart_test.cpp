#include "serve/http/multipart.h"

#include <gmock/gmock.h>

namespace imagine::serve {
namespace {

constexpr const char* kType = "multipart/form-data; boundary=\"x y\"";

std::string part(const std::string& disposition, const std::string& content) {
  return "--x y\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\n" + content + "\r\n";
}

TEST(Multipart, HasFieldsAndFilesInTheirOrder) {
  const std::string bytes("\x89PNG\r\n--x\0y\r\n", 13);
  const auto parts = multipart_of(
      kType, "before\r\n" + part("name=prompt", "a hat") +
                 "--x y \r\nCONTENT-TYPE: image/png\r\ncontent-disposition: form-data; "
                 "filename=\"../a.png\"; name=\"image[]\"\r\n\r\n" +
                 bytes + "\r\n" + part("name=empty", "") + "--x y--\r\nbehind");
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts[0].name, "prompt");
  EXPECT_EQ(parts[0].content, "a hat");
  EXPECT_EQ(parts[0].type, "");
  EXPECT_EQ(parts[1].name, "image[]");
  EXPECT_EQ(parts[1].filename, "../a.png");
  EXPECT_EQ(parts[1].type, "image/png");
  EXPECT_EQ(parts[1].content, bytes);
  EXPECT_EQ(parts[2].content, "");
  EXPECT_TRUE(multipart_of(kType, "--x y--").empty());
}

TEST(Multipart, RefusesWhatLies) {
  const auto whole = part("name=a", "1") + "--x y--";
  EXPECT_EQ(multipart_of(kType, whole).size(), 1u);
  for (std::size_t size = 0; size < whole.size(); ++size) {  // cut anywhere
    EXPECT_THROW(multipart_of(kType, whole.substr(0, size)), FormatError) << size;
  }
  const std::string long_line(9000, 'a');
  for (const auto& body : std::vector<std::string>{
           std::string("none"), "--x y\r\nno colon\r\n\r\n1\r\n--x y--",
           part("filename=a", "1") + "--x y--",
           "--x y\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--x y--",
           part("name=a\r\nX: " + long_line, "1") + "--x y--", "--x yz\r\n\r\n--x y--"}) {
    EXPECT_THROW(multipart_of(kType, body), FormatError) << body.substr(0, 60);
  }
  std::string many;
  for (int i = 0; i < 65; ++i) many += part("name=a", "");
  EXPECT_THROW(multipart_of(kType, many + "--x y--"), FormatError);
  for (const auto& type : std::vector<std::string>{
           std::string("multipart/form-data"), std::string("multipart/form-data; boundary="),
           "multipart/form-data; boundary=" + std::string(71, 'a')}) {
    EXPECT_THROW(multipart_of(type, whole), FormatError) << type;
  }
}

TEST(Multipart, IsToldByItsType) {
  EXPECT_TRUE(is_multipart("Multipart/Form-Data; boundary=a"));
  EXPECT_FALSE(is_multipart("multipart/mixed; boundary=a"));
  EXPECT_FALSE(is_multipart("application/json"));
}

}  // namespace
}  // namespace imagine::serve
