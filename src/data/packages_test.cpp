#include "data/packages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>

#include "imagine/error.h"
#include "io/tar.h"
#include "io/temporary_folder.h"

namespace imagine::data {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr auto kName = "unicode-cldr-core";
constexpr auto kFile = "unicode-cldr-core_41-0.1_all.deb";

void write_package(const io::fs::path& path) {
  io::TarWriter tar(path);
  for (const auto* name : {"a", "folder/b", "c"}) tar.add(name, std::string(name) + "!");
  tar.finish();
}

std::vector<std::string> files_of(const PackageFolder& folder) {
  std::vector<std::string> files;
  read_package(folder, kName, [&](const std::string& file, const io::Bytes& bytes) {
    files.push_back(file + "=" + bytes);
  });
  return files;
}

TEST(Packages, EachHasAFileOfItsVersionAndALicence) {
  std::set<std::string_view> names, files;
  for (const Package& package : packages()) {
    EXPECT_TRUE(names.insert(package.name).second) << package.name;
    EXPECT_TRUE(files.insert(package.file).second) << package.file;
    EXPECT_THAT(std::string(package.file), HasSubstr(std::string(package.version)));
    EXPECT_FALSE(package.licence.empty()) << package.name;
  }
  EXPECT_EQ(names.size(), 6u);
}

TEST(Packages, TheToolFetchesTheSameVersionsUnderTheSameNames) {
  const auto tool = io::read_file(IMAGINE_SOURCE_DIR "/tools/fetch_packages.sh");
  for (const Package& package : packages()) {
    const std::string name(package.name), version(package.version), file(package.file);
    const auto* mark = file.ends_with(".deb") ? "=" : "@";
    EXPECT_THAT(tool, HasSubstr(" " + name + mark + version + " " + file + " "));
  }
}

TEST(Packages, RefusesANameThatNoneHas) {
  for (const auto* name : {"", "unicode-cldr", "../etc/passwd"}) {
    try {
      package_file({.path = "/nowhere"}, name);
      FAIL() << name;
    } catch (const InputError& error) {
      EXPECT_EQ(error.what(), "package: unknown name \"" + std::string(name) + "\"");
    }
  }
}

TEST(Packages, TellsHowToGetWhatIsMissing) {
  const io::TemporaryFolder folder;
  const auto path = (folder / kFile).string();
  io::fs::create_directory(path);  // a folder of the name is no package
  try {
    package_file({.path = folder.path()}, kName);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), StartsWith(path + ": expected the package unicode-cldr-core 41-0.1"));
    EXPECT_THAT(error.what(), HasSubstr("tools/fetch_packages.sh " + folder.path().string()));
  }
}

TEST(Packages, ReadsTheFilesInOrder) {
  const io::TemporaryFolder folder;
  write_package(folder / kFile);
  EXPECT_EQ(package_file({.path = folder.path()}, kName), folder / kFile);
  EXPECT_THAT(files_of({.path = folder.path()}), ElementsAre("a=a!", "folder/b=folder/b!", "c=c!"));
}

TEST(Packages, AsksBeforeEachFileWhetherToGoOn) {
  const io::TemporaryFolder folder;
  write_package(folder / kFile);
  int asked = 0, read = 0;
  const PackageFolder packages{.path = folder.path(), .go_on = [&] { return ++asked < 3; }};
  try {
    read_package(packages, kName, [&](const std::string&, const io::Bytes&) { ++read; });
    FAIL();
  } catch (const Interrupted& error) {
    EXPECT_THAT(error.what(), HasSubstr(kName));
  }
  EXPECT_EQ(asked, 3);
  EXPECT_EQ(read, 2);
}

TEST(Packages, NamesTheFileThatIsDamaged) {
  const io::TemporaryFolder folder;
  write_package(folder / kFile);
  io::fs::resize_file(folder / kFile, 700);
  try {
    files_of({.path = folder.path()});
    FAIL();
  } catch (const FormatError& error) {
    EXPECT_THAT(error.what(), AllOf(StartsWith((folder / kFile).string()), HasSubstr("expected")));
  }
}

}  // namespace
}  // namespace imagine::data
