#include "io/lines.h"

#include <gmock/gmock.h>

#include "imagine/error.h"
#include "io/temporary_folder.h"

namespace imagine::io {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(Lines, AreReadWithoutTheirEnds) {
  const TemporaryFolder folder;
  write_file(folder / "list.txt", "a red cube\r\n\n  three spheres\n\r\nlast");
  EXPECT_THAT(read_lines(folder / "list.txt"),
              ElementsAre("a red cube", "  three spheres", "last"));
}

TEST(Lines, AreThere) {
  const TemporaryFolder folder;
  write_file(folder / "empty.txt", "\n\r\n");
  EXPECT_THAT([&] { read_lines(folder / "empty.txt"); },
              ThrowsMessage<FormatError>(HasSubstr("empty.txt: expected lines of text, got none")));
  EXPECT_THROW(read_lines(folder / "none.txt"), FormatError);
}

}  // namespace
}  // namespace imagine::io
