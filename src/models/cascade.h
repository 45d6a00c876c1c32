/// A model as a cascade of stages: what every family's folders come to.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/stage.h"
#include "text/text_encoder.h"

namespace imagine::models {

/// How networks want a prompt read.
struct TextRule {
  std::filesystem::path text_encoder;
  std::uint64_t bytes = 0;              ///< of its weight files
  std::filesystem::path replaced = {};  ///< the model's own encoder, where another is in its place
  text::TextLength text_length = {};    ///< that the networks read
  /// Whether "nothing named" is the encoder's reading of an empty text; else the networks know it.
  bool encodes_no_text = false;
  bool reads_empty = false;  ///< an empty prompt is drawn, as the published program does
  bool lower_cases = false;  ///< prompts, before they are read
  std::int64_t width = 0;    ///< of the states that the networks read; 0: they say so themselves
  std::string usual = {};    ///< the encoder's public name, where the folder says it
  bool int8 = false;         ///< read with products of bytes, as networks of bytes draw
};

struct CascadeStage {
  std::shared_ptr<const StageSpec> spec;
  std::size_t text_rule;  ///< index into the cascade's
};

struct Cascade {
  std::string name;
  std::string licence = {};  ///< of the weights; empty where the folder does not say
  int default_size = 0;
  std::vector<TextRule> text_rules = {};
  std::vector<CascadeStage> stages = {};

  /// It reads prompts by the last of the rules.
  void add_stage(std::shared_ptr<const StageSpec> spec) {
    stages.push_back({.spec = std::move(spec), .text_rule = text_rules.size() - 1});
  }
};

/// A kind of model folders: how one is recognised and read. A new kind is a folder here with one of
/// these in families.cpp.
struct Family {
  bool (*recognises)(const std::filesystem::path& folder);
  /// Reads and checks all configurations, no weights. FormatError or ConfigError names the file.
  Cascade (*open)(const std::filesystem::path& folder);
  /// Whether our super-resolution may go on where its last stage ends.
  bool takes_upscaler;
};

}  // namespace imagine::models
