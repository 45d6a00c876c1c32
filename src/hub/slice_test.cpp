#include "hub/slice.h"

#include <gmock/gmock.h>
#include <numeric>

#include "hub/hub_fixture.h"
#include "io/safetensors.h"

namespace imagine::hub {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;

constexpr std::uint64_t kMegabyte = 1 << 20;

TEST(Spans, JoinAcrossSmallGapsAndDivideWhatIsLong) {
  EXPECT_EQ(spans_of({}), std::vector<Range>{});
  EXPECT_EQ(spans_of({{0, 10}, {20, 30}}), (std::vector<Range>{{0, 30}}));
  EXPECT_EQ(spans_of({{0, 10}, {10 + 2 * kMegabyte, 11 + 2 * kMegabyte}}).size(), 1U);
  EXPECT_EQ(spans_of({{0, 10}, {11 + 2 * kMegabyte, 12 + 2 * kMegabyte}}).size(), 2U);
  EXPECT_EQ(spans_of({{5, 5 + 300 * kMegabyte}}),
            (std::vector<Range>{{5, 5 + 128 * kMegabyte},
                                {5 + 128 * kMegabyte, 5 + 256 * kMegabyte},
                                {5 + 256 * kMegabyte, 5 + 300 * kMegabyte}}));
}

/// A file of tensors in this order: name and bytes.
std::string file_of(const std::vector<std::pair<std::string, std::string>>& tensors) {
  Json header = Json::object();
  std::string data;
  for (const auto& [name, bytes] : tensors) {
    header[name] = {{"dtype", "U8"},
                    {"shape", {bytes.size()}},
                    {"data_offsets", {data.size(), data.size() + bytes.size()}}};
    data += bytes;
  }
  const auto text = header.dump();
  std::string length;
  for (int i = 0; i < 8; ++i) length += char(text.size() >> (8 * i) & 0xff);
  return length + text + data;
}

ReadRange reader_of(const std::string& file, std::vector<Range>* asked = nullptr) {
  return [&file, asked](Range range, const Take& take) {
    if (asked != nullptr) asked->push_back(range);
    for (auto at = range.begin; at < range.end; at += 7) {  // in odd pieces
      take(std::string_view(file).substr(at, std::min<std::uint64_t>(7, range.end - at)));
    }
  };
}

Slice slice_of(const std::string& file, const std::vector<std::string>& tensors) {
  return plan_slice(reader_of(file), {"a file", file.size(), "org/name"}, tensors);
}

TEST(Slice, IsAFileOfTheWantedTensorsFromAnyByteOn) {
  const auto file = file_of({{"decoder.a", "xxxxx"},
                             {"encoder.b", "bbbb"},
                             {"encoder.c", "ccc"},
                             {"lm_head", "xxxxxxxx"},
                             {"shared.weight", "ssss"},
                             {"shared.weight2", "x"}});
  const auto slice = slice_of(file, {"encoder.", "shared.weight"});
  EXPECT_EQ(slice.tensors, 3U);
  EXPECT_EQ(slice.all_tensors, 6U);
  EXPECT_EQ(slice.pieces.size(), 2U);
  std::string whole;
  read_slice(slice, 0, reader_of(file), [&](std::string_view bytes) { whole += bytes; });
  ASSERT_EQ(whole.size(), slice.size());
  const auto content = io::parse_safetensors(std::as_bytes(std::span(whole)), "it");
  ASSERT_EQ(content.tensors.size(), 3U);
  const auto& shared = content.tensors.at("shared.weight").bytes;
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(shared.data()), shared.size()), "ssss");
  EXPECT_EQ(content.metadata.at("imagine.part_of"), "org/name");
  for (std::size_t from = 0; from <= whole.size(); ++from) {
    std::string rest;
    read_slice(slice, from, reader_of(file), [&](std::string_view bytes) { rest += bytes; });
    ASSERT_EQ(rest, whole.substr(from)) << from;
  }
}

TEST(Slice, ReadsALongHeaderInTwoRequests) {
  std::vector<std::pair<std::string, std::string>> tensors = {{"encoder.a", "abc"}};
  for (int i = 0; i < 3000; ++i) tensors.emplace_back(concat("decoder.block.layer.", i), "x");
  const auto file = file_of(tensors);
  std::vector<Range> asked;
  const auto slice = plan_slice(reader_of(file, &asked), {"a file", file.size(), ""}, {"encoder."});
  EXPECT_EQ(slice.tensors, 1U);
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_EQ(asked[1].begin, asked[0].end);
}

TEST(Slice, RefusesHeadersThatLie) {
  const auto good = file_of({{"encoder.a", "abcd"}, {"b", "e"}});
  const auto changed = [&](const std::string& what, const std::string& by) {
    auto file = good;
    return file.replace(file.find(what), what.size(), by);
  };
  for (const auto& file :
       {std::string("short"), std::string(8, '\xff') + "{}", std::string(8, '\0'),
        changed("[0,4]", "[0,9]"), changed("[4,5]", "[3,5]"), changed("[4]", "[5]"),
        changed("\"U8\"", "1234"), good + "x", good.substr(0, good.size() - 1)}) {
    EXPECT_THROW(slice_of(file, {"encoder."}), FormatError) << file;
  }
  EXPECT_THROW(slice_of(good, {"decoder."}), InputError);
}

TEST(Slice, IsNoSavingWhereItIsMostOfTheFileOrInManyPieces) {
  EXPECT_TRUE(is_better_whole({.pieces = {{0, 81}}}, 100));
  EXPECT_FALSE(is_better_whole({.pieces = {{0, 70}}}, 100));
  Slice many;
  for (std::uint64_t i = 0; i < 65; ++i)
    many.pieces.push_back({i * 8 * kMegabyte, i * 8 * kMegabyte + 1});
  EXPECT_TRUE(is_better_whole(many, 4000 * kMegabyte));
  many.pieces.pop_back();
  EXPECT_FALSE(is_better_whole(many, 4000 * kMegabyte));
  EXPECT_FALSE(is_better_whole({.pieces = {{0, 9000 * kMegabyte}}}, 20'000 * kMegabyte));
}

/// google/flan-t5-large as it lies on the hub, but small.
class Encoder : public HubTest {
 protected:
  Encoder() {
    auto& repository = hub.repositories["google/flan-t5-large"];
    repository.files["config.json"] = {.content = "{}"};
    repository.files["spiece.model"] = {.content = noise_bytes(100), .large = true};
    file = file_of({{"decoder.a", noise_bytes(3 * kMegabyte, 2)},
                    {"encoder.a", noise_bytes(400'000, 3)},
                    {"encoder.b", noise_bytes(300'000, 4)},
                    {"lm_head.weight", noise_bytes(3 * kMegabyte, 5)},
                    {"shared.weight", noise_bytes(200'000, 6)}});
    repository.files["model.safetensors"] = {.content = file, .large = true};
  }

  void expect_encoder() const {
    const io::SafetensorsFile got(folder / "to/model.safetensors");
    const auto want = io::parse_safetensors(std::as_bytes(std::span(file)), "it");
    ASSERT_EQ(got.tensors().size(), 3U);
    for (const auto& [name, view] : got.tensors()) {
      EXPECT_TRUE(std::ranges::equal(view.bytes, want.tensors.at(name).bytes)) << name;
    }
  }

  std::size_t sent() const {
    std::size_t sum = 0;
    for (const auto& request : hub.log()) {
      if (request.asks(sha256_of(file))) sum += FakeHub::stored(request, file).body.size();
    }
    return sum;
  }

  std::string file;
};

TEST_F(Encoder, IsFetchedWithoutTheDecoder) {
  pull("flan-t5-large");
  expect_encoder();
  EXPECT_LT(sent(), file.size() / 4);
  for (const auto& request : hub.log())
    EXPECT_EQ(request.header("range").find(','), std::string::npos);
  EXPECT_THAT(notes,
              Contains(HasSubstr("of model.safetensors only 3 of 5 tensors, 900 kB of 7.19 MB")));
  const auto record = Record::read(folder / "to").files.at("model.safetensors");
  EXPECT_FALSE(record.verified);
  EXPECT_EQ(record.hub_digest, sha256_of(file));
  EXPECT_EQ(record.digest, sha256_of(text("model.safetensors")));
  const auto requests = hub.log().size();
  pull("flan-t5-large");
  EXPECT_EQ(hub.log().size(), requests + 2);
}

TEST_F(Encoder, GoesOnInTheMiddle) {
  hub.before = [this, n = 0](const FakeRequest& request) mutable -> std::optional<FakeReply> {
    if (request.server != "store" || request.asks(sha256_of(noise_bytes(100)))) return std::nullopt;
    auto reply = FakeHub::stored(request, file);
    if (++n == 2) reply.cut_after = 350'000;
    if (n == 3) reply = {.status = 403};
    if (n == 4) reply.cut_after = 100'000;
    return reply;
  };
  pull("flan-t5-large");
  expect_encoder();
  EXPECT_LT(sent(), 2 * 900'000U + 200'000U);
}

TEST_F(Encoder, OfAServerWithoutRangesIsFetchedWhole) {
  hub.before = [this](const FakeRequest& request) -> std::optional<FakeReply> {
    if (request.server != "store" || request.asks(sha256_of(noise_bytes(100)))) return std::nullopt;
    return FakeReply{.body = file};
  };
  pull("flan-t5-large");
  EXPECT_EQ(text("model.safetensors"), file);
  EXPECT_TRUE(Record::read(folder / "to").files.at("model.safetensors").verified);
}

TEST_F(Encoder, ComesFromAWholeFileInTheCache) {
  const auto blobs = folder / "hf/hub/models--google--flan-t5-large/blobs";
  io::fs::create_directories(blobs);
  io::write_file(blobs / sha256_of(file), file);
  pull("flan-t5-large");
  expect_encoder();
  EXPECT_EQ(hub.count("store", sha256_of(file)), 0);
  EXPECT_TRUE(Record::read(folder / "to").files.at("model.safetensors").verified);
  io::fs::remove_all(folder / "to");
  auto wrong = file;
  wrong.back() ^= 1;
  io::write_file(blobs / sha256_of(file), wrong);
  pull("flan-t5-large");
  expect_encoder();
  EXPECT_GT(hub.count("store", sha256_of(file)), 0);
}

TEST_F(Encoder, WhoseRangesAreWrongIsRefused) {
  hub.before = [this](const FakeRequest& request) -> std::optional<FakeReply> {
    if (request.server != "store" || request.asks(sha256_of(noise_bytes(100)))) return std::nullopt;
    auto reply = FakeHub::stored(request, file);
    if (reply.status == 206) reply.body[0] = '\xff';  // a header of another length
    return reply;
  };
  EXPECT_THAT(refusal<FormatError>("flan-t5-large"),
              HasSubstr("model.safetensors: header: expected JSON"));
  EXPECT_FALSE(exists("model.safetensors"));
}

}  // namespace
}  // namespace imagine::hub
