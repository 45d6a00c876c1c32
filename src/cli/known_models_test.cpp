#include "cli/known_models.h"

#include <cstdlib>
#include <filesystem>
#include <gmock/gmock.h>
#include <unistd.h>

#include "core/check.h"
#include "io/temporary_folder.h"

namespace imagine::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

class KnownModels : public testing::Test {
 protected:
  KnownModels() { setenv("IMAGINE_MODELS", kept_.path().c_str(), 1); }
  ~KnownModels() override { unsetenv("IMAGINE_MODELS"); }

  io::TemporaryFolder kept_;
};

TEST_F(KnownModels, AFolderIsItself) {
  const io::TemporaryFolder folder;
  EXPECT_EQ(model_folder_of(folder.path().string()), folder.path());
  EXPECT_EQ(model_folder_of("no/such/folder"), "no/such/folder");  // who opens it says so
}

/// Nobody is there to be asked: the program's errors go to a file.
TEST_F(KnownModels, ANameThatIsNotHereSaysHowToFetchIt) {
  if (isatty(STDERR_FILENO)) GTEST_SKIP() << "somebody is at the terminal";
  EXPECT_THAT([] { model_folder_of("minit2i-b"); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("--model minit2i-b: is not here yet"),
                                              HasSubstr("imagine pull minit2i-b fetches it"),
                                              HasSubstr("licence MIT"))));
  EXPECT_THAT([] { model_folder_of("minit2i-mf"); },
              ThrowsMessage<InputError>(HasSubstr("tools/convert_minit2i.py")));
}

TEST_F(KnownModels, TheEmbeddedOneHasANameToo) {
  const auto folder = model_folder_of("imagine-small");
  EXPECT_TRUE(std::filesystem::exists(folder / "model.json")) << folder;
}

TEST_F(KnownModels, WhatIsLeftToDoMayBeDone) {
  const auto folder = kept_ / "minit2i-mf";
  std::filesystem::create_directory(folder);
  io::write_file(folder / "manifest.ocdbt", "x");
  EXPECT_THAT([] { model_folder_of("minit2i-mf"); },
              ThrowsMessage<InputError>(HasSubstr("is a checkpoint of JAX")));
  std::filesystem::create_directory(folder / "transformer");
  io::write_file(folder / "transformer" / "config.json", "{}");
  EXPECT_EQ(model_folder_of("minit2i-mf"), folder);
}

}  // namespace
}  // namespace imagine::cli
