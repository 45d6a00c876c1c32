// Several processes draw the prompts of a file: `mpirun imagine generate --prompts`, as a user
// starts it.

#include <gmock/gmock.h>
#include <map>
#include <string>

#include "core/check.h"
#include "io/file.h"
#include "io/tar.h"
#include "io/temporary_folder.h"
#include "shell.h"

namespace imagine {
namespace {

using io::fs::path;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr int kShards = 8;

class BulkRanks : public testing::Test {
 protected:
  BulkRanks() {
    std::string prompts;
    for (int i = 0; i < 2 * kShards; ++i) prompts += concat("a red cube beside ", i, " cones\n");
    io::write_file(folder_ / "prompts.txt", prompts);
  }

  std::string out(const std::string& name) const { return (folder_ / name).string(); }

  std::string drawing(const std::string& to) const {
    return concat(IMAGINE_PROGRAM, " generate --prompts ", (folder_ / "prompts.txt").string(),
                  " --out ", to, " --per-shard 2 --size 64 --exclusive --dtype fp32");
  }

  /// The same with one core for each process.
  std::string drawing_on(int ranks, const std::string& to) const {
    return concat(IMAGINE_LAUNCHER, " -n ", ranks, ' ', drawing(to), " --threads 1");
  }

  /// All files of the folder by their names, hidden ones too.
  static std::map<std::string, io::Bytes> files_of(const std::string& folder) {
    std::map<std::string, io::Bytes> files;
    for (const auto& entry : io::fs::directory_iterator(folder)) {
      files[entry.path().filename().string()] = io::read_file(entry.path());
    }
    return files;
  }

  /// What one process draws that nothing interrupts.
  std::map<std::string, io::Bytes> expected() const {
    static const auto kFiles = [this] {
      const auto alone = shell(concat(drawing(out("alone")), " --threads 1"));
      EXPECT_EQ(alone.code, 0) << alone.said;
      return files_of(out("alone"));
    }();
    EXPECT_EQ(kFiles.size(), kShards + 1);
    return kFiles;
  }

  io::TemporaryFolder folder_;
};

TEST_F(BulkRanks, AnyNumberOfThemDrawsTheSame) {
  const auto ended = shell(drawing_on(3, out("three")));
  ASSERT_EQ(ended.code, 0) << ended.said;
  EXPECT_EQ(files_of(out("three")), expected());
}

TEST_F(BulkRanks, WhatWasKilledGoesOnWithAnotherNumber) {
  const auto wait =
      concat("until ls ", out("killed"), "/pictures-*.tar >/dev/null 2>&1; do sleep 0.05; done; ");
  const auto killed = shell(concat(drawing_on(2, out("killed")), " & launcher=$!; ", wait,
                                   "kill -9 $(ps -o pid= --ppid $launcher); wait $launcher"));
  EXPECT_NE(killed.code, 0);
  const auto left = files_of(out("killed"));
  std::map<std::string, io::fs::file_time_type> times;
  for (const auto& [name, bytes] : left) {
    if (name.ends_with(".tar")) times[name] = io::fs::last_write_time(path(out("killed")) / name);
  }
  EXPECT_LT(times.size(), kShards);
  const auto ended = shell(drawing_on(3, out("killed")));
  ASSERT_EQ(ended.code, 0) << ended.said;
  EXPECT_EQ(files_of(out("killed")), expected());
  for (const auto& [name, time] : times) {
    EXPECT_EQ(io::fs::last_write_time(path(out("killed")) / name), time) << name;
  }
}

TEST_F(BulkRanks, OneThatIsStoppedKeepsWholeShardsAndLeavesNothingElse) {
  const auto wait =
      concat("until ls ", out("stopped"), "/pictures-*.tar >/dev/null 2>&1; do sleep 0.05; done; ");
  const auto stopped =
      shell(concat(drawing(out("stopped")), " & ", wait, "kill -TERM $!; wait $!"));
  EXPECT_EQ(stopped.code, 130);
  EXPECT_THAT(stopped.said, HasSubstr("whole shards are kept, the same command goes on"));
  const auto files = files_of(out("stopped"));
  EXPECT_LT(files.size(), kShards + 1);
  for (const auto& [name, bytes] : files) EXPECT_EQ(name.front() == '.', false) << name;
}

TEST_F(BulkRanks, AnArrayOfSlurmSharesTheWork) {
  const auto task = [&](int id) {
    return concat("SLURM_ARRAY_TASK_ID=", id, " SLURM_ARRAY_TASK_COUNT=2 SLURM_ARRAY_TASK_MIN=0 ",
                  drawing(out("array")), " --threads 1");
  };
  const auto ended = shell(concat(task(1), " & second=$!; ", task(0), " && wait $second"));
  ASSERT_EQ(ended.code, 0) << ended.said;
  EXPECT_EQ(files_of(out("array")), expected());
}

TEST_F(BulkRanks, OneOfThemSaysWhatIsWrong) {
  io::write_file(folder_ / "prompts.txt", "good\nbad \xFF\n");
  const auto ended = shell(drawing_on(3, out("wrong")));
  EXPECT_NE(ended.code, 0);
  const std::string reason = "prompts.txt: line 2: expected a prompt in UTF-8";
  EXPECT_THAT(ended.said, HasSubstr(reason));
  EXPECT_EQ(ended.said.find(reason), ended.said.rfind(reason)) << ended.said;
  EXPECT_FALSE(io::fs::exists(out("wrong")));
}

TEST_F(BulkRanks, OneThatFailsEndsTheOthers) {
  const auto fails = concat("sh -c 'if [ $OMPI_COMM_WORLD_RANK = 0 ]; then exec ",
                            drawing(out("all")), " --lora /nowhere; fi; sleep 60; echo survived'");
  const auto ended = shell(concat(IMAGINE_LAUNCHER, " -n 2 ", fails));
  EXPECT_NE(ended.code, 0);
  EXPECT_THAT(ended.said, AllOf(HasSubstr("/nowhere"), Not(HasSubstr("survived"))));
}

TEST_F(BulkRanks, OthersReadTheShards) {
  ASSERT_EQ(shell(drawing(out("read"))).code, 0);
  const auto listed = shell(concat("tar tf ", out("read"), "/pictures-000001.tar"));
  EXPECT_EQ(listed.said,
            "000000002.png\n000000002.txt\n000000002.json\n"
            "000000003.png\n000000003.txt\n000000003.json\n");
  const auto python =
      shell(concat("python3 -c \"import json, sys, tarfile; tar = tarfile.open(sys.argv[1]); "
                   "print(tar.extractfile('000000003.txt').read().decode(), "
                   "json.load(tar.extractfile('000000003.json'))['seed'])\" ",
                   out("read"), "/pictures-000001.tar"));
  EXPECT_EQ(python.said, "a red cube beside 3 cones 5\n");
}

}  // namespace
}  // namespace imagine
