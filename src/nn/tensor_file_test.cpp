#include "nn/tensor_file.h"

#include <gmock/gmock.h>

#include <torch/utils.h>

#include "imagine/error.h"
#include "io/temporary_folder.h"

namespace imagine::nn {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

class TensorFileTest : public testing::Test {
 protected:
  io::SafetensorsFile saved(const std::map<std::string, Tensor>& tensors) const {
    save_tensors(tensors, path_);
    return io::SafetensorsFile(path_);
  }

  io::TemporaryFolder folder_;
  const io::fs::path path_ = folder_ / "t.safetensors";
};

TEST_F(TensorFileTest, EveryTypeReturns) {
  const auto numbers = torch::tensor({{0, 1, 2}, {0, 200, 7}});
  std::map<std::string, Tensor> tensors;
  for (const auto type : {torch::kFloat, torch::kHalf, torch::kBFloat16, torch::kLong, torch::kInt,
                          torch::kByte, torch::kBool}) {
    tensors[torch::toString(type)] = numbers.to(type);
  }
  const auto file = saved(tensors);
  EXPECT_EQ(file.tensors().size(), 7u);
  for (const auto& [name, tensor] : tensors) {
    const auto back = tensor_of(file, name);
    EXPECT_EQ(back.scalar_type(), tensor.scalar_type());
    EXPECT_TRUE(torch::equal(back, tensor)) << name;
  }
}

TEST_F(TensorFileTest, AnyLayoutReturns) {
  const auto numbers = torch::arange(24, torch::kFloat).view({2, 3, 4});
  const std::map<std::string, Tensor> tensors{
      {"transposed", numbers.transpose(0, 2)},
      {"sliced", numbers.select(2, 1)},
      {"repeated", numbers.narrow(0, 0, 1).expand({5, 3, 4})},
      {"scalar", torch::tensor(0.5)},
      {"learned", numbers.clone().requires_grad_()}};
  const auto file = saved(tensors);
  for (const auto& [name, tensor] : tensors) {
    EXPECT_TRUE(torch::equal(tensor_of(file, name), tensor)) << name;
  }
}

TEST_F(TensorFileTest, ATensorLiesInTheFileAndOutlivesIt) {
  const auto numbers = torch::arange(1000, torch::kInt);
  Tensor tensor;
  {
    const auto file = saved({{"numbers", numbers}});
    tensor = tensor_of(file, "numbers");
    EXPECT_EQ(tensor.const_data_ptr(), file.tensors().at("numbers").bytes.data());
  }
  io::fs::remove(path_);
  EXPECT_TRUE(torch::equal(tensor, numbers));
}

TEST_F(TensorFileTest, MetadataReturns) {
  const std::map<std::string, std::string> metadata{{"update", "12"}, {"identity", "è \"x\"\n"}};
  save_tensors({{"a", torch::zeros({1})}}, path_, metadata);
  EXPECT_EQ(io::SafetensorsFile(path_).metadata(), metadata);
}

TEST_F(TensorFileTest, ATensorThatIsMissingIsNamed) {
  const auto file = saved({{"a", torch::zeros({1})}});
  EXPECT_THAT([&] { tensor_of(file, "b"); },
              ThrowsMessage<FormatError>(AllOf(HasSubstr(path_.string()), HasSubstr("\"b\""))));
}

TEST_F(TensorFileTest, ATypeThatTheFormatLacksIsRefusedAndNothingWritten) {
  EXPECT_THAT(
      [&] {
        save_tensors({{"a", torch::zeros({1}, torch::kComplexFloat)}}, path_);
      },
      ThrowsMessage<InputError>(HasSubstr("ComplexFloat")));
  EXPECT_THAT(folder_.names(), testing::IsEmpty());
}

}  // namespace
}  // namespace imagine::nn
