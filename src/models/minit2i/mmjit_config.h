/// What one MM-JiT is, the network of MiniT2I: its config.json.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/fields.h"

namespace imagine::models {

/// Named as in the published config.json; the defaults are those of MiniT2I-B/16.
struct MmJitConfig {
  std::int64_t image_size = 512;
  std::int64_t patch_size = 16;
  std::int64_t in_channels = 3;
  std::int64_t txt_input_size = 1024;
  std::int64_t hidden_size = 768;
  std::int64_t txt_hidden_size = 768;
  std::int64_t cond_vec_size = 768;
  std::int64_t depth_double = 17;
  std::int64_t txt_preamble_depth = 2;
  std::int64_t num_heads = 12;
  std::int64_t head_dim = 64;
  double mlp_ratio = 2.6667;
  std::int64_t pca_channels = 128;
  std::int64_t prompt_length = 256;
  std::int64_t n_T = 100;
  std::string prediction = "x";
  std::string sampler = "euler";
  std::int64_t cfg_channels = 3;
  std::vector<double> cfg_interval = {0, 1};
  std::string llm = "google/flan-t5-large";
  // Of the student, which draws in few steps without guidance; of others left out.
  std::optional<std::int64_t> num_context_tokens = {};
  std::optional<std::int64_t> num_cfg_tokens = {};
  std::optional<std::int64_t> num_interval_tokens = {};
  std::optional<std::int64_t> num_time_tokens = {};
  std::optional<double> omega = {};
  std::optional<double> t_min = {};
  std::optional<double> t_max = {};
  double noise_scale = 2;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("image_size", self.image_size, "side of the pictures in pixels");
    field("patch_size", self.patch_size, "side in pixels of what one token shows");
    field("in_channels", self.in_channels, "3: red, green, blue");
    field("txt_input_size", self.txt_input_size, "width of the text encoder's states");
    field("hidden_size", self.hidden_size, "width of the tokens");
    field("txt_hidden_size", self.txt_hidden_size, "the same, of the text's");
    field("cond_vec_size", self.cond_vec_size, "of layers that nothing reads");
    field("depth_double", self.depth_double, "blocks in which text and picture read each other");
    field("txt_preamble_depth", self.txt_preamble_depth, "blocks of the text alone, before them");
    field("num_heads", self.num_heads, "of every attention");
    field("head_dim", self.head_dim, "width of a head, a multiple of 4");
    field("mlp_ratio", self.mlp_ratio, "width of the feed-forward layers over that of the tokens");
    field("pca_channels", self.pca_channels, "numbers that a patch is pressed into at first");
    field("prompt_length", self.prompt_length, "tokens of the text, filled up with the mask token");
    field("n_T", self.n_T, "denoising steps, where the scheduler says nothing");
    field("prediction", self.prediction, "x: the network predicts the clean picture");
    field("sampler", self.sampler, "euler, or mean_flow of a student");
    field("cfg_channels", self.cfg_channels, "channels that are guided: all");
    field("cfg_interval", self.cfg_interval, "guided from the one t to the other");
    field("llm", self.llm, "whose encoder reads the prompts");
    field("num_context_tokens", self.num_context_tokens, "student: tokens of the whole text");
    field("num_cfg_tokens", self.num_cfg_tokens, "student: tokens of the guidance scale");
    field("num_interval_tokens", self.num_interval_tokens, "student: tokens of t_min, of t_max");
    field("num_time_tokens", self.num_time_tokens, "student: tokens of the step's length");
    field("omega", self.omega, "student: the usual guidance scale");
    field("t_min", self.t_min, "student: guidance is meant from this noise level ...");
    field("t_max", self.t_max, "student: ... to this one");
    field("noise_scale", self.noise_scale, "standard deviation of the noise");
  }

  /// Tokens along a side.
  std::int64_t grid() const { return image_size / patch_size; }
  /// Of a token's queries, of its keys and of its values.
  std::int64_t inner_width() const { return num_heads * head_dim; }
  std::int64_t mlp_width() const;
  bool is_student() const { return num_time_tokens.has_value(); }
  /// Tokens before the text: of a student.
  std::int64_t prefix() const;

  /// How many numbers the double blocks have.
  double parameters() const;

  /// ConfigError naming the field.
  void validate() const;
};

/// ConfigError "where: key: expected ..., got ..." for what makes no network of this kind.
MmJitConfig mmjit_config_of(const Json& json, const std::string& where);

}  // namespace imagine::models
