#include "serve/without_folders.h"

#include <gtest/gtest.h>

namespace imagine::serve {
namespace {

TEST(WithoutFolders, PathsAreTheirLastParts) {
  EXPECT_EQ(without_folders("/srv/my models/a/model.json: expected an object"),
            "model.json: expected an object");
  EXPECT_EQ(without_folders("cannot open \"/srv/a/b.png\" (/srv/a)"), "cannot open \"b.png\" (a)");
  EXPECT_EQ(without_folders("/srv/a"), "a");
  EXPECT_EQ(without_folders("/home/ann's/models/a: no"), "a: no");
  EXPECT_EQ(without_folders("a folder: /"), "a folder: ");
}

TEST(WithoutFolders, OtherTextsStay) {
  for (const auto* text :
       {"", "steps: expected 1 .. 200, got 0", "1/2 and a/b", "width / height, 1/4 to 4/1",
        "expected image/png or image/webp, got text/html"}) {
    EXPECT_EQ(without_folders(text), text);
  }
}

}  // namespace
}  // namespace imagine::serve
