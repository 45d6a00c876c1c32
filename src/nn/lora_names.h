/// What the names in a file of low-rank changes stand for: those that diffusers 0.17 to 0.42, PEFT
/// and kohya's scripts write.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace imagine::nn {

/// The network that changes are made for.
struct LoraTarget {
  std::string prefix = {};  // of its layers' names in a file, or nothing: "unet."
  std::vector<std::string> layers =
      {};  // with weights that can change: "mid_block.resnets.0.conv1"
  std::vector<std::string> unread = {};  // beginnings of names of layers that change no picture
};

/// What a tensor is to its layer.
enum class LoraPart {
  down,       // A
  up,         // B
  alpha,      // the scale times the rank
  bias,       // B's, added to the layer's own
  magnitude,  // DoRA's, the lengths of the changed weight's rows
};

struct LoraName {
  std::string layer;
  LoraPart part;
  std::string adapter;  // as PEFT calls the changes that belong together; mostly empty
};

/// Reads names for one network, which may begin with PEFT's "base_model.model." and the network's
/// prefix:
///  - of diffusers and PEFT: LAYER.lora_A.weight, LAYER.lora_A.ADAPTER.weight, lora_B alike,
///    LAYER.lora_B.bias, LAYER.lora_magnitude_vector; LAYER.lora.down.weight, LAYER.lora.up.weight
///  - of the attention processors of diffusers 0.17: ATTENTION.processor.to_q_lora.down.weight,
///    add_k_proj_lora and others alike; to_out_lora changes to_out.0
///  - of kohya's scripts: lora_unet_LAYER.lora_down.weight, .lora_up.weight, .alpha, the dots in
///  the
///    layer's name written as underscores
class LoraNames {
 public:
  explicit LoraNames(const LoraTarget& target);

  /// FormatError for changes of another kind (LoHa, LoKr, OFT ...) and of the text encoder, both by
  /// their name, for an underscored name that is no layer's or several layers', and for all others.
  /// It begins with `place`.
  LoraName parsed(const std::string& name, const std::string& place) const;

 private:
  std::string layer_of(std::string name, const std::string& place) const;

  std::string prefix_;
  std::map<std::string, std::vector<std::string>> layers_;  // by their names with underscores
};

}  // namespace imagine::nn
