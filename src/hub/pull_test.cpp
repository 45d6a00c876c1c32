#include "hub/pull.h"

#include <algorithm>
#include <csignal>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "hub/catalogue.h"
#include "hub/hub_fixture.h"
#include "io/folder_lock.h"

namespace imagine::hub {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class Pull : public HubTest {};

TEST_F(Pull, PutsTheFilesOfARepositoryIntoAFolder) {
  tiny();
  EXPECT_EQ(pull(), folder / "to");
  EXPECT_EQ(text("config.json"), "{\"a\": 1}\n");
  EXPECT_EQ(text("sub/weights.gguf"), large());
  EXPECT_FALSE(exists(".imagine-parts"));
  EXPECT_FALSE(exists(".imagine.lock"));
  EXPECT_TRUE(is_pulled(folder / "to"));
  EXPECT_EQ(last_progress, std::pair(std::uint64_t(300'009), std::uint64_t(300'009)));
  EXPECT_THAT(notes, Contains(AllOf(HasSubstr("2 files, 300 kB"), HasSubstr("licence"),
                                    HasSubstr(hub.url() + "/tiny/model at 0123456789ab"))));
  EXPECT_EQ(hub.count("hub", "xet"), 0);
}

TEST_F(Pull, AsksForAllPagesOfAListingAndEscapesPaths) {
  auto& files = tiny().files;
  for (int i = 0; i < 7; ++i) files[concat("folder/", i, " b+c%.txt")] = {.content = concat(i)};
  pull();
  for (int i = 0; i < 7; ++i) EXPECT_EQ(text(concat("folder/", i, " b+c%.txt")), concat(i));
  EXPECT_EQ(hub.count("hub", "/tree/"), 3);
}

TEST_F(Pull, TakesOneFolderOfARevision) {
  auto& repository = tiny();
  repository.files["b-16/config.json"] = {.content = "b"};
  pull("tiny/model@refs/pr/1:b-16");
  EXPECT_EQ(text("config.json"), "b");
  EXPECT_FALSE(exists("sub"));
  EXPECT_EQ(hub.count("hub", "/revision/refs%2Fpr%2F1"), 1);
  EXPECT_THAT(refusal<InputError>("tiny/model@other"), HasSubstr("branch, tag or commit"));
  EXPECT_THAT(refusal<InputError>("tiny/model:nowhere"), HasSubstr("in the folder nowhere"));
}

TEST_F(Pull, ASecondTimeFetchesNothing) {
  tiny();
  pull();
  const auto requests = hub.log().size();
  pull();
  EXPECT_EQ(hub.log().size(), requests + 2);  // the commit, the listing
  EXPECT_THAT(notes, Contains(HasSubstr("is here already")));
}

TEST_F(Pull, TakesAFileThatLiesThereRightAndRefusesToReplaceAnother) {
  tiny();
  io::fs::create_directories(folder / "to/sub");
  io::write_file(folder / "to/sub/weights.gguf", large());
  pull();
  EXPECT_EQ(hub.count("store"), 0);
  EXPECT_TRUE(is_pulled(folder / "to"));
  io::fs::remove(folder / "to/.imagine-pull.json");
  io::write_file(folder / "to/config.json", "mine");
  EXPECT_THAT(refusal<InputError>(), HasSubstr("to/config.json: expected no file or that of"));
  EXPECT_EQ(text("config.json"), "mine");
}

TEST_F(Pull, ReplacesWhatItFetchedOnceTheHubHasChanged) {
  auto& repository = tiny();
  pull();
  repository.files["config.json"].content = "{\"a\": 2}\n";
  repository.commit = std::string(40, 'b');
  pull();
  EXPECT_EQ(text("config.json"), "{\"a\": 2}\n");
  EXPECT_EQ(hub.count("store"), 1);  // the large one stayed
}

TEST_F(Pull, FetchesAFileThatWasCutSinceThen) {
  tiny();
  pull();
  io::fs::resize_file(folder / "to/sub/weights.gguf", 10);
  EXPECT_FALSE(is_pulled(folder / "to"));
  pull();
  EXPECT_EQ(text("sub/weights.gguf"), large());
}

TEST_F(Pull, LeavesOutWeightsInOtherFormatsBesideSafetensors) {
  auto& files = tiny().files;
  files["pytorch_model.bin"] = {.content = "pickle"};
  files[".gitattributes"] = {.content = "x"};
  pull();
  EXPECT_FALSE(exists("pytorch_model.bin"));
  EXPECT_THAT(notes, Contains(HasSubstr("pytorch_model.bin is left out")));
  files.erase("sub/weights.gguf");  // then it is all there is, as of a JAX checkpoint
  files["ocdbt/d/a"] = {.content = "x"};
  pull();
  EXPECT_TRUE(exists("pytorch_model.bin"));
  EXPECT_TRUE(exists("ocdbt/d/a"));
}

TEST_F(Pull, RefusesPathsThatLeaveTheFolder) {
  for (const std::string path :
       {"../evil", "/tmp/evil", "a/../../evil", "a\\evil", ".imagine.lock"}) {
    auto& files = hub.repositories["tiny/model"].files;
    files.clear();
    files[path] = {.content = "x"};
    EXPECT_THAT(refusal<FormatError>(), HasSubstr("expected file names with")) << path;
  }
  EXPECT_FALSE(io::fs::exists(folder / "evil"));
}

TEST_F(Pull, PutsWhatAModelNeedsBesideIt) {
  auto& mini = hub.repositories["MiniT2I/MiniT2I"];
  for (const auto* path : {"transformer/config.json", "scheduler/scheduler_config.json"}) {
    mini.files[concat("minit2i-b-16/", path)] = {.content = path};
  }
  mini.files["minit2i-b-16/transformer/diffusion_pytorch_model.safetensors"] = {
      .content = noise_bytes(5000), .large = true};
  mini.files["minit2i-l-16/transformer/config.json"] = {.content = "l"};
  EXPECT_THAT(refusal<InputError>("minit2i-b"), HasSubstr("google/flan-t5-large"));
  auto& flan = hub.repositories["google/flan-t5-large"];
  flan.files["config.json"] = {.content = "flan"};
  flan.files["flax_model.msgpack"] = {.content = "x"};
  EXPECT_THAT(refusal<InputError>("minit2i-b"),
              HasSubstr("expected model.safetensors, found none"));
  std::string header = R"({"encoder.a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})";
  flan.files["model.safetensors"] = {
      .content = std::string{char(header.size()), 0, 0, 0, 0, 0, 0, 0} + header + "abcd",
      .large = true};
  pull("minit2i-b");
  EXPECT_EQ(text("transformer/config.json"), "transformer/config.json");
  EXPECT_FALSE(exists("minit2i-b-16"));
  EXPECT_EQ(text("../flan-t5-large/config.json"), "flan");
  EXPECT_FALSE(exists("../flan-t5-large/flax_model.msgpack"));
}

TEST_F(Pull, SaysWhichNamesThereAre) {
  EXPECT_THAT(refusal<InputError>("minit2i"),
              AllOf(HasSubstr("did you mean minit2i-b"), HasSubstr("ORG/NAME")));
  EXPECT_THAT(refusal<InputError>("a b/c"), HasSubstr("expected ORG/NAME"));
  EXPECT_TRUE(hub.log().empty());
}

TEST_F(Pull, ChecksTheDiskBeforeItFetches) {
  tiny();
  hub.before = [&](const FakeRequest& request) -> std::optional<FakeReply> {
    if (!request.asks("/tree/")) return std::nullopt;
    const auto hash = std::string(64, 'a');
    return FakeReply{.body = concat(R"([{"type":"file","path":"a.gguf","size":1,"oid":")",
                                    std::string(40, 'b'), R"(","lfs":{"oid":")", hash,
                                    R"(","size":900000000000000000}}])")};
  };
  EXPECT_THAT(refusal<ResourceError>(), HasSubstr("free space"));
  EXPECT_FALSE(exists(""));
}

TEST_F(Pull, TellsOfStrangeListings) {
  tiny();
  std::string body;
  hub.before = [&](const FakeRequest& request) -> std::optional<FakeReply> {
    if (!request.asks("/tree/")) return std::nullopt;
    return FakeReply{.body = body};
  };
  for (
      const std::string text :
      {"{}", "[1]", "nothing", R"([{"type":"file"}])",
       R"([{"type":"file","path":"a","size":-1,"oid":"0123456789012345678901234567890123456789"}])",
       R"([{"type":"file","path":"a","size":1,"oid":"short"}])",
       R"([{"type":"file","path":"a","size":1,"oid":"0123456789012345678901234567890123456789"},
           {"type":"file","path":"a/b","size":1,"oid":"0123456789012345678901234567890123456789"}])"}) {
    body = text;
    EXPECT_THAT(refusal<FormatError>(), HasSubstr("tiny/model at 0123456789ab")) << text;
  }
}

TEST_F(Pull, KeepsWhatItHasWhenItIsInterruptedAndGoesOnThere) {
  tiny();
  std::atomic<int> asked = 0;
  hub.before = [&](const FakeRequest& request) -> std::optional<FakeReply> {
    if (request.server != "store" || !request.header("range").empty()) return std::nullopt;
    ++asked;
    return FakeReply{.headers = {{"Content-Length", "300000"}},
                     .body = large().substr(0, 100'000),
                     .silent = false,
                     .without_length = false};
  };
  timing.stall_seconds = 30;
  const auto begun = [&] {
    std::error_code none;
    for (const auto& entry : io::fs::recursive_directory_iterator(folder / "to", none)) {
      if (entry.path().extension() == ".part" && entry.file_size() == 100'000) return true;
    }
    return false;
  };
  stop = [&] {
    if (begun()) throw Interrupted("interrupted");
  };
  EXPECT_THAT(refusal<Interrupted>(), AllOf(HasSubstr("100 kB"), HasSubstr("goes on from there")));
  EXPECT_FALSE(exists("sub/weights.gguf"));
  stop = {};
  pull();
  EXPECT_EQ(text("sub/weights.gguf"), large());
  EXPECT_EQ(hub.log().back().header("range"), "bytes=100000-299999");
}

TEST_F(Pull, GoesOnAfterItWasKilled) {
  tiny();
  hub.before = [&](const FakeRequest& request) -> std::optional<FakeReply> {
    if (request.server != "store" || !request.header("range").empty()) return std::nullopt;
    return FakeReply{.headers = {{"Content-Length", "300000"}}, .body = large().substr(0, 200'000)};
  };
  timing.stall_seconds = 30;
  const auto process = ::fork();
  if (process == 0) {
    try {
      pull();
    } catch (...) {
    }
    ::_exit(0);
  }
  const auto part = folder / "to/.imagine-parts" / (sha256_of(large()) + ".part");
  std::error_code none;
  for (int i = 0; i < 500 && (!io::fs::exists(part) || io::fs::file_size(part, none) < 200'000);
       ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  ::kill(process, SIGKILL);
  ::waitpid(process, nullptr, 0);
  EXPECT_EQ(io::fs::file_size(part, none), 200'000);
  EXPECT_FALSE(exists("sub/weights.gguf"));
  EXPECT_FALSE(is_pulled(folder / "to"));
  pull();
  EXPECT_EQ(text("sub/weights.gguf"), large());
  EXPECT_EQ(hub.log().back().header("range"), "bytes=200000-299999");
}

TEST_F(Pull, TakesNoOlderFileOfTheSameSizeForTheNewOne) {
  auto& repository = tiny();
  pull();
  auto newer = large();
  newer[9] ^= 1;
  repository.files["sub/weights.gguf"].content = newer;
  repository.commit = std::string(40, 'b');
  pull();
  EXPECT_EQ(text("sub/weights.gguf"), newer);
  EXPECT_EQ(Record::read(folder / "to").files.at("sub/weights.gguf").digest, sha256_of(newer));
}

TEST_F(Pull, TwoAtOnceFetchOnce) {
  tiny();
  hub.before = [&](const FakeRequest& request) -> std::optional<FakeReply> {
    if (request.server == "store") std::this_thread::sleep_for(std::chrono::milliseconds(300));
    return std::nullopt;
  };
  std::vector<std::string> others;
  std::thread other([&] {
    hub::pull({.name = "tiny/model", .to = folder / "to"}, settings(),
              {.note = [&](const std::string& line) { others.push_back(line); }});
  });
  pull();
  other.join();
  EXPECT_EQ(hub.count("store"), 1);
  EXPECT_EQ(text("sub/weights.gguf"), large());
}

TEST_F(Pull, WaitsForWhoHoldsTheFolder) {
  tiny();
  auto held = std::make_unique<io::FolderLock>(folder / "to");
  std::thread holder([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(400));
    held.reset();
  });
  pull();
  holder.join();
  EXPECT_THAT(notes, Contains(HasSubstr("another pull is at it; waiting")));
  EXPECT_TRUE(is_pulled(folder / "to"));
}

TEST_F(Pull, SaysWhatIsLeftToDo) {
  hub.repositories["MiniT2I/MiniT2I-B-16-MF-jax"].files["checkpoint/ocdbt.process_0/d/0"] = {
      .content = "x"};
  auto& flan = hub.repositories["google/flan-t5-large"];
  flan.files["config.json"] = {.content = "flan"};
  const std::string header = R"({"shared.weight":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})";
  flan.files["model.safetensors"] = {
      .content = std::string{char(header.size()), 0, 0, 0, 0, 0, 0, 0} + header, .large = true};
  pull("minit2i-mf");
  EXPECT_THAT(notes.back(), HasSubstr("tools/convert_minit2i.py"));
}

}  // namespace
}  // namespace imagine::hub
