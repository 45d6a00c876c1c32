#include "nn/stored.h"

#include <cmath>
#include <gmock/gmock.h>

#include <torch/nn/modules/linear.h>
#include <torch/utils.h>

#include "io/temporary_folder.h"
#include "nn/tensor_file.h"
#include "nn/weights.h"

namespace imagine::nn {
namespace {

using testing::HasSubstr;
using testing::Key;
using testing::UnorderedElementsAre;

const auto kF8 = torch::kFloat8_e4m3fn;
const io::fs::path kData = io::fs::path(IMAGINE_SOURCE_DIR) / "tests/data/t5-weights";

Tensor text_tensor(const std::string& text) {
  return torch::tensor(std::vector<std::uint8_t>(text.begin(), text.end()), torch::kByte);
}

class Stored : public testing::Test {
 protected:
  io::WeightFiles files(const std::map<std::string, Tensor>& tensors,
                        const std::map<std::string, std::string>& metadata = {}) const {
    save_tensors(tensors, folder_ / "f.safetensors", metadata);
    return io::WeightFiles::open(folder_ / "f.safetensors");
  }
  static std::map<std::string, StoredWeight> stored(const io::WeightFiles& files) {
    Offenders offenders;
    auto weights = stored_weights(files, {}, offenders);
    offenders.check_none("f");
    return weights;
  }
  template <class Function>
  static std::string refusal(Function function) {
    try {
      function();
    } catch (const FormatError& error) {
      return error.what();
    }
    return "";
  }

  io::TemporaryFolder folder_;
};

/// Zeros with their signs; NaNs whatever theirs.
bool equal_with_nans(const Tensor& a, const Tensor& b) {
  const auto numbers = [](const Tensor& all) { return all.nan_to_num(0.0, INFINITY, -INFINITY); };
  return torch::equal(a.isnan(), b.isnan()) && torch::equal(numbers(a), numbers(b)) &&
         torch::equal(numbers(a).signbit(), numbers(b).signbit());
}

TEST_F(Stored, EveryCodeOfF8IsTheNumberThatTorchTakesItFor) {
  const io::SafetensorsFile expected(kData / "expected.safetensors");
  for (const auto& [name, type] :
       {std::pair("e4m3", torch::kFloat8_e4m3fn), std::pair("e5m2", torch::kFloat8_e5m2)}) {
    const auto codes = torch::arange(256, torch::kInt).to(torch::kByte).view(type);
    const auto read = stored(files({{"a", codes}})).at("a");
    EXPECT_TRUE(read.is_floating_point());
    const auto wanted = tensor_of(expected, std::string("codes.") + name);
    EXPECT_TRUE(equal_with_nans(read.numbers().to(torch::kFloat), wanted)) << name;
    EXPECT_TRUE(equal_with_nans(read.numbers().to(torch::kBFloat16).to(torch::kFloat), wanted));
  }
}

TEST_F(Stored, F8BecomesWhatIsWantedAndElseStaysInTheFile) {
  const auto weight = torch::randn({2, 3}).to(kF8);
  const auto file = files({{"weight", weight}, {"bias", torch::zeros({2}).to(torch::kDouble)}});
  torch::nn::Linear plain(3, 2);
  load_weights(*plain, file);
  EXPECT_TRUE(torch::equal(plain->weight, weight.to(torch::kFloat)));
  EXPECT_EQ(plain->bias.scalar_type(), torch::kFloat);
  FrozenLinear frozen(3, 2);
  load_weights(*frozen, file, {.dtype = std::nullopt, .mapped = true});
  EXPECT_EQ(frozen->weight.scalar_type(), kF8);
  EXPECT_EQ(frozen->weight.const_data_ptr(), file.tensors().at("weight").view.bytes.data());
  const auto x = torch::randn({4, 3});
  EXPECT_TRUE(torch::equal(frozen(x), x.matmul(weight.to(torch::kFloat).t())));
}

TEST_F(Stored, AScaleIsOneForAllOrOneForEachRowUnderEitherName) {
  const auto weight = torch::randn({4, 3}).to(kF8);
  const auto each = torch::tensor({0.5F, 2.F, 3.F, -1.F});
  const auto numbers = weight.to(torch::kFloat);
  for (const auto* name : {"l.weight_scale", "l.scale_weight"}) {
    for (const auto& [scale, wanted] : std::vector<std::pair<Tensor, Tensor>>{
             {torch::tensor(0.25F), numbers * 0.25},
             {torch::tensor({0.25F}).to(torch::kBFloat16), numbers * 0.25},
             {torch::tensor({{0.25F}}).to(torch::kHalf), numbers * 0.25},
             {each, numbers * each.unsqueeze(1)},
             {each.unsqueeze(1), numbers * each.unsqueeze(1)}}) {
      const auto weights = stored(files({{"l.weight", weight}, {name, scale}}));
      EXPECT_THAT(weights, UnorderedElementsAre(Key("l.weight")));
      EXPECT_TRUE(torch::equal(weights.at("l.weight").numbers(), wanted)) << scale.sizes();
    }
    for (const auto& scale : {torch::ones({3}), torch::ones({1, 4}), torch::ones({2, 2}),
                              torch::ones({}, torch::kInt), torch::ones({0})}) {
      EXPECT_THAT(refusal([&] {
                    stored(files({{"l.weight", weight}, {name, scale}}));
                  }),
                  HasSubstr("l.weight_scale: expected [4] F32"))
          << scale.sizes();
    }
  }
}

TEST_F(Stored, EveryFrozenLayerComputesWithScaledF8) {
  const auto scale = torch::tensor(0.5F);
  const auto check = [&](auto layer, const Tensor& x, torch::IntArrayRef shape, auto forward) {
    const auto weight = torch::randn(shape).to(kF8);
    std::map<std::string, Tensor> tensors = {{"weight", weight}, {"weight_scale", scale}};
    if (layer->named_parameters().contains("bias")) tensors["bias"] = torch::zeros({shape[0]});
    load_weights(*layer, files(tensors), {.dtype = std::nullopt, .mapped = true});
    EXPECT_EQ(layer->weight.scalar_type(), kF8);
    const torch::NoGradGuard no_grad;
    pack(*layer);  // leaves it alone
    EXPECT_TRUE(torch::allclose(layer(x), forward(weight.to(torch::kFloat) * 0.5), 1e-5, 1e-6));
  };
  const auto x = torch::randn({2, 3}), picture = torch::randn({1, 3, 4, 4});
  const auto ids = torch::tensor({{3, 0}, {1, 1}});
  check(FrozenLinear(3, 2), x, {2, 3}, [&](const Tensor& w) { return x.matmul(w.t()); });
  check(FrozenConv2d(3, 2, 3), picture, {2, 3, 3, 3},
        [&](const Tensor& w) { return torch::conv2d(picture, w, {}, 1, 1); });
  check(FrozenEmbedding(4, 6), ids, {4, 6}, [&](const Tensor& w) { return w.index({ids}); });
}

TEST_F(Stored, WhatComfyUiWritesBesideIsReadOrPassedOver) {
  const auto quant = [](const char* format) {
    return text_tensor(std::string(R"({"format": ")") + format +
                       R"(", "full_precision_matrix_mult": true})");
  };
  std::map<std::string, Tensor> tensors = {
      {"scaled_fp8", torch::zeros({2}).to(kF8)}, {"l.weight", torch::ones({2, 2}).to(kF8)},
      {"l.weight_scale", torch::tensor(3.F)},    {"l.input_scale", torch::tensor(1.F)},
      {"l.comfy_quant", quant("float8_e4m3fn")}, {"m.scale_input", torch::tensor(1.F)}};
  EXPECT_THAT(stored(files(tensors)), UnorderedElementsAre(Key("l.weight")));
  EXPECT_EQ(stored(files(tensors)).at("l.weight").numbers().sum().item<float>(), 12);
  tensors["l.weight"] = torch::ones({2, 2}).to(kF8).view(torch::kByte);  // its older container
  EXPECT_EQ(stored(files(tensors)).at("l.weight").numbers().sum().item<float>(), 12);
  for (const auto* format : {"int8_tensorwise", "nvfp4", "mxfp8"}) {
    tensors["l.comfy_quant"] = quant(format);
    EXPECT_THAT(refusal([&] { stored(files(tensors)); }), HasSubstr(format));
  }
  tensors.erase("l.comfy_quant");
  tensors["l.weight"] = torch::ones({2, 2}, torch::kChar);
  tensors["l.weight_scale"] = torch::ones({2});
  EXPECT_NO_THROW(stored(files(tensors)));  // ours
  const std::map<std::string, std::string> header = {
      {"_quantization_metadata", R"({"layers": {"l": {"format": "int8_tensorwise"}}})"}};
  EXPECT_THAT(refusal([&] { stored(files(tensors, header)); }), HasSubstr("int8_tensorwise"));
  EXPECT_THAT(refusal([&] {
                stored(files(tensors, {{"_quantization_metadata", "[]"}}));
              }),
              HasSubstr("expected an object layers"));
  tensors["l.comfy_quant"] = text_tensor("{");
  EXPECT_THAT(refusal([&] { stored(files(tensors)); }), HasSubstr("l.comfy_quant: expected JSON"));
}

TEST_F(Stored, ATypeThatIsNotReadMattersOnlyWhereItIsNeeded) {
  const std::string header = R"({"weight":{"dtype":"F4","shape":[2,4],"data_offsets":[0,4]},)"
                             R"("rest":{"dtype":"F3_X","shape":[9],"data_offsets":[4,8]}})";
  io::Bytes bytes(8, '\0');
  bytes[0] = char(header.size());
  io::write_file(folder_ / "f.safetensors", bytes + header + "12345678");
  const auto file = io::WeightFiles::open(folder_ / "f.safetensors");
  const auto load = [&](const char* left_out) {
    FrozenLinear layer(4, 2, /*biased=*/false);
    load_weights(*layer, file, {.rename = [&](const std::string& name) {
      return name == left_out ? std::nullopt : std::optional(name);
    }});
  };
  EXPECT_THAT(refusal([&] { load("rest"); }),
              HasSubstr("weight: expected floating-point numbers, got F4"));
  EXPECT_THAT(refusal([&] { load("weight"); }), HasSubstr("rest: the network has no such"));
  const auto& rest = file.tensors().at("rest");
  EXPECT_THAT(refusal([&] { tensor_from(rest.view, rest.mapping); }), HasSubstr("got F3_X"));
}

TEST_F(Stored, BlocksOfGgufAreTheNumbersThatTheyStandFor) {
  torch::manual_seed(2);
  const int64_t rows = 3, blocks = 2;
  const auto values = torch::randint(-127, 128, {rows, blocks, 32}).to(torch::kChar);
  const auto scale = torch::randn({rows, blocks, 1}).to(torch::kHalf);
  const auto bytes = torch::cat({scale.view(torch::kChar), values}, 2).contiguous();
  const io::TensorView view{
      .dtype = io::DType::q8_0,
      .shape = {rows, blocks * 32},
      .bytes = {static_cast<const std::byte*>(bytes.const_data_ptr()), std::size_t(bytes.numel())}};
  const StoredWeight weight{.entry = {view, nullptr}};
  EXPECT_TRUE(weight.is_scaled());
  const auto wanted = (values.to(torch::kFloat) * scale.to(torch::kFloat)).view({rows, -1});
  EXPECT_TRUE(torch::equal(weight.numbers(), wanted));
  const auto [read_values, read_scale] = weight.read();
  FrozenEmbedding table(rows, blocks * 32);
  table->weight.set_data(read_values);
  table->weight_scale.set_data(read_scale);
  const auto ids = torch::tensor({{2, 0, 0}, {1, 2, 1}});
  EXPECT_TRUE(torch::equal(table(ids), wanted.index({ids})));
}

}  // namespace
}  // namespace imagine::nn
