#include "data/web_shard.h"

#include <array>
#include <cstdio>
#include <gmock/gmock.h>
#include <numeric>

#include "core/check.h"
#include "io/json_file.h"
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

using Named = std::pair<std::string, Members>;  // a stem and its members

std::vector<Named> samples_in(const WebIndex& index, std::int64_t shard) {
  std::vector<Named> samples;
  for (std::int64_t i = 0; i < index.count(shard); ++i) {
    auto sample = index.read(shard, i);
    samples.emplace_back(std::move(sample.stem), std::move(sample.members));
  }
  return samples;
}

TEST_F(WebShardTest, MembersThatShareAStemAreOneSample) {
  const auto first =
      write("a.tar", {{"x/1.JPG", "picture"}, {"x/1.txt", "one"}, {"y/1.jpg", "other"}});
  const auto second = write("b.tar", {{"p.q.seg.png", "p"}, {"p.json", "j"}, {"last.", ""}});
  const auto index = this->index({first, second});
  ASSERT_EQ(index.shards(), 2);
  EXPECT_EQ(samples_in(index, 0), (std::vector<Named>{{"x/1", {{"jpg", "picture"}, {"txt", "one"}}},
                                                      {"y/1", {{"jpg", "other"}}}}));
  EXPECT_EQ(samples_in(index, 1),
            (std::vector<Named>{{"p", {{"q.seg.png", "p"}, {"json", "j"}}}, {"last", {{"", ""}}}}));
  EXPECT_THAT(index.name(1), HasSubstr("b.tar"));
}

/// The texts between zeros, each after its place: how tools/make_tars.py tells contents.
Json shown(const io::Bytes& bytes) {
  auto parts = Json::array();
  for (std::size_t begin = 0; (begin = bytes.find_first_not_of('\0', begin)) != bytes.npos;) {
    const auto end = std::min(bytes.find('\0', begin), bytes.size());
    parts.push_back({begin, bytes.substr(begin, end - begin)});
    begin = end;
  }
  return parts;
}

TEST_F(WebShardTest, AreReadAsWebdatasetReadsThem) {
  const io::fs::path folder = IMAGINE_SOURCE_DIR "/tests/data/tars";
  const auto expected = io::read_json(folder / "expected.json");
  ASSERT_GE(expected.size(), 17);
  for (const auto& [name, samples] : expected.items()) {
    std::vector<std::pair<std::string, std::map<std::string, Json>>> wanted, indexed, walked;
    for (const auto& sample : samples) {
      auto& [stem, members] = wanted.emplace_back(sample[0], std::map<std::string, Json>());
      for (const auto& [extension, text] : sample[1].items()) members[extension] = text;
    }
    const auto add = [](auto& list, const std::string& stem, const Members& members) {
      auto& sample = list.emplace_back(stem, std::map<std::string, Json>());
      for (const auto& [extension, bytes] : members) sample.second[extension] = shown(bytes);
    };
    for (const auto& [stem, members] : samples_in(index({folder / name}), 0)) {
      add(indexed, stem, members);
    }
    read_web_shard(folder / name, [&](const WebSample& s) { add(walked, s.stem, s.members); });
    EXPECT_EQ(indexed, wanted) << name;
    EXPECT_EQ(walked, wanted) << name;
  }
}

TEST_F(WebShardTest, WhatIsHiddenIsPassedOver) {
  const auto shard = write("a.tar", {{"d/._1.jpg", "fork"},
                                     {"d/1.jpg", "picture"},
                                     {"d/._1.txt", "fork"},
                                     {"d/.DS_Store", "x"},
                                     {"__MACOSX/d/._1.txt", "fork"},
                                     {"d/1.txt", "one"},
                                     {"w.x\\._2.jpg", "fork"},
                                     {"w.x\\2.jpg", "picture"},
                                     {"w.x\\2.txt", "two"},
                                     {"w.x\\README", "x"}});
  EXPECT_EQ(samples_in(index({shard}), 0),
            (std::vector<Named>{{"d/1", {{"jpg", "picture"}, {"txt", "one"}}},
                                {"w.x\\2", {{"jpg", "picture"}, {"txt", "two"}}}}));
}

TEST_F(WebShardTest, NamesNeedNotBeUtf8) {
  const auto shard = write("a.tar", {{"caff\xE8.jpg", "picture"}, {"caff\xE8.txt", "one"}});
  EXPECT_EQ(samples_in(index({shard}), 0),
            (std::vector<Named>{{"caff\xE8", {{"jpg", "picture"}, {"txt", "one"}}}}));
}

TEST_F(WebShardTest, TarsAfterOneAnotherAreReadToTheLast) {
  const auto a = write("a.tar", {{"1.jpg", "a"}, {"1.txt", "b"}}),
             b = write("b.tar", {{"2.jpg", "c"}});
  io::write_file(folder_ / "all.tar", io::read_file(a) + io::read_file(b) + io::read_file(a));
  EXPECT_EQ(samples_in(index({folder_ / "all.tar"}), 0),
            (std::vector<Named>{{"1", {{"jpg", "a"}, {"txt", "b"}}},
                                {"2", {{"jpg", "c"}}},
                                {"1", {{"jpg", "a"}, {"txt", "b"}}}}));
}

TEST_F(WebShardTest, AMemberThatComesTwiceIsAFaultOfItsSample) {
  for (const char* again : {"1.jpg", "1.JPG"}) {
    const auto shard = write("a.tar", {{"1.jpg", "a"}, {again, "b"}, {"2.jpg", "c"}});
    const auto index = this->index({shard});
    EXPECT_THAT([&] { index.read(0, 0); },
                ThrowsMessage<UnusableSample>(HasSubstr("a.tar: 1: expected each member once")));
    EXPECT_EQ(index.read(0, 1).members.at("jpg"), "c");
    EXPECT_THROW(read_web_shard(shard, [](const WebSample&) {}), FormatError);
  }
}

TEST_F(WebShardTest, LinksAreTold) {
  const auto with_link = [&](const std::vector<std::pair<std::string, std::string>>& members) {
    const auto path = write("links.tar", members);
    auto bytes = io::read_file(path);
    bytes[156] = '2';  // a symbolic link
    bytes.replace(148, 8, 8, ' ');
    std::array<char, 8> sum{};
    std::snprintf(sum.data(), sum.size(), "%06o",
                  std::accumulate(bytes.begin(), bytes.begin() + 512, 0U,
                                  [](unsigned all, char c) { return all + std::uint8_t(c); }));
    bytes.replace(148, sum.size(), sum.data(), sum.size());
    io::write_file(path, bytes);
    return path;
  };
  const auto sample = index({with_link({{"1.jpg", ""}, {"1.txt", "one"}})}).read(0, 0);
  EXPECT_THAT(sample.links, ElementsAre("jpg"));
  EXPECT_THAT([&] { picture_of(sample, "here"); },
              ThrowsMessage<UnusableSample>(HasSubstr("in .txt, .jpg (a link")));
  EXPECT_THAT(index({with_link({{"2.jpg", ""}, {"1.txt", "one"}})}).read(0, 0).links,
              ElementsAre());
  EXPECT_THAT(
      [&] {
        index({with_link({{"1.jpg", ""}})});
      },
      ThrowsMessage<FormatError>(HasSubstr("got 1 links alone")));
}

TEST_F(WebShardTest, AreReadSampleBySample) {
  const auto shard = write("a.tar", {{"x/1.JPG", "picture"}, {"x/1.txt", "one"}, {"last.", ""}});
  std::map<std::string, Members> samples;
  read_web_shard(shard, [&](const WebSample& sample) { samples[sample.stem] = sample.members; });
  EXPECT_THAT(samples,
              UnorderedElementsAre(Pair("x/1", Members{{"jpg", "picture"}, {"txt", "one"}}),
                                   Pair("last", Members{{"", ""}})));
  for (const auto& members : {std::vector<std::pair<std::string, std::string>>{},
                              {{"README", "x"}, {".hidden.jpg", "y"}}}) {
    const auto empty = write("b.tar", members);
    EXPECT_THAT([&] { read_web_shard(empty, [](const WebSample&) {}); },
                ThrowsMessage<FormatError>(HasSubstr("b.tar: expected samples, got an empty")));
  }
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
    EXPECT_EQ(index({shard}).read(0, 1).members.at("txt"), "two");
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

TEST(Captions, AreTheFirstThatSaySomething) {
  const auto captions = [](const Members& members) {
    return captions_of({.stem = "1", .members = members}, "caption", "here");
  };
  const std::string json = R"({"caption": "a dog"})";
  const Members all{{"txt", " a cat \n"}, {"text", "two"}, {"caption", "three"}, {"json", json}};
  EXPECT_THAT(captions(all), ElementsAre("a cat"));
  auto some = all;
  for (const auto& [gone, next] :
       {std::pair{"txt", "two"}, {"text", "three"}, {"caption", "a dog"}}) {
    some[gone] = " \n";
    EXPECT_THAT(captions(some), ElementsAre(next));
    some.erase(gone);
    EXPECT_THAT(captions(some), ElementsAre(next));
  }
  EXPECT_THAT(captions({{"json", R"({"caption": ["a", "", {"text": "b", "language": "en"}]})"}}),
              ElementsAre("a", "b"));
  EXPECT_THAT(captions({{"txt", "caffè 猫 \xEF\xBF\xBD"}}), ElementsAre("caffè 猫 \xEF\xBF\xBD"));
  EXPECT_THAT(captions({{"txt", "\xEF\xBB\xBF a cat\r\n"}}), ElementsAre("a cat"));
  EXPECT_THAT(captions({{"json", "\xEF\xBB\xBF" + json}}), ElementsAre("a dog"));
  EXPECT_THAT(captions({{"json", R"({"score": NaN, "a": [Infinity, -Infinity], "s": "NaN \" NaN",
                                     "caption": "NaN and \"Infinity\""})"}}),
              ElementsAre("NaN and \"Infinity\""));
}

TEST(Captions, ThatCannotBeReadAreRefused) {
  const std::vector<std::tuple<Members, Fault, std::string>> cases = {
      {{{"jpg", "x"}}, Fault::no_caption, "no caption in .jpg"},
      {{{"txt", " \n"}}, Fault::no_caption, "no caption"},
      {{{"json", R"({"title": "a"})"}}, Fault::no_caption, "no caption"},
      {{{"json", "[1, 2]"}}, Fault::no_caption, "no caption"},
      {{{"json", R"({"caption": 3})"}}, Fault::no_caption, "no caption"},
      {{{"json", R"({"caption": NaN})"}}, Fault::no_caption, "no caption"},
      {{{"json", "{"}}, Fault::broken_caption, "here.json"},
      {{{"json", R"({"caption": NaNa})"}}, Fault::broken_caption, "here.json"},
      {{{"txt", "caf\xE8"}}, Fault::broken_caption, "UTF-8"},
      {{{"caption",
         "\xFF\xFE"
         "a"}},
       Fault::broken_caption,
       "here.caption: expected a caption in UTF-8"},
  };
  for (const auto& [members, fault, message] : cases) {
    try {
      captions_of({.stem = "1", .members = members}, "caption", "here");
      ADD_FAILURE() << message;
    } catch (const UnusableSample& unusable) {
      EXPECT_EQ(unusable.fault(), fault) << message;
      EXPECT_THAT(unusable.what(), HasSubstr(message));
    }
  }
}

TEST(Pictures, AreFoundByTheirEndings) {
  const auto picture = [](const Members& members) {
    return picture_of({.stem = "1", .members = members}, "here");
  };
  EXPECT_EQ(picture({{"txt", "t"}, {"webp", "w"}}), "w");
  EXPECT_EQ(picture({{"seg.png", "s"}, {"png", "p"}}), "p");
  EXPECT_EQ(picture({{"png", "p"}, {"jpg", "j"}}), "j");
  EXPECT_THAT(
      [&] {
        picture({{"txt", "t"}, {"05.01.jpg", "x"}});
      },
      ThrowsMessage<UnusableSample>(HasSubstr("no picture in .05.01.jpg, .txt")));
}

}  // namespace
}  // namespace imagine::data
