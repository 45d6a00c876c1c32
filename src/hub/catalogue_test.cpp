#include "hub/catalogue.h"

#include <cstdlib>
#include <gmock/gmock.h>

#include "hub/hub_fixture.h"
#include "hub/overview.h"
#include "hub/selection.h"
#include "hub/source.h"

namespace imagine::hub {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// A variable for as long as it lives.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    value != nullptr ? ::setenv(name, value, 1) : ::unsetenv(name);
  }
  ~Variable() { before_ ? ::setenv(name_, before_->c_str(), 1) : ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

TEST(Catalogue, NamesRepositoriesAndNeedsThatCanBe) {
  for (const auto& model : catalogue()) {
    EXPECT_FALSE(model.licence.empty()) << model.name;
    EXPECT_GT(model.bytes, 0U) << model.name;
    for (const auto& part : model.parts) EXPECT_NO_THROW(parse_source(part.source));
    for (const auto& name : model.needs) EXPECT_NE(catalogued(name), nullptr) << name;
  }
}

TEST(Catalogue, TakesAnyRepository) {
  const auto model = model_named("org/name@v1:folder");
  EXPECT_EQ(model.name, "org/name/folder");
  EXPECT_EQ(model.parts.front().source, "org/name@v1:folder");
  EXPECT_EQ(model_named("org/name").name, "org/name");
}

TEST(Catalogue, KeepsModelsWhereTheUserSays) {
  const Variable home("HOME", "/home/x"), data("XDG_DATA_HOME", nullptr);
  {
    const Variable own("IMAGINE_MODELS", nullptr);
    EXPECT_EQ(models_folder(), "/home/x/.local/share/imagine/models");
    const Variable other("XDG_DATA_HOME", "/data");
    EXPECT_EQ(models_folder(), "/data/imagine/models");
  }
  const Variable own("IMAGINE_MODELS", "/models");
  EXPECT_EQ(models_folder(), "/models");
}

TEST(Catalogue, TakesTheFirstPatternThatAnyFileHas) {
  Listing listing;
  for (const auto* path : {"f/unet/a.safetensors", "f/unet/a.fp16.safetensors", "f/b.json", "c"}) {
    listing.files.push_back({.path = path});
  }
  const auto selection =
      select(listing,
             {.source = "org/name:f",
              .folder = "one",
              .files = {{.patterns = {"unet/*.fp16.safetensors", "unet/*.safetensors"}},
                        {.patterns = {"*.json"}},
                        {.patterns = {"missing"}, .required = false}}},
             "here");
  ASSERT_EQ(selection.files.size(), 2U);
  EXPECT_EQ(selection.files[0].path, "one/unet/a.fp16.safetensors");
  EXPECT_EQ(selection.files[1].path, "one/b.json");
  EXPECT_THROW(select(listing, {.source = "org/name", .files = {{.patterns = {"*.txt"}}}}, "here"),
               InputError);
}

using FoundModel = HubTest;

TEST_F(FoundModel, IsOneThatIsWhole) {
  const Variable own("IMAGINE_MODELS", folder.path().c_str());
  auto& repository = hub.repositories["google/flan-t5-large"];
  repository.files["config.json"] = {.content = "{}"};
  const std::string header = R"({"shared.weight":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})";
  repository.files["model.safetensors"] = {
      .content = std::string{char(header.size()), 0, 0, 0, 0, 0, 0, 0} + header, .large = true};
  EXPECT_EQ(found_model("flan-t5-large"), std::nullopt);
  EXPECT_THAT(models_overview(), AllOf(HasSubstr("minit2i-b"), HasSubstr("Apache-2.0"),
                                       HasSubstr("https://huggingface.co/DeepFloyd/IF-I-M-v1.0")));
  const auto where = hub::pull({.name = "flan-t5-large"}, settings(), listener());
  EXPECT_EQ(where, folder / "flan-t5-large");
  EXPECT_EQ(found_model("flan-t5-large"), where);
  EXPECT_THAT(models_overview(), HasSubstr(where.string()));
  EXPECT_EQ(found_model("../" + folder.path().filename().string()), std::nullopt);
  io::fs::remove(where / "config.json");
  EXPECT_EQ(found_model("flan-t5-large"), std::nullopt);
  io::write_file(where / ".imagine-pull.json", "{\"format\": 1, \"files\": {\"../x\": {}}}");
  EXPECT_EQ(found_model("flan-t5-large"), std::nullopt);
}

TEST(Catalogue, FindsWhatSomebodyPutWhereModelsAreKept) {
  const io::TemporaryFolder folder;
  const Variable own("IMAGINE_MODELS", folder.path().c_str());
  const auto place = folder / "minit2i-b";
  io::fs::create_directories(place / "transformer");
  EXPECT_EQ(found_model("minit2i-b"), place);
  EXPECT_EQ(found_model("minit2i-l"), std::nullopt);
  io::fs::create_directory(folder / "minit2i-l");  // nothing was put there
  EXPECT_EQ(found_model("minit2i-l"), std::nullopt);
  io::write_file(place / ".imagine.lock", "");  // a pull has begun, and is not done
  EXPECT_EQ(found_model("minit2i-b"), std::nullopt);
}

}  // namespace
}  // namespace imagine::hub
