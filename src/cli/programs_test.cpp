#include "cli/programs.h"

#include <array>
#include <cstdlib>
#include <gtest/gtest.h>
#include <vector>

namespace imagine::cli {
namespace {

/// A command line as main() has it.
class Line {
 public:
  explicit Line(std::vector<std::string> words) : words_(std::move(words)) {
    words_.insert(words_.begin(), "imagine");
    for (auto& word : words_) pointers_.push_back(word.data());
  }
  int count() const { return int(pointers_.size()); }
  char** words() { return pointers_.data(); }

 private:
  std::vector<std::string> words_;
  std::vector<char*> pointers_;
};

std::string program_of(const std::vector<std::string>& words) {
  Line line(words);
  return program_for(line.count(), line.words());
}

class WaitingTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto* name : kNames) unsetenv(name);
  }
  void TearDown() override { SetUp(); }

  static std::array<std::string, 2> after(const std::vector<std::string>& words) {
    Line line(words);
    say_how_threads_wait(line.count(), line.words());
    const auto* policy = std::getenv(kNames[0]);
    const auto* rounds = std::getenv(kNames[1]);
    return {policy ? policy : "", rounds ? rounds : ""};
  }

  static constexpr std::array kNames = {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"};
};

TEST(Programs, PromptsAndCommandsThatDrawNeedFewLibraries) {
  EXPECT_EQ(program_of({"a red cube", "--size", "64"}), kDrawProgram);
  EXPECT_EQ(program_of({"generate", "--help"}), kDrawProgram);
  EXPECT_EQ(program_of({"info", "a.png"}), kDrawProgram);
  EXPECT_EQ(program_of({}), kWorkshopProgram);
  EXPECT_EQ(program_of({"--version"}), kWorkshopProgram);
  EXPECT_EQ(program_of({"serve"}), kWorkshopProgram);
  EXPECT_EQ(program_of({"a red cube", "--grid"}), kWorkshopProgram);
  EXPECT_EQ(program_of({"generate", "--prompts=a.txt"}), kWorkshopProgram);
}

TEST(Programs, LieBesideTheRunningOne) {
  const auto program = program_beside(kWorkshopProgram);
  EXPECT_EQ(program.filename(), "imagine-workshop");
  EXPECT_EQ(program.parent_path(), std::filesystem::read_symlink("/proc/self/exe").parent_path());
}

TEST_F(WaitingTest, ThreadsSpinShortlyAndInTrainingNotAtAll) {
  using Both = std::array<std::string, 2>;
  EXPECT_EQ(after({"serve"}), (Both{"", "2000"}));
  SetUp();
  EXPECT_EQ(after({"train", "x.json"}), (Both{"passive", ""}));
}

TEST_F(WaitingTest, WhatSomebodyHasSetStays) {
  using Both = std::array<std::string, 2>;
  setenv("GOMP_SPINCOUNT", "7", 1);
  EXPECT_EQ(after({"a red cube"}), (Both{"", "7"}));
  setenv("OMP_WAIT_POLICY", "active", 1);
  EXPECT_EQ(after({"train"}), (Both{"active", "7"}));
}

}  // namespace
}  // namespace imagine::cli
