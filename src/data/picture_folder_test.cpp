#include "data/picture_folder.h"

#include <gmock/gmock.h>

#include "core/check.h"
#include "io/image_file.h"
#include "io/temporary_folder.h"

namespace imagine::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

class PictureFolder : public testing::Test {
 protected:
  /// A picture that is `width` wide.
  void write(const std::string& name, int width, ImageFormat format = ImageFormat::png) {
    const Image image{
        .width = width, .height = 2, .rgb = std::vector<std::uint8_t>(std::size_t(width) * 6, 9)};
    io::write_file(folder_ / name, io::encode_image(image, format));
  }

  void write_text(const std::string& name, const std::string& text) {
    io::write_file(folder_ / name, text);
  }

  std::vector<std::string> read() {
    widths_.clear();
    return read_picture_folder(folder_.path(), [&](const Image& i) { widths_.push_back(i.width); });
  }

  io::TemporaryFolder folder_;
  std::vector<int> widths_;
};

TEST_F(PictureFolder, IsReadInTheOrderOfNamesWhateverTheirCase) {
  write("b.PNG", 2), write("a.Jpeg", 1, ImageFormat::jpeg);
  write("c.webp", 3, ImageFormat::webp), write("d.jpg", 4);  // a PNG
  EXPECT_THAT(read(), ElementsAre());
  EXPECT_THAT(widths_, ElementsAre(1, 2, 3, 4));
}

TEST_F(PictureFolder, WhatSystemsAndPeopleLeaveThereIsPassedOver) {
  write("1.png", 1);
  for (const char* name : {".DS_Store", "._1.png", ".hidden.jpg", "Thumbs.db", "desktop.ini",
                           "1.txt", "1.caption", "metadata.jsonl", "README", "1.AAE"}) {
    write_text(name, "none");
  }
  io::fs::create_directory(folder_ / "more.png");
  EXPECT_THAT(read(), ElementsAre());
  EXPECT_THAT(widths_, ElementsAre(1));
}

TEST_F(PictureFolder, WhatCannotBeReadIsNamedAndTheRestRead) {
  write("2.png", 2), write("4.png", 4);
  write_text("1.jpg", "no picture"), write_text("3.pdf", "%PDF"), write_text("5.png", "");
  const auto whole = io::read_file(folder_ / "4.png");
  write_text("6.png", whole.substr(0, whole.size() / 2));
  EXPECT_THAT(read(), ElementsAre(HasSubstr("1.jpg: "), HasSubstr("3.pdf: "), HasSubstr("5.png: "),
                                  HasSubstr("6.png: ")));
  EXPECT_THAT(widths_, ElementsAre(2, 4));
}

TEST_F(PictureFolder, WithoutAPictureIsRefused) {
  EXPECT_THAT([&] { read(); }, ThrowsMessage<InputError>(HasSubstr("got none")));
  write_text("1.jpg", "no picture"), write_text("1.txt", "a caption");
  EXPECT_THAT([&] { read(); }, ThrowsMessage<InputError>(HasSubstr("none that can be read: " +
                                                                   (folder_ / "1.jpg").string())));
  EXPECT_THROW(read_picture_folder(folder_ / "nowhere", [](const Image&) {}), InputError);
}

}  // namespace
}  // namespace imagine::data
