/// A fake hub, a folder and an environment for one test.
#pragma once

#include <gmock/gmock.h>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "core/check.h"
#include "hub/fake_hub.h"
#include "hub/http.h"
#include "hub/pull.h"
#include "hub/record.h"
#include "io/temporary_folder.h"

namespace imagine::hub {

class HubTest : public testing::Test {
 protected:
  HubTest() {
    environment["HF_ENDPOINT"] = hub.url();
    environment["HF_HOME"] = (folder / "hf").string();
    environment["HOME"] = folder.path().string();
  }

  Settings settings() const {
    auto result = Settings::from([this](const char* name) -> std::optional<std::string> {
      const auto found = environment.find(name);
      return found == environment.end() ? std::nullopt : std::optional(found->second);
    });
    result.timing = timing;
    return result;
  }

  /// With notes kept.
  Listener listener() {
    return {.note = [this](const std::string& line) { notes.push_back(line); },
            .progress =
                [this](auto done, auto total) {
                  last_progress = {done, total};
                },
            .stop = stop};
  }

  io::fs::path pull(const std::string& name = "tiny/model") {
    return hub::pull({.name = name, .to = folder / "to"}, settings(), listener());
  }

  /// The message of what pull() throws, which must be an E and no other.
  template <class E>
  std::string refusal(const std::string& name = "tiny/model") {
    try {
      pull(name);
    } catch (const E& error) {
      return error.what();
    } catch (const std::exception& error) {
      ADD_FAILURE() << "another error: " << error.what();
      return error.what();
    }
    ADD_FAILURE() << "no error";
    return {};
  }

  std::string text(const std::string& path) const { return io::read_file(folder / "to" / path); }
  bool exists(const std::string& path) const { return io::fs::exists(folder / "to" / path); }

  /// A repository of a small file and a large one.
  FakeRepository& tiny(const std::string& name = "tiny/model") {
    auto& repository = hub.repositories[name];
    repository.files["config.json"] = {.content = "{\"a\": 1}\n"};
    repository.files["sub/weights.gguf"] = {.content = noise_bytes(300'000), .large = true};
    return repository;
  }
  std::string large() const { return noise_bytes(300'000); }

  io::TemporaryFolder folder;
  FakeHub hub;
  std::map<std::string, std::string> environment;
  Timing timing{.first_wait = std::chrono::milliseconds(5),
                .longest_wait = std::chrono::milliseconds(20'000),
                .stall_seconds = 1,
                .connect_seconds = 2};
  StopCheck stop;
  std::vector<std::string> notes;
  std::pair<std::uint64_t, std::uint64_t> last_progress;
};

}  // namespace imagine::hub
