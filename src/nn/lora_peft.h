/// How much of each low-rank change is added, as PEFT (0.21) says it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/fields.h"

namespace imagine::nn {

/// PEFT's LoraConfig: what adapter_config.json says, and diffusers in a file's metadata.
class PeftConfig {
 public:
  /// FormatError, beginning with `where`, for fields of wrong types and numbers that are not
  /// finite, and by their field for ways of changing a network that need more than the file's
  /// tensors (init_lora_weights "pissa", kasa_config, modules_to_save ...).
  PeftConfig(const Json& json, std::string where);

  /// Of layers with those ranks: alpha / rank, or with use_rslora alpha / sqrt(rank). A layer's
  /// rank and alpha are those of the first pattern that the end of its name matches, from a dot
  /// on, as regular expressions; else r and lora_alpha. FormatError where the config says another
  /// rank, and for patterns that are no regular expressions without look-around and references.
  std::map<std::string, double> scales(const std::map<std::string, std::int64_t>& ranks) const;

  bool dora() const { return dora_; }
  bool biased() const { return biased_; }
  const std::string& where() const { return where_; }

 private:
  using Patterns = std::vector<std::pair<std::string, double>>;  // in the order of the file

  Patterns read_patterns(const Json& json, const char* field) const;
  std::map<std::string, double> values(const Patterns& patterns, double otherwise,
                                       const std::map<std::string, std::int64_t>& ranks) const;

  std::string where_;
  double rank_ = 8, alpha_ = 8;  // PEFT's defaults
  Patterns ranks_, alphas_;
  bool rank_stabilized_ = false, dora_ = false, biased_ = false;
};

/// The config in the JSON that diffusers writes under this name into a file's metadata: of the keys
/// that begin with `prefix` ("unet.") where one does, else of all.
inline constexpr const char* kAdapterMetadata = "lora_adapter_metadata";
PeftConfig peft_config_of_metadata(const std::string& text, const std::string& prefix,
                                   const std::string& where);

}  // namespace imagine::nn
