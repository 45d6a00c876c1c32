#include "bulk/manifest.h"

#include <atomic>
#include <gmock/gmock.h>
#include <thread>

#include "core/check.h"
#include "io/json_file.h"
#include "io/temporary_folder.h"

namespace imagine::bulk {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

Assignment some_assignment() {
  return {.file = "prompts.txt",
          .prompts = {{.text = "a red cube", .line = 1}, {.text = "a cone", .line = 3}},
          .request = {.count = 2, .seed = 5},
          .per_shard = 1};
}

const Painting kPainting = {
    .model = "tiny", .fingerprint = "0123", .dtype = "fp32", .device = "cpu"};

Json manifest(const std::function<void(Assignment&, Painting&)>& change) {
  auto assignment = some_assignment();
  auto painting = kPainting;
  change(assignment, painting);
  return manifest_of(assignment, painting);
}

TEST(BulkManifest, IsWrittenOnceAndTakenAgain) {
  const io::TemporaryFolder folder;
  const auto out = folder / "a/b", file = out / "manifest.json";
  const auto asked = manifest([](auto&, auto&) {});
  settle_manifest(out, asked);
  const auto written = io::read_file(file);
  settle_manifest(out, asked);
  EXPECT_EQ(io::read_file(file), written);
  EXPECT_EQ(io::read_json(file)["pictures"], 4);
  EXPECT_EQ(io::read_json(file)["request"]["seed"], 5);
  std::vector<std::string> names;
  for (const auto& entry : io::fs::directory_iterator(out)) {
    names.push_back(entry.path().filename().string());
  }
  EXPECT_THAT(names, ElementsAre("manifest.json"));
}

TEST(BulkManifest, RefusesAnotherAssignmentByWhatDiffers) {
  const io::TemporaryFolder folder;
  settle_manifest(folder.path(), manifest([](auto&, auto&) {}));
  const auto expect_refusal = [&](const std::string& what, const auto& change) {
    EXPECT_THAT([&] { settle_manifest(folder.path(), manifest(change)); },
                ThrowsMessage<InputError>(AllOf(HasSubstr("manifest.json: "), HasSubstr(what))));
  };
  expect_refusal("request: seed: expected 5, as the pictures that are there, got 6",
                 [](Assignment& a, auto&) { a.request.seed = 6; });
  expect_refusal("request: negative: expected",
                 [](Assignment& a, auto&) { a.request.negative = "fog"; });
  expect_refusal("prompts: expected 2",
                 [](Assignment& a, auto&) { a.prompts.push_back({.text = "a cube", .line = 4}); });
  expect_refusal("prompts_fingerprint", [](Assignment& a, auto&) { a.prompts[1].text = "a cube"; });
  expect_refusal("prompts_per_shard", [](Assignment& a, auto&) { a.per_shard = 2; });
  expect_refusal("format: expected \"png\"",
                 [](Assignment& a, auto&) { a.format = ImageFormat::webp; });
  expect_refusal("model_fingerprint", [](auto&, Painting& p) { p.fingerprint = "3210"; });
  expect_refusal("dtype: expected \"fp32\"", [](auto&, Painting& p) { p.dtype = "bf16"; });
}

TEST(BulkManifest, DoesNotMindWhereInTheFileAPromptStands) {
  const io::TemporaryFolder folder;
  settle_manifest(folder.path(), manifest([](auto&, auto&) {}));
  settle_manifest(folder.path(), manifest([](Assignment& a, auto&) {
                    a.prompts[1].line = 2;
                    a.file = "elsewhere.txt";
                  }));
}

TEST(BulkManifest, RefusesWhatIsNone) {
  const io::TemporaryFolder folder;
  for (const char* text : {"", "[]", "{}", "{\"imagine\": {}}", "null", "\xFF"}) {
    io::write_file(folder / "manifest.json", text);
    EXPECT_THROW(settle_manifest(folder.path(), manifest([](auto&, auto&) {})), Error) << text;
  }
}

TEST(BulkManifest, OfManyThatBeginAtOnceOneDecides) {
  const io::TemporaryFolder folder;
  for (int round = 0; round < 20; ++round) {
    const auto out = folder / std::to_string(round);
    std::atomic<int> arrived = 0, refused = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        const auto asked =
            manifest([&](Assignment& a, auto&) { a.request.seed = std::uint64_t(i / 2); });
        ++arrived;
        while (arrived < 4) std::this_thread::yield();
        try {
          settle_manifest(out, asked);
        } catch (const InputError&) {
          ++refused;
        }
      });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(refused, 2);
  }
}

}  // namespace
}  // namespace imagine::bulk
