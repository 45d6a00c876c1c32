#include "nn/weights.h"

#include <gmock/gmock.h>

#include <torch/nn/modules/linear.h>
#include <torch/utils.h>

#include "imagine/error.h"
#include "nn/frozen.h"
#include "nn/tensor_file.h"

namespace imagine::nn {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct PairImpl : torch::nn::Module {
  explicit PairImpl(int64_t width = 3) {
    a = register_parameter("a", torch::randn({2, width}));
    b = register_parameter("b", torch::randn({4}));
    steps = register_buffer("steps", torch::tensor({7, 8}, torch::kInt64));
  }
  torch::Tensor a, b, steps;
};
TORCH_MODULE(Pair);

io::fs::path temporary(const std::string& name) {
  return io::fs::path(testing::TempDir()) / ("weights_test_" + name + ".safetensors");
}

template <class Function>
std::string format_error(Function function) {
  try {
    function();
  } catch (const FormatError& error) {
    return error.what();
  }
  return "no FormatError";
}

TEST(Weights, ReturnWithTheirTypesAndMetadata) {
  const auto path = temporary("round_trip");
  Pair saved, loaded;
  save_weights(*saved, path, torch::kFloat32, {{"step", "12"}});
  loaded->steps.zero_();
  const io::SafetensorsFile file(path);
  load_weights(*loaded, file);
  EXPECT_TRUE(torch::equal(saved->a, loaded->a));
  EXPECT_TRUE(torch::equal(saved->b, loaded->b));
  EXPECT_TRUE(torch::equal(saved->steps, loaded->steps));
  EXPECT_TRUE(loaded->a.requires_grad());
}

TEST(Weights, AreConvertedToTheWantedType) {
  const auto path = temporary("converted");
  Pair saved, loaded;
  save_weights(*saved, path, torch::kFloat16);
  load_weights(*loaded, io::SafetensorsFile(path), {.dtype = torch::kBFloat16});
  EXPECT_EQ(loaded->a.scalar_type(), torch::kBFloat16);
  EXPECT_EQ(loaded->steps.scalar_type(), torch::kInt64);
  EXPECT_TRUE(torch::equal(loaded->a, saved->a.to(torch::kFloat16).to(torch::kBFloat16)));
}

TEST(Weights, StayInTheFileOnlyWhenMapped) {
  const auto path = temporary("mapped");
  Pair saved, loaded;
  save_weights(*saved, path, torch::kFloat32);
  const io::SafetensorsFile file(path);
  const void* mapping = file.tensors().at("b").bytes.data();
  load_weights(*loaded, file, {.mapped = true});
  EXPECT_EQ(loaded->b.const_data_ptr(), mapping);
  load_weights(*loaded, file);
  EXPECT_NE(loaded->b.const_data_ptr(), mapping);
  const torch::NoGradGuard no_grad;
  loaded->b.add_(1);  // writable
  EXPECT_TRUE(torch::equal(loaded->b, saved->b + 1));
}

TEST(Weights, OutliveTheFileThatTheyAreMappedFrom) {
  const auto path = temporary("outlive");
  Pair saved, loaded;
  save_weights(*saved, path, torch::kFloat32);
  load_weights(*loaded, io::SafetensorsFile(path), {.mapped = true});
  EXPECT_TRUE(torch::equal(loaded->a, saved->a));
}

TEST(Weights, TakeForeignNamesAndLeaveOutWhatTheyAreTold) {
  const auto path = temporary("renamed");
  Pair saved, loaded;
  auto extra = saved->register_parameter("extra", torch::zeros({1}));
  save_weights(*saved, path, torch::kFloat32);
  const auto swap_extra = [](const std::string& name) -> std::optional<std::string> {
    if (name == "b") return std::nullopt;
    return name == "extra" ? "b" : name;
  };
  EXPECT_THAT(format_error([&] {
                load_weights(*loaded, io::SafetensorsFile(path), {.rename = swap_extra});
              }),
              HasSubstr("b: expected [4], got [1]"));
  const auto skip_extra = [](const std::string& name) -> std::optional<std::string> {
    if (name == "extra") return std::nullopt;
    return name;
  };
  load_weights(*loaded, io::SafetensorsFile(path), {.rename = skip_extra});
  EXPECT_TRUE(torch::equal(loaded->b, saved->b));
}

TEST(Weights, NameWhatIsMissingUnknownOrOfAnotherShapeAndChangeNothing) {
  const auto path = temporary("offenders");
  Pair saved(5), loaded;
  saved->register_parameter("unknown", torch::zeros({1}));
  save_weights(*saved, path, torch::kFloat32);
  loaded->register_parameter("missing", torch::zeros({1}));
  const auto before = loaded->b.clone();
  EXPECT_THAT(
      format_error([&] { load_weights(*loaded, io::SafetensorsFile(path)); }),
      AllOf(HasSubstr(path.string()), HasSubstr("got 3 differences"),
            HasSubstr("a: expected [2, 3], got [2, 5]"), HasSubstr("missing: not in the file"),
            HasSubstr("unknown: the network has no such parameter")));
  EXPECT_TRUE(torch::equal(loaded->b, before));
}

TEST(Weights, ListOnlyTheFirstTenOffenders) {
  const auto path = temporary("many");
  Pair saved, loaded;
  for (int i = 10; i < 22; ++i) {
    saved->register_parameter("extra" + std::to_string(i), torch::zeros({1}));
  }
  save_weights(*saved, path, torch::kFloat32);
  EXPECT_THAT(
      format_error([&] { load_weights(*loaded, io::SafetensorsFile(path)); }),
      AllOf(HasSubstr("got 12 differences"), HasSubstr("extra19"), Not(HasSubstr("extra20"))));
}

TEST(Weights, RefuseTwoTensorsForOneParameter) {
  const auto path = temporary("twice");
  Pair saved, loaded;
  saved->register_parameter("c", torch::zeros({4}));
  save_weights(*saved, path, torch::kFloat32);
  const auto both = [](const std::string& name) { return name == "c" ? "b" : name; };
  EXPECT_THAT(
      format_error([&] { load_weights(*loaded, io::SafetensorsFile(path), {.rename = both}); }),
      HasSubstr("c: a second tensor for b"));
}

TEST(TensorFrom, CopiesWhatIsNotAligned) {
  alignas(8) const float numbers[] = {0, 0.5F, -2};
  std::string shifted(1, 'x');
  shifted.append(reinterpret_cast<const char*>(numbers), sizeof numbers);
  const auto bytes = std::as_bytes(std::span(shifted)).subspan(1);
  const auto tensor = tensor_from({io::DType::f32, {3}, bytes}, nullptr);
  EXPECT_TRUE(torch::equal(tensor, torch::tensor({0.0F, 0.5F, -2.0F})));
}

/// A file with the weight [2, 3] of a layer as bytes.
struct BytesFile {
  std::map<std::string, torch::Tensor> tensors = {
      {"weight", torch::tensor({1, -2, 127, 0, 5, 6}, torch::kChar).view({2, 3})},
      {"weight_scale", torch::tensor({0.5F, 2.F})},
      {"bias", torch::zeros({2})}};

  io::SafetensorsFile file() const {
    const auto path = temporary("bytes");
    save_tensors(tensors, path);
    return io::SafetensorsFile(path);
  }
  std::string refusal() const {
    return format_error([&] { load_weights(*FrozenLinear(3, 2), file()); });
  }
};

TEST(Weights, MayBeBytesWithTheirScales) {
  for (const bool mapped : {false, true}) {
    FrozenLinear layer(3, 2);
    load_weights(*layer, BytesFile().file(), {.dtype = torch::kBFloat16, .mapped = mapped});
    EXPECT_EQ(layer->weight.scalar_type(), torch::kChar);
    EXPECT_EQ(layer->weight_scale.scalar_type(), torch::kFloat);
    EXPECT_TRUE(torch::equal(layer(torch::eye(3)).t(),
                             torch::tensor({{0.5F, -1.F, 63.5F}, {0.F, 10.F, 12.F}})));
  }
}

TEST(Weights, OfBytesAreNumbersInANetworkThatComputesWithThose) {
  torch::nn::Linear layer(3, 2);
  load_weights(*layer, BytesFile().file(), {.dtype = torch::kBFloat16});
  EXPECT_EQ(layer->weight.scalar_type(), torch::kBFloat16);
  EXPECT_TRUE(torch::equal(layer->weight.to(torch::kFloat),
                           torch::tensor({{0.5F, -1.F, 63.5F}, {0.F, 10.F, 12.F}})));
  BytesFile wrong;
  wrong.tensors["weight_scale"] = torch::zeros({3});
  EXPECT_THAT(format_error([&] { load_weights(*layer, wrong.file()); }),
              HasSubstr("weight_scale: expected [2] F32, got [3] F32"));
}

TEST(Weights, BytesAndScalesBelongTogether) {
  BytesFile lone, stray, wrong, foreign;
  lone.tensors.erase("weight_scale");
  EXPECT_THAT(lone.refusal(), HasSubstr("weight: expected floating-point numbers, got I8"));
  stray.tensors["weight"] = torch::zeros({2, 3});
  EXPECT_THAT(stray.refusal(), HasSubstr("weight_scale: expected none, got [2] F32"));
  wrong.tensors["weight_scale"] = torch::zeros({3});
  EXPECT_THAT(wrong.refusal(), HasSubstr("weight_scale: expected [2] F32, got [3] F32"));
  foreign.tensors["bias"] = torch::zeros({2}, torch::kChar);
  EXPECT_THAT(foreign.refusal(), HasSubstr("bias: expected floating-point numbers, got I8"));
}

TEST(Weights, AnEmptyScaleIsNotSaved) {
  FrozenLinear layer(3, 2);
  const auto path = temporary("no_scale");
  save_weights(*layer, path, torch::kFloat);
  EXPECT_FALSE(io::SafetensorsFile(path).tensors().contains("weight_scale"));
}

}  // namespace
}  // namespace imagine::nn
