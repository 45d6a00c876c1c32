#include "evaluate/fingerprint.h"

#include <gtest/gtest.h>

#include "core/random.h"
#include "imagine/error.h"
#include "io/temporary_folder.h"

namespace imagine::evaluate {
namespace {

class FingerprintTest : public testing::Test {
 protected:
  FingerprintTest() {
    io::fs::create_directories(folder_ / "model/base");
    io::write_file(folder_ / "model/model.json", "{}");
    io::write_file(weights_, std::string(100'003, 'w'));
  }

  std::string of(const io::fs::path& place) const {
    io::Fingerprint fingerprint;
    add_model(fingerprint, place);
    return fingerprint.text();
  }
  std::string of_model() const { return of(folder_ / "model"); }

  io::TemporaryFolder folder_;
  const io::fs::path weights_ = folder_ / "model/base/model.safetensors";
};

TEST_F(FingerprintTest, EveryByteOfTheWeightsCounts) {
  const auto before = of_model();
  EXPECT_EQ(of_model(), before);
  auto bytes = io::read_file(weights_);
  Random random(1, "bytes");
  std::vector<std::size_t> places = {0, 1, 50'000, bytes.size() - 1};
  while (places.size() < 20) places.push_back(std::size_t(random.below(int(bytes.size()))));
  for (const auto place : places) {
    for (const int bit : {0, 7}) {
      bytes[place] = char(bytes[place] ^ (1 << bit));
      io::write_file(weights_, bytes);
      EXPECT_NE(of_model(), before) << place;
      bytes[place] = char(bytes[place] ^ (1 << bit));
    }
  }
  for (const int first : {7, 15}) {  // two signs that change together
    for (const auto place : {0, 8, 8'000}) {
      auto changed = bytes;
      changed[std::size_t(first)] ^= '\x80', changed[std::size_t(first + 8 + place)] ^= '\x80';
      io::write_file(weights_, changed);
      EXPECT_NE(of_model(), before) << first << ' ' << place;
    }
  }
  io::write_file(weights_, bytes + '\0');
  EXPECT_NE(of_model(), before);
  io::write_file(weights_, bytes);
  EXPECT_EQ(of_model(), before);
}

TEST_F(FingerprintTest, PlacesCountAndWhatTellsOfAModelDoesNot) {
  const auto before = of_model();
  io::write_file(folder_ / "model/README.md", "about it");
  io::fs::create_directories(folder_ / "model/evaluation/pictures");
  io::write_file(folder_ / "model/evaluation" / kReport, "");
  io::write_file(folder_ / "model/evaluation/pictures/model.json", "{}");
  EXPECT_EQ(of_model(), before);
  io::write_file(folder_ / "model/captions.txt", "a");
  EXPECT_NE(of_model(), before);
  io::fs::remove(folder_ / "model/captions.txt");
  io::fs::rename(folder_ / "model/base", folder_ / "model/other");
  EXPECT_NE(of_model(), before);
}

TEST_F(FingerprintTest, LinkedFoldersCountAndLoopsEnd) {
  const auto before = of_model();
  io::fs::rename(folder_ / "model/base", folder_ / "elsewhere");
  io::fs::create_directory_symlink(folder_ / "elsewhere", folder_ / "model/base");
  EXPECT_EQ(of_model(), before);
  io::write_file(weights_, "other");
  const auto changed = of_model();
  EXPECT_NE(changed, before);
  io::fs::create_directory_symlink(folder_ / "model", folder_ / "model/again");
  EXPECT_EQ(of_model(), changed);
}

TEST_F(FingerprintTest, OrderAndBoundsOfSettingsCount) {
  const auto of_settings = [](const std::vector<std::string>& settings) {
    io::Fingerprint fingerprint;
    for (const auto& setting : settings) fingerprint.add(setting);
    return fingerprint.text();
  };
  EXPECT_EQ(of_settings({"ab", "c"}), of_settings({"ab", "c"}));
  EXPECT_NE(of_settings({"ab", "c"}), of_settings({"a", "bc"}));
  EXPECT_NE(of_settings({"ab", "c"}), of_settings({"c", "ab"}));
  EXPECT_NE(of_settings({}), of_settings({""}));
}

TEST_F(FingerprintTest, AFileAloneCountsAndWhatIsNotThereIsNamed) {
  EXPECT_NE(of(weights_), of(folder_ / "model/model.json"));
  EXPECT_THROW(of(folder_ / "nowhere"), FormatError);
  io::fs::create_directory(folder_ / "empty");
  EXPECT_THROW(of(folder_ / "empty"), InputError);
}

}  // namespace
}  // namespace imagine::evaluate
