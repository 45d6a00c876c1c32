#include "train/log.h"

#include <fstream>
#include <gmock/gmock.h>

#include "core/fields.h"
#include "io/temporary_folder.h"

namespace imagine::train {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class LogTest : public testing::Test {
 protected:
  /// Entries at updates 50, 100 and 150 with the losses 0.5, 0.25 and 0.125.
  void write_three() const {
    Log log(folder_.path(), 0);
    for (int64_t i = 1; i <= 3; ++i) {
      log.add({.update = 50 * i, .views = 1000 * i, .loss = 1.0 / double(1 << i)});
    }
  }

  /// The updates of log.jsonl.
  std::vector<int64_t> updates() const {
    std::vector<int64_t> found;
    std::ifstream file(folder_ / "log.jsonl");
    for (std::string line; std::getline(file, line);) {
      found.push_back(from_json<LogEntry>(Json::parse(line), "log").update);
    }
    return found;
  }

  std::string curves() const { return io::read_file(folder_ / "loss.svg"); }

  io::TemporaryFolder folder_;
};

TEST_F(LogTest, KeepsEveryValue) {
  const LogEntry entry{.update = 1,
                       .views = 2,
                       .seconds = 3.5,
                       .loss = 0.25,
                       .held_out_loss = 0.75,
                       .learning_rate = 1e-4,
                       .images_per_second = 8};
  Log(folder_.path(), 0).add(entry);
  EXPECT_EQ(io::read_file(folder_ / "log.jsonl"), to_json(entry).dump() + "\n");
}

TEST_F(LogTest, ALossThatWasNotMeasuredIsNotThere) {
  Log(folder_.path(), 0).add({.update = 1, .views = 2, .loss = 0.25});
  const auto line = io::read_file(folder_ / "log.jsonl");
  EXPECT_THAT(line, HasSubstr("\"loss\""));
  EXPECT_THAT(line, testing::Not(HasSubstr("held_out_loss")));
  EXPECT_EQ(from_json<LogEntry>(Json::parse(line), "log").held_out_loss, 0);
}

TEST_F(LogTest, AResumedRunGoesOnAfterItsLastUpdate) {
  write_three();
  Log log(folder_.path(), 100);
  EXPECT_THAT(updates(), ElementsAre(50, 100));
  log.add({.update = 150});
  EXPECT_THAT(updates(), ElementsAre(50, 100, 150));
}

TEST_F(LogTest, ALineCutShortIsForgotten) {
  write_three();
  std::ofstream(folder_ / "log.jsonl", std::ios::app) << R"({"update":200,"vie)";
  Log log(folder_.path(), 1000);
  log.add({.update = 250});
  EXPECT_THAT(updates(), ElementsAre(50, 100, 150, 250));
}

TEST_F(LogTest, ANewRunForgetsEverything) {
  write_three();
  Log(folder_.path(), 0);
  EXPECT_THAT(updates(), ElementsAre());
}

TEST_F(LogTest, DrawsNoCurveOfOneEntry) {
  Log log(folder_.path(), 0);
  log.add({.update = 50, .views = 1000, .loss = 1});
  log.draw();
  EXPECT_FALSE(io::fs::exists(folder_ / "loss.svg"));
}

// The axes span x 60 .. 840 and y 360 .. 60 for 0 .. 1.2 times the largest usual loss.
TEST_F(LogTest, DrawsBothLossesAgainstTheViews) {
  Log log(folder_.path(), 0);
  log.add({.update = 50, .views = 1000, .loss = 0.5});
  log.add({.update = 100, .views = 2000, .loss = 0.25, .held_out_loss = 0.3});
  log.draw();
  EXPECT_THAT(curves(), HasSubstr("points='450,110 840,235 '"));
  EXPECT_THAT(curves(), HasSubstr("points='840,210 '"));
  EXPECT_THAT(curves(), testing::EndsWith("</svg>\n"));
}

TEST_F(LogTest, DrawsTheEntriesOfEarlierStarts) {
  write_three();
  Log(folder_.path(), 100).draw();
  EXPECT_THAT(curves(), HasSubstr("points='450,110 840,235 '"));
}

TEST_F(LogTest, DrawsASpikeAtTheTop) {
  Log log(folder_.path(), 0);
  for (int64_t i = 1; i < 40; ++i) log.add({.update = i, .views = 10 * i, .loss = 0.5});
  log.add({.update = 40, .views = 400, .loss = 1e6});
  log.draw();
  EXPECT_THAT(curves(), HasSubstr("110 840,60 '"));
}

}  // namespace
}  // namespace imagine::train
