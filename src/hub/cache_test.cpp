#include "hub/cache.h"

#include <gmock/gmock.h>

#include "hub/hub_fixture.h"

namespace imagine::hub {
namespace {

using testing::Contains;
using testing::HasSubstr;

/// A cache as the hub's own programs leave it.
class Cache : public HubTest {
 protected:
  io::fs::path model() const { return folder / "hf/hub/models--tiny--model"; }

  void keep(const std::string& path, const std::string& content, const std::string& digest) {
    io::fs::create_directories(model() / "blobs");
    const auto link = model() / "snapshots" / hub.repositories["tiny/model"].commit / path;
    io::fs::create_directories(link.parent_path());
    io::write_file(model() / "blobs" / digest, content);
    io::fs::create_symlink(model() / "blobs" / digest, link);
  }

  /// All of tiny().
  void fill() {
    auto& repository = tiny();
    keep("config.json", "{\"a\": 1}\n", git_hash_of("{\"a\": 1}\n"));
    keep("sub/weights.gguf", large(), sha256_of(large()));
    io::fs::create_directories(model() / "refs");
    io::write_file(model() / "refs/main", repository.commit);
  }
};

TEST_F(Cache, SavesWhatItHolds) {
  fill();
  pull();
  EXPECT_EQ(text("sub/weights.gguf"), large());
  EXPECT_EQ(hub.count("store"), 0);
  EXPECT_EQ(hub.count("hub", "/resolve"), 0);
}

TEST_F(Cache, IsNotBelieved) {
  fill();
  auto wrong = large();
  wrong[7] ^= 1;
  io::write_file(model() / "blobs" / sha256_of(large()), wrong);
  pull();
  EXPECT_EQ(text("sub/weights.gguf"), large());
  EXPECT_THAT(notes, Contains(HasSubstr("its content is not what its name says")));
  EXPECT_EQ(io::read_file(model() / "blobs" / sha256_of(large())), wrong);  // not ours to mend
  io::write_file(model() / "blobs" / sha256_of(large()), "cut");
  io::fs::remove_all(folder / "to");
  pull();
  EXPECT_EQ(text("sub/weights.gguf"), large());
}

TEST_F(Cache, IsLeftAsItWas) {
  fill();
  const auto blob = model() / "blobs" / sha256_of(large());
  const auto shared = folder / "hf/hub/blobs/aa/bb";  // the store that repositories share
  io::fs::create_directories(shared.parent_path());
  io::fs::rename(blob, shared);
  io::fs::permissions(shared, io::fs::perms(0444));
  io::fs::create_symlink(shared, blob);
  const auto before = io::fs::last_write_time(shared);
  pull();
  EXPECT_EQ(text("sub/weights.gguf"), large());
  EXPECT_FALSE(io::fs::equivalent(shared, folder / "to/sub/weights.gguf"));
  EXPECT_EQ(io::fs::last_write_time(shared), before);
  EXPECT_EQ(hub.count("store"), 0);
}

TEST_F(Cache, ServesWhereRequestsAreForbidden) {
  fill();
  environment["HF_HUB_OFFLINE"] = "1";
  pull();
  EXPECT_EQ(text("sub/weights.gguf"), large());
  EXPECT_TRUE(hub.log().empty());
}

TEST_F(Cache, ToleratesANewlineBehindTheCommit) {
  fill();
  io::write_file(model() / "refs/main", hub.repositories["tiny/model"].commit + "\n");
  environment["HF_HUB_OFFLINE"] = "1";
  pull();
  EXPECT_TRUE(exists("config.json"));
}

TEST_F(Cache, ThatLacksAFileIsNamedWhereRequestsAreForbidden) {
  tiny();
  environment["HF_HUB_OFFLINE"] = "1";
  EXPECT_THAT(refusal<InputError>(),
              testing::AllOf(HasSubstr("HF_HUB_OFFLINE"), HasSubstr("hf/hub")));
  EXPECT_TRUE(hub.log().empty());
}

TEST_F(Cache, IsNotNeededWhereTheFolderIsWhole) {
  tiny();
  pull();
  const auto requests = hub.log().size();
  environment["HF_HUB_OFFLINE"] = "1";
  EXPECT_EQ(pull(), folder / "to");
  EXPECT_EQ(hub.log().size(), requests);
  environment.erase("HF_HUB_OFFLINE");
  environment["HF_ENDPOINT"] = "http://127.0.0.1:1";
  EXPECT_EQ(pull(), folder / "to");
  EXPECT_THAT(notes, Contains(HasSubstr("what was pulled before is whole")));
}

TEST_F(Cache, ServesWhereTheHubCannotBeReached) {
  fill();
  environment["HF_ENDPOINT"] = "http://127.0.0.1:1";
  pull();
  EXPECT_EQ(text("sub/weights.gguf"), large());
  EXPECT_THAT(notes, Contains(HasSubstr("taking what is in")));
}

}  // namespace
}  // namespace imagine::hub
