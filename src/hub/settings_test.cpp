#include "hub/settings.h"

#include <gmock/gmock.h>
#include <map>

#include "imagine/error.h"
#include "io/temporary_folder.h"

namespace imagine::hub {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

Settings from(std::map<std::string, std::string> values) {
  values.emplace("HOME", "/nowhere");
  return Settings::from([values](const char* name) -> std::optional<std::string> {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  });
}

TEST(Settings, AreThoseOfThePublicHub) {
  const auto settings = from({});
  EXPECT_EQ(settings.endpoint, "https://huggingface.co");
  EXPECT_EQ(settings.token, "");
  EXPECT_EQ(settings.offline, "");
  EXPECT_EQ(settings.cache, "/nowhere/.cache/huggingface/hub");
}

TEST(Settings, TakeTheTokenInTheHubsOrder) {
  const io::TemporaryFolder folder;
  io::write_file(folder / "token", " from-file\n");
  const auto home = folder.path().string();
  EXPECT_EQ(from({{"HF_HOME", home}}).token, "from-file");
  EXPECT_EQ(from({{"HF_HOME", home}, {"HF_TOKEN", ""}}).token, "from-file");
  EXPECT_EQ(from({{"HF_HOME", home}, {"HUGGING_FACE_HUB_TOKEN", "old"}}).token, "old");
  EXPECT_EQ(from({{"HUGGING_FACE_HUB_TOKEN", "old"}, {"HF_TOKEN", "new\r\n"}}).token, "new");
  EXPECT_EQ(from({{"HF_TOKEN", "new"}}).token_source, "HF_TOKEN");
  EXPECT_EQ(from({{"HF_TOKEN_PATH", home + "/token"}}).token_source, home + "/token");
  EXPECT_EQ(from({{"HF_TOKEN", "a"}, {"HF_HUB_DISABLE_IMPLICIT_TOKEN", "yes"}}).token, "");
  EXPECT_THROW(from({{"HF_TOKEN", "a\nHost: b"}}), ConfigError);
}

TEST(Settings, TakeTheCacheWhereOtherProgramsHaveIt) {
  EXPECT_EQ(from({{"XDG_CACHE_HOME", "/x"}}).cache, "/x/huggingface/hub");
  EXPECT_EQ(from({{"XDG_CACHE_HOME", "/x"}, {"HF_HOME", "~/$A/${A}s/$B"}, {"A", "v"}}).cache,
            "/nowhere/v/vs/$B/hub");
  EXPECT_EQ(from({{"HF_HOME", "/x"}, {"HUGGINGFACE_HUB_CACHE", "/y"}}).cache, "/y");
  EXPECT_EQ(from({{"HUGGINGFACE_HUB_CACHE", "/y"}, {"HF_HUB_CACHE", "/z"}}).cache, "/z");
}

TEST(Settings, SayWhichVariableForbidsRequests) {
  EXPECT_EQ(from({{"HF_HUB_OFFLINE", "on"}}).offline, "HF_HUB_OFFLINE");
  EXPECT_EQ(from({{"TRANSFORMERS_OFFLINE", "1"}}).offline, "TRANSFORMERS_OFFLINE");
  EXPECT_EQ(from({{"HF_HUB_OFFLINE", "0"}}).offline, "");
}

TEST(Settings, RefuseEndpointsThatWouldGiveTheTokenAway) {
  EXPECT_EQ(from({{"HF_ENDPOINT", "https://mirror/"}}).endpoint, "https://mirror");
  EXPECT_THAT(
      [] {
        from({{"HF_ENDPOINT", "mirror"}});
      },
      ThrowsMessage<ConfigError>(HasSubstr("HF_ENDPOINT")));
  EXPECT_THAT(
      [] {
        from({{"HF_ENDPOINT", "http://mirror"}, {"HF_TOKEN", "secret"}});
      },
      ThrowsMessage<ConfigError>(HasSubstr("expected https")));
  EXPECT_NO_THROW(from({{"HF_ENDPOINT", "http://mirror"}}));
  EXPECT_NO_THROW(from({{"HF_ENDPOINT", "http://127.0.0.1:9"}, {"HF_TOKEN", "secret"}}));
}

TEST(Settings, TrustTheEndpointAndTheHubsOwnOrigins) {
  const auto settings = from({{"HF_ENDPOINT", "https://mirror:8443"}});
  EXPECT_TRUE(settings.is_trusted("https://mirror:8443"));
  EXPECT_TRUE(settings.is_trusted("https://hf.co:443"));
  for (const auto* other : {"https://mirror:443", "http://mirror:8443", "https://huggingface.co:80",
                            "http://huggingface.co:443", "https://cdn.huggingface.co:443"}) {
    EXPECT_FALSE(settings.is_trusted(other)) << other;
  }
}

}  // namespace
}  // namespace imagine::hub
