#include "nn/stored.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include <torch/utils.h>

#include "core/check.h"
#include "io/json_file.h"
#include "nn/tensor_file.h"

namespace imagine::nn {
namespace {

using io::DType;

constexpr std::string_view kForeignScale = ".scale_weight", kOurScale = ".weight_scale";
constexpr std::string_view kQuant = ".comfy_quant";
constexpr auto kQuantTexts = "_quantization_metadata";  // the same for all layers, in the header
constexpr int64_t kBlock = 32, kBlockBytes = 34;        // of Q8_0

bool is_float8(DType dtype) { return dtype == DType::f8_e4m3 || dtype == DType::f8_e5m2; }

/// Of no use to whoever only draws.
bool is_marker(std::string_view name) {
  return name == "scaled_fp8" || name.ends_with(".scaled_fp8") || name.ends_with(".scale_input") ||
         name.ends_with(".input_scale");
}

std::string with_our_ending(const std::string& name) {
  if (!name.ends_with(kForeignScale)) return name;
  return concat(name.substr(0, name.size() - kForeignScale.size()), kOurScale);
}

/// Of what comfy_quant says about a layer: the type that its weight has; nullopt where it is stored
/// in a way that is not read.
std::optional<DType> float8_of(const Json& quant) {
  const auto format = quant.is_object() ? quant.value("format", Json()) : quant;
  if (format == "float8_e4m3fn") return DType::f8_e4m3;
  if (format == "float8_e5m2") return DType::f8_e5m2;
  return std::nullopt;
}

/// What ComfyUI wrote about each layer, by the layer's name: in the header or in tensors.
std::map<std::string, Json> quants_of(const io::WeightFiles& files) {
  std::map<std::string, Json> quants;
  const auto where = files.path().string();
  if (const auto found = files.metadata().find(kQuantTexts);
      found != files.metadata().end() && found->is_string()) {
    const auto place = concat(where, ": ", kQuantTexts);
    const auto json = io::parse_json(found->get_ref<const std::string&>(), place);
    const auto layers = json.is_object() ? json.value("layers", Json()) : Json();
    check<FormatError>(layers.is_object(), place, ": expected an object layers, got ",
                       layers.type_name());
    for (const auto& [layer, quant] : layers.items()) quants[layer] = quant;
  }
  for (const auto& [name, entry] : files.tensors()) {
    if (!name.ends_with(kQuant)) continue;
    const auto bytes = entry.view.bytes;
    quants[name.substr(0, name.size() - kQuant.size())] = io::parse_json(
        {reinterpret_cast<const char*>(bytes.data()), bytes.size()}, concat(where, ": ", name));
  }
  return quants;
}

/// One scale for all of a weight, or one for each row.
bool scale_fits(const io::TensorView& scale, const io::TensorView& weight) {
  const auto rows = weight.shape.empty() ? 1 : weight.shape[0];
  if (!is_float8(weight.dtype)) {
    return scale.dtype == DType::f32 && scale.shape == std::vector<int64_t>{rows};
  }
  int64_t count = 1;
  for (const auto side : scale.shape) count *= side;  // no more than the file has bytes
  const bool per_row = count == rows && !scale.shape.empty() && scale.shape[0] == rows;
  return (scale.dtype == DType::f32 || scale.dtype == DType::f16 || scale.dtype == DType::bf16) &&
         (count == 1 || per_row);
}

/// Q8_0's blocks taken apart: a copy, the scales among the values leave no other way.
Quantized unblocked(const io::TensorView& view) {
  const auto blocks = int64_t(view.bytes.size()) / kBlockBytes;
  auto* bytes = const_cast<std::byte*>(view.bytes.data());
  const auto all = torch::from_blob(bytes, {blocks, kBlockBytes}, torch::kChar);
  const auto rows = view.shape[0];
  return {.values = all.narrow(1, 2, kBlock).contiguous().view(view.shape),
          .scale = all.narrow(1, 0, 2).contiguous().view(torch::kHalf).view({rows, -1})};
}

class Collector {
 public:
  Collector(const io::WeightFiles& files, const Rename& rename, Offenders& offenders)
      : files_(files), rename_(rename), offenders_(offenders), quants_(quants_of(files)) {}

  std::map<std::string, StoredWeight> collect() {
    for (const auto& [name, entry] : files_.tensors()) add(name, entry);
    attach_scales();
    return std::move(weights_);
  }

 private:
  void add(const std::string& name, io::WeightFiles::Entry entry) {
    if (is_marker(name) || name.ends_with(kQuant)) return;
    const auto own = with_our_ending(name);
    const auto target = rename_ ? rename_(own) : own;
    if (!target) return;
    const auto dot = name.rfind('.');
    const auto quant = quants_.find(name.substr(0, dot));
    if (quant != quants_.end() && name.substr(dot + 1) == "weight") {
      const auto dtype = float8_of(quant->second);
      if (!dtype) {
        offenders_.add(name, ": expected a weight stored as float8_e4m3fn or float8_e5m2, got ",
                       quant->second.dump(-1, ' ', true, Json::error_handler_t::replace));
      } else if (entry.view.dtype == DType::u8) {
        entry.view.dtype = *dtype;
      }
    }
    if (!weights_.emplace(*target, StoredWeight{std::move(entry)}).second) {
      offenders_.add(name, ": a second tensor for ", *target);
    }
  }

  void attach_scales() {
    for (auto& [name, weight] : weights_) {
      const auto& view = weight.entry.view;
      if (view.dtype != DType::i8 && !is_float8(view.dtype)) continue;
      const auto scale = weights_.find(name + kScaleSuffix);
      if (scale == weights_.end()) continue;
      if (!scale_fits(scale->second.entry.view, view)) {
        const auto& found = scale->second.entry.view;
        offenders_.add(scale->first, ": expected [", view.shape.empty() ? 1 : view.shape[0],
                       "] F32, got ", torch::IntArrayRef(found.shape), ' ', io::type_name(found));
      }
      weight.scale = scale->second.entry;
      attached_.insert(scale->first);
    }
    for (const auto& name : attached_) weights_.erase(name);
  }

  const io::WeightFiles& files_;
  const Rename& rename_;
  Offenders& offenders_;
  std::map<std::string, Json> quants_;
  std::map<std::string, StoredWeight> weights_;
  std::set<std::string> attached_;
};

}  // namespace

bool StoredWeight::is_floating_point() const {
  constexpr std::array kFloating = {DType::f64,  DType::f32,     DType::f16,
                                    DType::bf16, DType::f8_e4m3, DType::f8_e5m2};
  const bool floating = std::ranges::find(kFloating, entry.view.dtype) != kFloating.end();
  return floating || is_scaled();
}

bool StoredWeight::is_scaled() const {
  return scale.has_value() || (entry.view.dtype == DType::q8_0 && !entry.view.shape.empty());
}

Quantized StoredWeight::read() const {
  const auto& [view, mapping] = entry;
  if (view.dtype == DType::q8_0) return unblocked(view);
  Quantized weight{.values = tensor_from(view, mapping), .scale = {}};
  if (!scale) return weight;
  weight.scale = tensor_from(scale->view, scale->mapping).flatten();
  if (weight.scale.scalar_type() != torch::kFloat) weight.scale = weight.scale.to(torch::kFloat);
  if (weight.scale.numel() == 1) {
    weight.scale = weight.scale.expand({weight.values.size(0)}).contiguous();
  }
  return weight;
}

Tensor StoredWeight::numbers() const {
  const auto stored = read();
  return stored.scale.defined() ? dequantized(stored) : stored.values;
}

std::map<std::string, StoredWeight> stored_weights(const io::WeightFiles& files,
                                                   const Rename& rename, Offenders& offenders) {
  return Collector(files, rename, offenders).collect();
}

}  // namespace imagine::nn
