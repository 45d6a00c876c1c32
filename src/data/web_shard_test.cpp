#include "data/web_shard.h"

#include <gmock/gmock.h>

#include "core/check.h"
#include "io/tar.h"
#include "io/temporary_folder.h"

namespace imagine::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::ThrowsMessage;
using testing::UnorderedElementsAre;

using Members = std::map<std::string, io::Bytes>;

bool go_on(std::int64_t, std::int64_t) { return true; }

class WebShardTest : public testing::Test {
 protected:
  io::fs::path write(const std::string& name,
                     const std::vector<std::pair<std::string, std::string>>& members) const {
    const auto path = folder_.path() / name;
    io::TarWriter tar(path);
    for (const auto& [member, bytes] : members) tar.add(member, bytes);
    tar.finish();
    return path;
  }

  WebIndex index(const std::vector<io::fs::path>& shards) const {
    return {shards, folder_.path() / "index", go_on};
  }

  io::TemporaryFolder folder_;
};

TEST_F(WebShardTest, MembersThatShareAStemAreOneSample) {
  const auto first =
      write("a.tar", {{"x/1.JPG", "picture"}, {"x/1.txt", "one"}, {"y/1.jpg", "other"}});
  const auto second = write("b.tar", {{"p.q.seg.png", "p"}, {"p.json", "j"}, {"last", ""}});
  const auto index = this->index({first, second});
  ASSERT_EQ(index.shards(), 2);
  EXPECT_EQ(index.count(0), 2);
  EXPECT_EQ(index.count(1), 2);
  EXPECT_THAT(index.read(0, 0), UnorderedElementsAre(Pair("jpg", "picture"), Pair("txt", "one")));
  EXPECT_THAT(index.read(0, 1), ElementsAre(Pair("jpg", "other")));
  EXPECT_THAT(index.read(1, 0), UnorderedElementsAre(Pair("q.seg.png", "p"), Pair("json", "j")));
  EXPECT_THAT(index.read(1, 1), ElementsAre(Pair("", "")));
  EXPECT_THAT(index.name(1, 1), HasSubstr("b.tar: sample 1"));
}

TEST_F(WebShardTest, AreReadSampleBySample) {
  const auto shard = write("a.tar", {{"x/1.JPG", "picture"}, {"x/1.txt", "one"}, {"last", ""}});
  std::map<std::string, Members> samples;
  read_web_shard(shard, [&](const WebSample& sample) { samples[sample.stem] = sample.members; });
  EXPECT_THAT(samples,
              UnorderedElementsAre(Pair("x/1", Members{{"jpg", "picture"}, {"txt", "one"}}),
                                   Pair("last", Members{{"", ""}})));
  EXPECT_THAT([&] { read_web_shard(write("b.tar", {}), [](const WebSample&) {}); },
              ThrowsMessage<FormatError>(HasSubstr("b.tar: expected samples")));
}

TEST_F(WebShardTest, AnIndexIsMadeOnceAndAgainWhereAShardHasChanged) {
  const auto shard = write("a.tar", {{"1.txt", "one"}});
  int walked = 0;
  const auto count = [&] {
    const WebIndex index({shard}, folder_.path() / "index",
                         [&](std::int64_t, std::int64_t) { return ++walked > 0; });
    return index.count(0);
  };
  EXPECT_EQ(count(), 1);
  EXPECT_EQ(count(), 1);
  EXPECT_EQ(walked, 1);
  write("a.tar", {{"1.txt", "one"}, {"2.txt", "two"}});
  EXPECT_EQ(count(), 2);
  EXPECT_EQ(walked, 2);
}

TEST_F(WebShardTest, AnIndexThatWasCutOrChangedIsMadeAgain) {
  const auto shard = write("a.tar", {{"1.txt", "one"}, {"2.txt", "two"}});
  const auto cache = folder_.path() / "index";
  index({shard});
  const auto good = io::read_file(cache);
  for (std::size_t i = 0; i < good.size(); i += 4) {
    auto bad = good;
    bad[i] = char(bad[i] + 1);
    io::write_file(cache, bad);
    try {  // a place that is wrong shows when it is read
      EXPECT_EQ(index({shard}).count(0), 2);
      index({shard}).read(0, 1);
    } catch (const FormatError&) {
    }
    io::write_file(cache, good.substr(0, i));
    EXPECT_EQ(index({shard}).read(0, 1).at("txt"), "two");
  }
}

TEST_F(WebShardTest, ABrokenOrEmptyShardIsNamed) {
  const auto empty = write("empty.tar", {});
  EXPECT_THAT([&] { index({empty}); },
              ThrowsMessage<FormatError>(HasSubstr("empty.tar: expected samples")));
  const auto cut = write("cut.tar", {{"1.txt", std::string(2000, 'x')}});
  io::fs::resize_file(cut, 1500);
  EXPECT_THAT([&] { index({cut}); }, ThrowsMessage<FormatError>(HasSubstr("cut.tar")));
  EXPECT_THROW(WebIndex({cut}, folder_.path() / "index", [](auto, auto) { return false; }),
               Interrupted);
}

TEST_F(WebShardTest, ShardsAreFoundByNameInFoldersAndInLists) {
  io::fs::create_directory(folder_.path() / "some");
  const auto b = write("some/b.tar", {}), a = write("some/a.tar", {}), c = write("c.tar", {});
  io::write_file(folder_.path() / "list.txt", "# of mine\n\nc.tar\n some \r\n");
  const auto name = [&](const char* path) { return (folder_.path() / path).string(); };
  EXPECT_THAT(find_web_shards({name("some")}), ElementsAre(a, b));
  EXPECT_THAT(find_web_shards({name("list.txt"), name("some/b.tar")}), ElementsAre(c, a, b, b));
  EXPECT_THAT([&] { find_web_shards({name("nothing")}); },
              ThrowsMessage<InputError>(HasSubstr("found nothing")));
  io::fs::create_directory(folder_.path() / "bare");
  EXPECT_THAT([&] { find_web_shards({name("bare")}); },
              ThrowsMessage<InputError>(HasSubstr("found none")));
  io::write_file(folder_.path() / "self.txt", "self.txt\n");
  EXPECT_THAT([&] { find_web_shards({name("self.txt")}); },
              ThrowsMessage<InputError>(HasSubstr("got \"self.txt\"")));
  io::write_file(folder_.path() / "void.txt", "# none\n");
  EXPECT_THAT([&] { find_web_shards({name("void.txt")}); },
              ThrowsMessage<InputError>(HasSubstr("the list is empty")));
}

TEST(Captions, AreTheTextElseWhatTheJsonSays) {
  const auto captions = [](const Members& members) {
    return captions_of(members, "caption", "here");
  };
  EXPECT_THAT(captions({{"txt", " a cat \n"}, {"json", R"({"caption": "a dog"})"}}),
              ElementsAre("a cat"));
  EXPECT_THAT(captions({{"json", R"({"caption": "a dog"})"}}), ElementsAre("a dog"));
  EXPECT_THAT(captions({{"json", R"({"caption": ["a", "", {"text": "b", "language": "en"}]})"}}),
              ElementsAre("a", "b"));
  EXPECT_THAT(captions({{"txt", "caffè 猫 \xEF\xBF\xBD"}}), ElementsAre("caffè 猫 \xEF\xBF\xBD"));
}

TEST(Captions, ThatCannotBeReadAreRefused) {
  const std::vector<std::pair<Members, std::string>> cases = {
      {{{"jpg", "x"}}, "no caption"},
      {{{"txt", " \n"}}, "no caption"},
      {{{"json", R"({"title": "a"})"}}, "no caption"},
      {{{"json", "[1, 2]"}}, "no caption"},
      {{{"json", R"({"caption": 3})"}}, "no caption"},
      {{{"json", "{"}}, "here"},
      {{{"txt", "caf\xE8"}}, "UTF-8"},
  };
  for (const auto& [members, message] : cases) {
    const auto& sample = members;
    EXPECT_THAT([&] { captions_of(sample, "caption", "here"); },
                ThrowsMessage<FormatError>(HasSubstr(message)));
  }
}

TEST(Pictures, AreFoundByTheirEndings) {
  EXPECT_EQ(picture_of({{"txt", "t"}, {"webp", "w"}}, "here"), "w");
  EXPECT_EQ(picture_of({{"seg.png", "s"}, {"png", "p"}}, "here"), "p");
  EXPECT_THAT(
      [] {
        picture_of({{"txt", "t"}}, "here");
      },
      ThrowsMessage<FormatError>(HasSubstr("no picture")));
}

}  // namespace
}  // namespace imagine::data
