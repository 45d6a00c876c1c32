#include "io/prompt_file.h"

#include <gmock/gmock.h>

#include "imagine/error.h"
#include "io/temporary_folder.h"

namespace imagine::io {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(PromptFile, IsReadLineByLine) {
  const TemporaryFolder folder;
  write_file(folder / "list.txt", "a red cube\r\n\n  three spheres\n\r\nlast");
  EXPECT_THAT(read_prompts(folder / "list.txt"),
              ElementsAre("a red cube", "  three spheres", "last"));
}

TEST(PromptFile, KnowsTheLineOfEach) {
  const TemporaryFolder folder;
  write_file(folder / "list.txt",
             "\xEF\xBB\xBF"
             "first\n\n\r\nsecond\r\n \n\xFF");
  std::vector<std::string> texts;
  std::vector<std::int64_t> lines;
  for (const auto& prompt : read_listed_prompts(folder / "list.txt")) {
    texts.push_back(prompt.text);
    lines.push_back(prompt.line);
  }
  EXPECT_THAT(texts, ElementsAre("first", "second", " ", "\xFF"));
  EXPECT_THAT(lines, ElementsAre(1, 4, 5, 6));
}

TEST(PromptFile, HasPrompts) {
  const TemporaryFolder folder;
  write_file(folder / "empty.txt", "\n\r\n");
  EXPECT_THAT(
      [&] { read_prompts(folder / "empty.txt"); },
      ThrowsMessage<InputError>(HasSubstr("empty.txt: expected prompts, one a line, got none")));
  EXPECT_THROW(read_prompts(folder / "none.txt"), FormatError);
}

}  // namespace
}  // namespace imagine::io
