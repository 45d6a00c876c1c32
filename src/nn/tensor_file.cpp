#include "nn/tensor_file.h"

#include <array>
#include <cstring>
#include <utility>

#include <torch/utils.h>

#include "core/check.h"

namespace imagine::nn {
namespace {

constexpr std::array<std::pair<io::DType, torch::Dtype>, 15> kTypes = {{
    {io::DType::f64, torch::kDouble},
    {io::DType::f8_e4m3, torch::kFloat8_e4m3fn},
    {io::DType::f8_e5m2, torch::kFloat8_e5m2},
    {io::DType::i16, torch::kShort},
    {io::DType::u16, torch::kUInt16},
    {io::DType::u32, torch::kUInt32},
    {io::DType::u64, torch::kUInt64},
    {io::DType::f32, torch::kFloat},
    {io::DType::f16, torch::kHalf},
    {io::DType::bf16, torch::kBFloat16},
    {io::DType::i64, torch::kLong},
    {io::DType::i32, torch::kInt},
    {io::DType::i8, torch::kChar},
    {io::DType::u8, torch::kByte},
    {io::DType::boolean, torch::kBool},
}};

torch::Dtype torch_type(const io::TensorView& view) {
  for (const auto& [ours, theirs] : kTypes) {
    if (ours == view.dtype) return theirs;
  }
  throw FormatError(concat("tensor: expected a type that is read here, got ", io::type_name(view)));
}

io::DType file_type(torch::Dtype dtype) {
  for (const auto& [ours, theirs] : kTypes) {
    if (theirs == dtype) return ours;
  }
  throw InputError(concat("tensor: expected a type that safetensors has, got ", dtype));
}

std::map<std::string, Tensor> densely(const std::map<std::string, Tensor>& tensors) {
  std::map<std::string, Tensor> dense;
  for (const auto& [name, tensor] : tensors) {
    dense[name] = tensor.detach().to(torch::kCPU).contiguous();
  }
  return dense;
}

std::map<std::string, io::TensorView> views_of(const std::map<std::string, Tensor>& dense) {
  std::map<std::string, io::TensorView> views;
  for (const auto& [name, tensor] : dense) {
    views[name] = {
        .dtype = file_type(tensor.scalar_type()),
        .shape = tensor.sizes().vec(),
        .bytes = {static_cast<const std::byte*>(tensor.const_data_ptr()), tensor.nbytes()}};
  }
  return views;
}

}  // namespace

Tensor tensor_of(const io::SafetensorsFile& file, const std::string& name) {
  const auto found = file.tensors().find(name);
  check<FormatError>(found != file.tensors().end(), file.path().string(), ": expected a tensor \"",
                     name, "\", found none");
  return tensor_from(found->second, file.mapping());
}

Tensor tensor_from(const io::TensorView& view, std::shared_ptr<const void> mapping) {
  const auto type = torch_type(view);
  if (reinterpret_cast<std::uintptr_t>(view.bytes.data()) % io::item_size(view.dtype) != 0) {
    auto copy = torch::empty(view.shape, type);
    std::memcpy(copy.data_ptr(), view.bytes.data(), view.bytes.size());
    return copy;
  }
  auto* bytes = const_cast<std::byte*>(view.bytes.data());
  return torch::from_blob(
      bytes, view.shape, [mapping = std::move(mapping)](void*) {}, type);
}

io::Bytes tensors_bytes(const std::map<std::string, Tensor>& tensors,
                        const std::map<std::string, std::string>& metadata) {
  const auto dense = densely(tensors);
  return io::safetensors_bytes(views_of(dense), metadata);
}

void save_tensors(const std::map<std::string, Tensor>& tensors, const io::fs::path& path,
                  const std::map<std::string, std::string>& metadata) {
  const auto dense = densely(tensors);
  io::write_safetensors(path, views_of(dense), metadata);
}

}  // namespace imagine::nn
