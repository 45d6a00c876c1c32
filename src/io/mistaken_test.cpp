#include "io/mistaken.h"

#include <gmock/gmock.h>
#include <vector>

#include "core/check.h"
#include "io/json_file.h"
#include "io/safetensors.h"
#include "io/temporary_folder.h"
#include "io/weight_files.h"

namespace imagine::io {
namespace {

using testing::HasSubstr;
using std::string_literals::operator""s;

const std::string kPointer =
    "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 9524653648\n";

template <class Function>
std::string refusal(Function function) {
  try {
    function();
  } catch (const FormatError& error) {
    return error.what();
  }
  return "";
}

TEST(Mistaken, TellsWhatAFileReallyIs) {
  const std::vector<std::pair<std::string, const char*>> cases = {
      {kPointer, "Git LFS pointer"},
      {"", "an empty file"},
      {"<!DOCTYPE html>\n<html class=\"\">", "a page that a server sent"},
      {"\xef\xbb\xbf\r\n  <HTML><head>", "a page that a server sent"},
      {"<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code>", "a page that a server sent"},
      {"PK\x03\x04\0\0\x08\x08\0\0\0\0\0\0archive/data.pkl"s, "PyTorch pickle"},
      {"\x80\x02\x8a\nl\xfc\x9c"s, "PyTorch pickle"},  // before torch 1.6
      {"\x80\x02}q\x01X"s, "PyTorch pickle"},
      {std::string(4096, '\0'), "zeros alone"}};
  for (const auto& [bytes, what] : cases) EXPECT_THAT(mistaken_for(bytes), HasSubstr(what));
}

TEST(Mistaken, LeavesWhatMayBeRightToItsReader) {
  for (const auto& bytes :
       {"{\"a\": 1}"s, "version 1"s, "PK\x03\x04\x14\0 model.json"s, "GGUF\3\0\0\0"s,
        "\x40\0\0\0\0\0\0\0{"s, "\x89PNG\r\n"s, "[PAD]\n[UNK]\n"s, "\0\0"s,
        "<?xml version=\"1.0\"?><svg/>"s, "\x0a\x0e\x0a\x05<pad>"s, "\x80\x02"s}) {
    EXPECT_EQ(mistaken_for(bytes), "");
  }
}

TEST(Mistaken, EveryReaderOfAFileSaysIt) {
  const TemporaryFolder folder;
  const auto file = folder / "model.safetensors";
  write_file(file, kPointer);
  for (const auto& said :
       {refusal([&] { SafetensorsFile{file}; }), refusal([&] { read_json(file); }),
        refusal([&] { read_python_json(file); }), refusal([&] { WeightFiles::open(file); }),
        refusal([&] { WeightFiles::find(folder.path(), "model"); })}) {
    EXPECT_THAT(said, testing::AllOf(HasSubstr(file.string()), HasSubstr("git lfs pull")));
  }
}

TEST(Mistaken, AHubCacheWithOneSnapshotIsThatSnapshot) {
  const TemporaryFolder folder;
  const auto cache = folder / "models--deepfloyd--IF";
  fs::create_directories(cache / "blobs");
  fs::create_directories(cache / "refs");
  EXPECT_EQ(model_folder_in(cache), cache);
  fs::create_directories(cache / "snapshots");
  EXPECT_THAT(refusal([&] { model_folder_in(cache); }), HasSubstr("without a snapshot"));
  fs::create_directories(cache / "snapshots" / "aaaa");
  EXPECT_EQ(model_folder_in(cache), cache / "snapshots" / "aaaa");
  fs::create_directories(cache / "snapshots" / "bbbb");
  EXPECT_THAT(refusal([&] { model_folder_in(cache); }),
              testing::AllOf(HasSubstr("2 snapshots"), HasSubstr("snapshots/aaaa"),
                             HasSubstr("snapshots/bbbb")));
  EXPECT_EQ(model_folder_in(folder / "nowhere"), folder / "nowhere");
}

}  // namespace
}  // namespace imagine::io
