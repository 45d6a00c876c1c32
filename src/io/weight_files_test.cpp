#include "io/weight_files.h"

#include <array>
#include <gmock/gmock.h>
#include <span>

#include "core/check.h"
#include "io/json_file.h"
#include "io/temporary_folder.h"

namespace imagine::io {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Key;

void write(const fs::path& path, const std::vector<std::string>& names, float value = 1) {
  const std::array numbers = {value, value};
  std::map<std::string, TensorView> tensors;
  for (const auto& name : names) {
    tensors[name] = {.dtype = DType::f32, .shape = {2}, .bytes = std::as_bytes(std::span(numbers))};
  }
  write_safetensors(path, tensors);
}

Json index(const std::vector<std::pair<std::string, std::string>>& map) {
  Json json = {{"metadata", {{"total_size", 16}}}, {"weight_map", Json::object()}};
  for (const auto& [tensor, file] : map) json["weight_map"][tensor] = file;
  return json;
}

class WeightFilesTest : public testing::Test {
 protected:
  std::string refusal() const {
    try {
      WeightFiles::find(folder_.path(), "model");
    } catch (const FormatError& error) {
      return error.what();
    }
    return "";
  }

  TemporaryFolder folder_;
};

TEST_F(WeightFilesTest, FindsOneFileAndPrefersItToVariants) {
  write(folder_ / "model.fp16.safetensors", {"half"});
  EXPECT_THAT(WeightFiles::find(folder_.path(), "model").tensors(), ElementsAre(Key("half")));
  write(folder_ / "model.safetensors", {"whole"});
  EXPECT_THAT(WeightFiles::find(folder_.path(), "model").tensors(), ElementsAre(Key("whole")));
}

TEST_F(WeightFilesTest, FindsShardsInEveryWayOfNamingThem) {
  for (const auto* name : {"model.safetensors.index.json", "model.safetensors.index.fp16.json",
                           "model.fp16.safetensors.index.json"}) {
    write(folder_ / "model.fp16-00001-of-00002.safetensors", {"a"});
    write(folder_ / "model.fp16-00002-of-00002.safetensors", {"b"});
    write_json(folder_ / name, index({{"a", "model.fp16-00001-of-00002.safetensors"},
                                      {"b", "model.fp16-00002-of-00002.safetensors"}}));
    const auto files = WeightFiles::find(folder_.path(), "model");
    EXPECT_THAT(files.tensors(), ElementsAre(Key("a"), Key("b"))) << name;
    EXPECT_EQ(files.bytes(), 16);
    fs::remove(folder_ / name);
  }
}

TEST_F(WeightFilesTest, RefusesWhatDoesNotFitTogether) {
  EXPECT_THAT(refusal(), HasSubstr("expected this file or model.safetensors.index.json"));
  write(folder_ / "1.safetensors", {"a"});
  write(folder_ / "2.safetensors", {"a"});
  const auto refuses = [&](const Json& json) {
    write_json(folder_ / "model.safetensors.index.json", json);
    return refusal();
  };
  EXPECT_THAT(refuses(index({{"a", "3.safetensors"}})), HasSubstr("3.safetensors"));
  EXPECT_THAT(refuses(index({{"b", "1.safetensors"}})), HasSubstr("b: expected it in"));
  EXPECT_THAT(refuses(index({{"a", "1.safetensors"}, {"b", "2.safetensors"}})),
              HasSubstr("found it in two shards"));
  EXPECT_THAT(refuses(index({{"a", "../1.safetensors"}})), HasSubstr("beside the index"));
  EXPECT_THAT(refuses(index({{"a", ".."}})), HasSubstr("beside the index"));
  EXPECT_THAT(refuses(index({})), HasSubstr("weight_map"));
  EXPECT_THAT(refuses(Json::array()), HasSubstr("weight_map"));
  EXPECT_THAT(refuses({{"weight_map", {{"a", 7}}}}), HasSubstr("expected a file's name"));
}

TEST_F(WeightFilesTest, NamesWhatLiesThereInTheirPlace) {
  write_file(folder_ / "model.gguf", "GGUF");
  EXPECT_THAT(refusal(), HasSubstr("found neither, but model.gguf"));
  write_file(folder_ / "pytorch_model.bin", "x");
  EXPECT_THAT(refusal(), HasSubstr("but pytorch_model.bin, which is not read"));
}

TEST_F(WeightFilesTest, TellWhatTheirFileTells) {
  const auto path = folder_ / "model.safetensors";
  write_safetensors(path, {}, {{"format", "pt"}});
  EXPECT_EQ(WeightFiles::open(path).metadata(), Json({{"format", "pt"}}));
}

TEST_F(WeightFilesTest, TheFingerprintFollowsNamesAndValues) {
  const auto fingerprint = [&](const std::vector<std::string>& names, float value) {
    write(folder_ / "model.safetensors", names, value);
    return WeightFiles::find(folder_.path(), "model").fingerprint();
  };
  const auto first = fingerprint({"a", "b"}, 1);
  EXPECT_EQ(first, fingerprint({"a", "b"}, 1));
  EXPECT_NE(first, fingerprint({"a", "b"}, 2));
  EXPECT_NE(first, fingerprint({"a", "c"}, 1));
}

}  // namespace
}  // namespace imagine::io
