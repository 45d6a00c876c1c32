#include "train/encode_shards.h"

#include <gmock/gmock.h>

#include <torch/utils.h>

#include "core/check.h"
#include "data/web_shard.h"
#include "io/tar.h"
#include "io/temporary_folder.h"
#include "text/if_reading.h"
#include "train/text_rows.h"

namespace imagine::train {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class EncodeShardsTest : public testing::Test {
 protected:
  io::fs::path write(const std::string& name,
                     const std::vector<std::pair<std::string, std::string>>& members) const {
    io::fs::create_directories((folder_ / name).parent_path());
    io::TarWriter tar(folder_ / name);
    for (const auto& [member, bytes] : members) tar.add(member, bytes);
    tar.finish();
    return folder_ / name;
  }

  EncodeOptions options() const {
    return {.shards = {(folder_ / "in").string()},
            .out = (folder_ / "out").string(),
            .text_encoder = kEncoder};
  }

  std::map<std::string, data::WebSample> encoded(const std::string& name) const {
    std::map<std::string, data::WebSample> samples;
    data::read_web_shard(folder_ / "out" / name,
                         [&](data::WebSample sample) { samples[sample.stem] = std::move(sample); });
    return samples;
  }

  const std::string kEncoder =
      std::string(IMAGINE_SOURCE_DIR) + "/models/imagine-small/text_encoder";
  io::TemporaryFolder folder_;
};

const auto kGoOn = [](const EncodeProgress&) { return true; };

TEST_F(EncodeShardsTest, EachSampleKeepsItsMembersAndGetsTheStatesOfItsCaptions) {
  write("in/a.tar", {{"x/1.jpg", "picture"},
                     {"x/1.json", R"({"caption": ["a red cube", "un cubo"]})"},
                     {"2.png", "other"},
                     {"3.jpg", "third"},
                     {"3.txt", "three blue spheres on sand"}});
  write("in/b.tar", {{"1.jpg", "picture"}, {"1.txt", "a cone"}});
  const auto done = encode_shards(options(), kGoOn);
  EXPECT_EQ(done.captions, 4);
  ASSERT_EQ(done.without.size(), 1);
  EXPECT_EQ(done.without.at(data::Fault::no_caption).times, 1);
  EXPECT_THAT(done.without.at(data::Fault::no_caption).example, HasSubstr("a.tar: 2: expected"));
  EXPECT_EQ(done.shard, 2);
  EXPECT_EQ(encoded("b.tar").size(), 1);

  auto samples = encoded("a.tar");
  ASSERT_EQ(samples.size(), 3);
  EXPECT_EQ(samples["x/1"].members.at("jpg"), "picture");
  EXPECT_EQ(samples["3"].members.at("txt"), "three blue spheres on sand");
  EXPECT_EQ(samples["2"].members.size(), 1);
  const auto encoder = text::load_text_encoder(kEncoder, torch::kFloat);
  const auto member = TextMember::parse(samples["x/1"].members.at(TextMember::kName), "x/1");
  EXPECT_EQ(member.encoder, encoder->identity());
  ASSERT_EQ(member.rows.size(), 2);
  const auto expected = encoder->encode({"un cubo"}).states[0];  // [T, D]
  ASSERT_EQ(member.rows[1].sizes(), expected.sizes());
  EXPECT_TRUE(torch::allclose(member.rows[1].to(torch::kFloat), expected, 1e-2, 2e-3));
}

TEST_F(EncodeShardsTest, NamesOfAnyLengthAndKindAreKept) {
  const auto longest = std::string(200, 'd') + "/" + std::string(95, 'n');
  write("in/a.tar", {{longest + ".jpg", "picture"},
                     {longest + ".txt", "one"},
                     {"2.", "no extension"},
                     {"2.txt", "two"},
                     {"._3.jpg", "hidden"}});
  auto some = options();
  some.shards = {(folder_ / "in/{a,a}.t*").string()};
  EXPECT_THROW(encode_shards(some, kGoOn), InputError);  // the same twice
  some.shards = {(folder_ / "in/*.tar").string()};
  EXPECT_EQ(encode_shards(some, kGoOn).captions, 2);
  auto samples = encoded("a.tar");
  ASSERT_EQ(samples.size(), 2);
  EXPECT_EQ(samples[longest].members.at("jpg"), "picture");
  EXPECT_TRUE(samples[longest].members.contains(TextMember::kName));
  EXPECT_EQ(samples["2"].members.at(""), "no extension");
}

TEST_F(EncodeShardsTest, GoesOnWithTheShardsThatAreMissing) {
  write("in/a.tar", {{"1.txt", "one"}});
  write("in/b.tar", {{"1.txt", "two"}});
  EXPECT_THROW(encode_shards(options(), [](const EncodeProgress& p) { return p.shard == 0; }),
               Interrupted);
  EXPECT_TRUE(io::fs::exists(folder_ / "out/a.tar"));
  EXPECT_FALSE(io::fs::exists(folder_ / "out/b.tar"));
  EXPECT_EQ(encode_shards(options(), kGoOn).captions, 1);
  EXPECT_TRUE(io::fs::exists(folder_ / "out/b.tar"));
}

TEST_F(EncodeShardsTest, AShardThatHasChangedIsEncodedAgain) {
  write("in/a.tar", {{"1.txt", "one"}});
  write("in/b.tar", {{"1.txt", "two"}});
  encode_shards(options(), kGoOn);
  EXPECT_EQ(encode_shards(options(), kGoOn).captions, 0);
  write("in/a.tar", {{"1.txt", "three"}, {"2.txt", "four"}});
  EXPECT_EQ(encode_shards(options(), kGoOn).captions, 2);
  EXPECT_EQ(encoded("a.tar")["1"].members.at("txt"), "three");
  auto other_key = options();
  other_key.caption = "text";
  EXPECT_EQ(encode_shards(other_key, kGoOn).captions, 3);
}

TEST_F(EncodeShardsTest, AShardOfBeforeTheRecordIsKeptWhereItIsNoOlder) {
  const auto source = write("in/a.tar", {{"1.txt", "one"}});
  encode_shards(options(), kGoOn);
  io::fs::remove(folder_ / "out/encoded.json");
  EXPECT_EQ(encode_shards(options(), kGoOn).captions, 0);
  io::fs::last_write_time(source,
                          io::fs::last_write_time(folder_ / "out/a.tar") + std::chrono::seconds(2));
  EXPECT_EQ(encode_shards(options(), kGoOn).captions, 1);
}

TEST_F(EncodeShardsTest, ABrokenSampleIsLeftOutAndTold) {
  write("in/a.tar", {{"1.jpg", "a"}, {"1.jpg", "b"}, {"1.txt", "one"}, {"2.txt", "two"}});
  const auto done = encode_shards(options(), kGoOn);
  EXPECT_EQ(done.captions, 1);
  EXPECT_EQ(done.without.at(data::Fault::broken_member).times, 1);
  EXPECT_EQ(encoded("a.tar").size(), 1);
}

TEST_F(EncodeShardsTest, ReadsAsDeepFloydIfDoes) {
  write("in/a.tar", {{"1.txt", "One"}});
  auto as_if = options();
  as_if.reading = "deepfloyd_if";
  as_if.text_encoder = IMAGINE_SOURCE_DIR "/tests/data/tiny-if/stage1/text_encoder";
  encode_shards(as_if, kGoOn);
  const auto member = TextMember::parse(encoded("a.tar")["1"].members.at(TextMember::kName), "1");
  EXPECT_EQ(member.rows.at(0).size(0), text::kIfTokens);
  as_if.reading = "fast";
  EXPECT_THAT([&] { encode_shards(as_if, kGoOn); },
              ThrowsMessage<InputError>(HasSubstr("reading: expected plain or deepfloyd_if")));
}

TEST_F(EncodeShardsTest, RefusesWhatWouldBeLostOrMixed) {
  write("in/a.tar", {{"1.txt", "one"}});
  auto same = options();
  same.out = (folder_ / "in").string();
  EXPECT_THAT([&] { encode_shards(same, kGoOn); },
              ThrowsMessage<InputError>(HasSubstr("out: expected another folder")));
  auto twice = options();
  twice.shards.push_back(write("more/a.tar", {{"1.txt", "one"}}).string());
  EXPECT_THAT([&] { encode_shards(twice, kGoOn); },
              ThrowsMessage<InputError>(HasSubstr("this one twice")));
  write("out/a.tar", {{"1.txt", "mine"}});
  EXPECT_THAT([&] { encode_shards(options(), kGoOn); },
              ThrowsMessage<InputError>(HasSubstr("got a tar without")));
  const TextMember other{.encoder = "other", .rows = {torch::zeros({1, 384}, torch::kHalf)}};
  write("out/a.tar", {{"1.txt", "one"}, {"1.text.safetensors", other.bytes()}});
  EXPECT_THAT([&] { encode_shards(options(), kGoOn); },
              ThrowsMessage<ConfigError>(HasSubstr("got other; --out names another")));
  io::write_file(folder_ / "in/b.tar", "no tar");
  io::fs::remove(folder_ / "out/a.tar");
  EXPECT_THAT([&] { encode_shards(options(), kGoOn); },
              ThrowsMessage<FormatError>(HasSubstr("b.tar")));
  EXPECT_FALSE(io::fs::exists(folder_ / "out/b.tar"));
}

}  // namespace
}  // namespace imagine::train
