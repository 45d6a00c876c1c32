#include "models/imagine/model_file.h"

#include <functional>
#include <gmock/gmock.h>

#include "core/fields.h"
#include "io/json_file.h"
#include "io/sibling_folder.h"
#include "io/temporary_folder.h"
#include "models/families.h"
#include "models/tiny_model.h"

namespace imagine::models {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class ModelFolderTest : public testing::Test {
 protected:
  /// model.json with one field changed.
  ModelFile read_with(const std::function<void(Json&)>& change) const {
    Json json = {{"name", "test"},
                 {"default_size", 32},
                 {"stages",
                  {{{"network", "hybrid"}, {"folder", "base"}, {"size", 32}},
                   {{"network", "super_resolution"}, {"folder", "up"}, {"size", 128}}}}};
    change(json);
    io::write_json(folder_ / "model.json", json);
    return read_model_file(folder_.path());
  }

  /// The message names the file and `what`.
  void expect_refusal(const std::string& what, const std::function<void(Json&)>& change) const {
    EXPECT_THAT([&] { read_with(change); },
                testing::ThrowsMessage<ConfigError>(
                    AllOf(HasSubstr((folder_ / "model.json").string()), HasSubstr(what))));
  }

  io::TemporaryFolder folder_;
};

TEST_F(ModelFolderTest, ReadsTheStagesAndFillsInDefaults) {
  const auto model = read_with([](Json& json) {
    json["stages"][1]["sampling"] = {{"steps", 4}, {"guidance", 1}};
  });
  EXPECT_EQ(model.name, "test");
  EXPECT_EQ(model.text_encoder, "text_encoder");
  ASSERT_EQ(model.stages.size(), 2u);
  EXPECT_EQ(model.stages[0].sampling.sampler, SamplerName::dpm_solver);
  EXPECT_EQ(model.stages[1].folder, "up");
  EXPECT_EQ(model.stages[1].sampling.steps, 4);
}

TEST_F(ModelFolderTest, AFolderThatIsMissingOrEmptyIsNamed) {
  const auto nowhere = folder_ / "nowhere";
  EXPECT_THAT([&] { read_model_file(nowhere); },
              testing::ThrowsMessage<FormatError>(HasSubstr(nowhere.string())));
  EXPECT_THAT([&] { read_model_file(folder_.path()); },
              testing::ThrowsMessage<FormatError>(HasSubstr("model.json")));
}

TEST_F(ModelFolderTest, NoFolderMayLieOutsideTheModels) {
  for (const char* name : {"", ".", "..", "../elsewhere", "/etc", "a/b"}) {
    expect_refusal("stages[1].folder", [&](Json& json) { json["stages"][1]["folder"] = name; });
    expect_refusal("text_encoder", [&](Json& json) { json["text_encoder"] = name; });
  }
}

TEST_F(ModelFolderTest, TheBaseComesFirstAndUpscalersFollow) {
  expect_refusal("stages[0].network: expected hybrid",
                 [](Json& json) { json["stages"].erase(json["stages"].begin()); });
  expect_refusal(
      "stages[1].network: expected hybrid, super_resolution or efficient_unet, got \"magic\"",
      [](Json& json) { json["stages"][1]["network"] = "magic"; });
  expect_refusal(
      "stages[2].network: expected super_resolution or efficient_unet, got \"hybrid\"",
      [](Json& json) {
        json["stages"].push_back({{"network", "hybrid"}, {"folder", "late"}, {"size", 256}});
      });
  expect_refusal("stages: expected at least one",
                 [](Json& json) { json["stages"] = Json::array(); });
}

TEST_F(ModelFolderTest, ABaseMayFollowASmallerOne) {
  const auto model = read_with([](Json& json) { json["stages"][1]["network"] = "hybrid"; });
  EXPECT_EQ(model.stages[1].network, "hybrid");
}

TEST_F(ModelFolderTest, EachStageIsLargerThanTheOneBefore) {
  expect_refusal("stages[1].size: expected 33 .. 4096, got 32",
                 [](Json& json) { json["stages"][1]["size"] = 32; });
  expect_refusal("stages[0].size", [](Json& json) { json["stages"][0]["size"] = 0; });
  expect_refusal("stages[1].size", [](Json& json) { json["stages"][1]["size"] = 4097; });
}

TEST_F(ModelFolderTest, ABaseDrawsMultiplesOfEightPixels) {
  expect_refusal("stages[0].size: expected a multiple of 8, got 36",
                 [](Json& json) { json["stages"][0]["size"] = 36; });
}

TEST_F(ModelFolderTest, TheDefaultSizeIsThatOfAStage) {
  expect_refusal("default_size: expected the size of a stage, got 64",
                 [](Json& json) { json["default_size"] = 64; });
}

TEST_F(ModelFolderTest, AQuickNetworkHasAFolderOfItsOwnInTheFirstStage) {
  const auto quick = [](int stage, const char* folder) {
    return [stage, folder](Json& json) { json["stages"][stage]["quick"] = {{"folder", folder}}; };
  };
  EXPECT_FALSE(read_with([](Json&) {}).stages[0].distilled.exists());
  EXPECT_TRUE(read_with(quick(0, "quick")).stages[0].distilled.exists());
  expect_refusal("stages[0].quick.folder: expected the name of another folder", quick(0, "base"));
  expect_refusal("stages[0].quick.folder: expected the name of another folder", quick(0, "../up"));
  expect_refusal("stages[1].quick.folder: expected none but in the first", quick(1, "quick"));
  expect_refusal("stages[0].quick.sampling.steps: expected", [](Json& json) {
    json["stages"][0]["quick"] = {{"folder", "quick"}, {"sampling", {{"steps", 0}}}};
  });
}

TEST(Teacher, AnotherBaseBesideAQuickNetworkIsRefusedWhereThatWouldDraw) {
  const TinyModel model, other(384, /*seed=*/7);
  io::copy_folder(model.path() / "base", model.path() / "quick");
  auto file = read_model_file(model.path());
  file.stages[0].distilled = {
      .folder = "quick",
      .teacher = fingerprint_of(model.path() / "base"),
      .sampling = {.sampler = SamplerName::euler, .steps = 1, .guidance = 1}};
  io::write_json(model.path() / "model.json", to_json(file));
  const auto drawing = [&](const StageOptions& options) {
    return open_cascade(model.path()).stages.at(0).spec->resolved(options, {}).network;
  };
  EXPECT_EQ(drawing({}), StageNetwork::distilled);
  const io::fs::path weights = "base/model.safetensors";
  io::write_file(model.path() / weights, io::read_file(other.path() / weights));
  EXPECT_THAT(
      [&] { drawing({}); },
      testing::ThrowsMessage<ConfigError>(AllOf(
          HasSubstr("stages[0].quick.teacher: expected " + fingerprint_of(other.path() / "base")),
          HasSubstr(file.stages[0].distilled.teacher), HasSubstr("--full"))));
  EXPECT_EQ(drawing({.network = StageNetwork::base}), StageNetwork::base);
  file.stages[0].distilled.teacher = "";  // of before it was written down
  io::write_json(model.path() / "model.json", to_json(file));
  EXPECT_EQ(drawing({}), StageNetwork::distilled);
}

TEST(Control, AnAdapterBesideAnotherBaseIsOfNoUse) {
  const TinyModel model, other(384, /*seed=*/7);
  const auto refusal = [&] {
    return open_cascade(model.path()).stages.at(0).spec->control_refusal();
  };
  EXPECT_THAT(refusal(), HasSubstr("expected a model with a control adapter"));
  auto file = read_model_file(model.path());
  file.stages[0].control = {.folder = "control", .base = fingerprint_of(model.path() / "base")};
  io::write_json(model.path() / "model.json", to_json(file));
  EXPECT_THROW(refusal(), FormatError) << "no such folder";
  io::fs::create_directory(model.path() / "control");
  io::write_json(model.path() / "control" / "config.json", {{"width", 16}});
  EXPECT_EQ(refusal(), "");
  const io::fs::path weights = "base/model.safetensors";
  io::write_file(model.path() / weights, io::read_file(other.path() / weights));
  EXPECT_THAT(refusal(), HasSubstr("stages[0].control.base: expected " +
                                   fingerprint_of(other.path() / "base")));
}

TEST_F(ModelFolderTest, SamplingDefaultsAreCheckedToo) {
  expect_refusal("stages[0].sampling.steps", [](Json& json) {
    json["stages"][0]["sampling"] = {{"steps", 0}};
  });
  expect_refusal("unknown key \"stepz\"", [](Json& json) {
    json["stages"][0]["sampling"] = {{"stepz", 3}};
  });
}

/// Before it takes memory for it.
TEST(ModelFile, RefusesANetworkThatItsWeightsCannotHold) {
  const TinyModel folder;
  const auto path = folder.path() / "base" / "config.json";
  const auto whole = io::read_json(path);
  for (const char* field : {"depth", "text_depth", "text_width"}) {
    auto config = whole;
    config[field] = 65536;
    io::write_json(path, config);
    const auto cascade = open_cascade(folder.path());
    EXPECT_THAT([&] { cascade.stages.front().spec->load({}, {}, {}); },
                testing::ThrowsMessage<FormatError>(
                    AllOf(HasSubstr(path.string()), HasSubstr("got one of at least"))))
        << field;
  }
}

}  // namespace
}  // namespace imagine::models
