#include "engine/text_states.h"

#include <gtest/gtest.h>
#include <set>

#include <torch/utils.h>

#include "io/file.h"
#include "io/temporary_folder.h"

namespace imagine::engine {
namespace {

namespace fs = std::filesystem;

/// Counts how often it is asked.
class CountingEncoder : public text::TextEncoder {
 public:
  explicit CountingEncoder(std::string identity) : identity_(std::move(identity)) {}

  TextEmbedding encode(const std::vector<std::string>& prompts, const text::TextLength& length,
                       const StopCheck&) const override {
    ++asked;
    const auto rows = length.most.value_or(3);
    return {.states = torch::full({1, rows, 2}, double(prompts[0].size())),
            .mask = torch::ones({1, rows}, torch::kBool)};
  }
  int64_t width() const override { return 2; }
  std::string identity() const override { return identity_; }
  void to(torch::Device) override {}

  mutable int asked = 0;

 private:
  std::string identity_;
};

constexpr text::TextLength kFive{.most = 5, .padded = true};

TEST(TextStates, AreReadOnceForEachTextEncoderLengthAndType) {
  const io::TemporaryFolder folder;
  const TextStates states(folder.path());
  const CountingEncoder encoder("a"), other("b");
  const auto first = states.read(encoder, "red", kFive, {torch::kFloat});
  const auto again = states.read(encoder, "red", kFive, {torch::kFloat});
  EXPECT_EQ(encoder.asked, 1);
  EXPECT_TRUE(torch::equal(first.states, again.states));
  EXPECT_TRUE(torch::equal(first.mask, again.mask));
  states.read(encoder, "blue", kFive, {torch::kFloat});
  states.read(encoder, "red", {.most = 6, .padded = true}, {torch::kFloat});
  states.read(encoder, "red", kFive, {torch::kBFloat16});
  states.read(encoder, "red", kFive, {torch::kFloat, /*bytes=*/true});
  EXPECT_EQ(encoder.asked, 5);
  states.read(other, "red", kFive, {torch::kFloat});
  EXPECT_EQ(other.asked, 1);
}

TEST(TextStates, ADamagedFileIsReadAnew) {
  const io::TemporaryFolder folder;
  const TextStates states(folder.path());
  const CountingEncoder encoder("a");
  states.read(encoder, "red", kFive, {torch::kFloat});
  for (const auto& entry : fs::directory_iterator(folder.path() / "text")) {
    io::write_file(entry.path(), "damaged");
  }
  EXPECT_EQ(states.read(encoder, "red", kFive, {torch::kFloat}).states.size(1), 5);
  EXPECT_EQ(encoder.asked, 2);
  states.read(encoder, "red", kFive, {torch::kFloat});
  EXPECT_EQ(encoder.asked, 2);
}

/// All bytes of all files of a folder, and all their names.
std::string all_of(const fs::path& folder) {
  std::string all;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    all += entry.path().string() + '\n';
    if (entry.is_regular_file()) all += io::read_file(entry.path());
  }
  return all;
}

TEST(TextStates, NobodyReadsThePromptInTheFolder) {
  const io::TemporaryFolder folder;
  const CountingEncoder encoder("who reads");
  const std::string prompt = "a secret red apple";
  TextStates(folder.path()).read(encoder, prompt, kFive, {torch::kFloat});
  const auto all = all_of(folder.path());
  for (const char* word : {"secret", "apple", "who reads"}) EXPECT_EQ(all.find(word), all.npos);
  constexpr auto kOthers = fs::perms::group_all | fs::perms::others_all;
  for (const auto& entry : fs::recursive_directory_iterator(folder.path())) {
    EXPECT_EQ(entry.status().permissions() & kOthers, fs::perms::none) << entry.path();
  }
}

TEST(TextStates, TwoUsersNameAPromptDifferently) {
  const io::TemporaryFolder folder;
  const CountingEncoder encoder("a");
  std::set<fs::path> names;
  for (const char* user : {"one", "two"}) {
    TextStates(folder / user).read(encoder, "red", kFive, {torch::kFloat});
    for (const auto& entry : fs::directory_iterator(folder / user / "text")) {
      names.insert(entry.path().filename());
    }
  }
  EXPECT_EQ(names.size(), 2);
}

TEST(TextStates, PlainEntriesOfEarlierVersionsAreRemoved) {
  const io::TemporaryFolder folder;
  fs::create_directories(folder / "text");
  io::write_file(folder / "text/0123456789abcdef.safetensors", "a prompt");
  io::write_file(folder / "text/others.safetensors", "stays");
  TextStates(folder.path()).read(CountingEncoder("a"), "red", kFive, {torch::kFloat});
  EXPECT_FALSE(fs::exists(folder / "text/0123456789abcdef.safetensors"));
  EXPECT_EQ(io::read_file(folder / "text/others.safetensors"), "stays");
}

TEST(TextStates, AnEntryUnderAnothersNameIsReadAnew) {
  const io::TemporaryFolder folder;
  const TextStates states(folder.path());
  const CountingEncoder encoder("a");
  states.read(encoder, "red", kFive, {torch::kFloat});
  const auto red = fs::directory_iterator(folder / "text")->path();
  fs::rename(red, folder / "red");
  states.read(encoder, "green", kFive, {torch::kFloat});
  const auto green = fs::directory_iterator(folder / "text")->path();
  fs::rename(folder / "red", green);
  const auto read = states.read(encoder, "green", kFive, {torch::kFloat});
  EXPECT_EQ(read.states[0][0][0].item<double>(), 5);  // letters of green
}

TEST(TextStates, WithoutAFolderThatTakesFilesTheyAreReadEachTime) {
  const CountingEncoder encoder("a");
  for (const fs::path folder : {"", "/proc/nowhere"}) {
    EXPECT_EQ(TextStates(folder).read(encoder, "red", {}, {torch::kFloat}).states.size(1), 3);
  }
  EXPECT_EQ(encoder.asked, 2);
}

}  // namespace
}  // namespace imagine::engine
