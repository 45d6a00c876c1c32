#include "models/deepfloyd_if/if_unet_config.h"

#include <algorithm>

#include "core/foreign_config.h"

namespace imagine::models {
namespace {

constexpr int64_t kMaxLevels = 8, kMaxLayers = 64, kMaxWidth = 1 << 16, kMaxSide = 1 << 14;

/// Reads the keys of one file; knows how many levels the U-Net has.
class Reader {
 public:
  Reader(const Json& json, const std::string& where) : file(json, where) {
    const auto channels = file.required<std::vector<int64_t>>("block_out_channels");
    check<ConfigError>(2 <= std::ssize(channels) && std::ssize(channels) <= kMaxLevels, where,
                       ": block_out_channels: expected 2 to ", kMaxLevels, " levels, got ",
                       channels.size());
    levels.resize(channels.size());
    for (std::size_t i = 0; i < levels.size(); ++i) {
      levels[i].channels = in_range("block_out_channels", channels[i], 1, kMaxWidth);
    }
  }

  int64_t in_range(const char* key, int64_t value, int64_t low, int64_t high) const {
    check<ConfigError>(low <= value && value <= high, file.where(), ": ", key, ": expected ", low,
                       " to ", high, ", got ", value);
    return value;
  }

  int64_t size(const char* key, int64_t otherwise, int64_t most) {
    return in_range(key, file.value(key, otherwise), 1, most);
  }

  /// One value for all levels, or a list with one for each.
  template <class Value>
  std::vector<Value> each(const char* key, Value otherwise, bool needed) {
    if (!file.is_list(key)) {
      const auto one = needed ? file.required<Value>(key) : file.value(key, otherwise);
      return std::vector<Value>(levels.size(), one);
    }
    auto values = file.required<std::vector<Value>>(key);
    check<ConfigError>(values.size() == levels.size(), file.where(), ": ", key, ": expected ",
                       levels.size(), " values, got ", values.size());
    return values;
  }

  /// Whether each block is of the kind that attends. Up blocks are listed from small to large.
  std::vector<bool> attends(const char* key, const std::string& plain, const std::string& cross) {
    const auto kinds = file.required<std::vector<std::string>>(key);
    check<ConfigError>(kinds.size() == levels.size(), file.where(), ": ", key, ": expected ",
                       levels.size(), " blocks, got ", kinds.size());
    std::vector<bool> result;
    for (const auto& kind : kinds) {
      check<ConfigError>(kind == plain || kind == cross, file.where(), ": ", key, ": expected ",
                         plain, " or ", cross, ", got \"", kind, '"');
      result.push_back(kind == cross);
    }
    return result;
  }

  std::string one_of(const char* key, const std::string& otherwise,
                     const std::vector<std::string>& known) {
    const auto value = file.value(key, otherwise);
    const bool is_known = std::ranges::find(known, value) != known.end();
    std::string list;
    for (const auto& name : known) list += concat(list.empty() ? "" : " or ", name);
    check<ConfigError>(is_known, file.where(), ": ", key, ": expected ", list, ", got \"", value,
                       '"');
    return value;
  }

  void read_levels() {
    const auto layers = each<int64_t>("layers_per_block", 0, true);
    const auto text = each<int64_t>("cross_attention_dim", 0, true);
    const auto heads = each<int64_t>("attention_head_dim", 0, true);
    const auto only = each<bool>("only_cross_attention", false, false);
    const auto down =
        attends("down_block_types", "ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D");
    const auto up = attends("up_block_types", "ResnetUpsampleBlock2D", "SimpleCrossAttnUpBlock2D");
    for (std::size_t i = 0; i < levels.size(); ++i) {
      const auto mirrored = levels.size() - 1 - i;
      auto& level = levels[i];
      level.layers = in_range("layers_per_block", layers[i], 1, kMaxLayers);
      level.text_width = in_range("cross_attention_dim", text[i], 1, kMaxWidth);
      level.head_width = in_range("attention_head_dim", heads[i], 1, kMaxWidth);
      // diffusers does not mirror the head widths on the way up
      level.up_head_width = in_range("attention_head_dim", heads[mirrored], 1, kMaxWidth);
      level.only_text = only[i];
      level.attends_down = down[i];
      level.attends_up = up[mirrored];
    }
  }

  ForeignConfig file;
  std::vector<IfLevel> levels;
};

/// What IF's U-Nets never are, and we do not build.
void refuse_the_rest(ForeignConfig& file) {
  file.insist("addition_embed_type", "text");
  file.expect("encoder_hid_dim_type", "text_proj");
  file.insist("mid_block_type", "UNetMidBlock2DSimpleCrossAttn");
  file.expect("time_embedding_type", "positional");
  file.expect("class_embeddings_concat", false);
  for (const auto* key : {"num_class_embeds", "num_attention_heads", "timestep_post_act",
                          "time_cond_proj_dim", "projection_class_embeddings_input_dim"}) {
    file.expect(key, nullptr);
  }
  // Of other block types, or of training alone.
  file.ignore({"attention_type", "dropout", "dual_cross_attention", "downsample_padding",
               "transformer_layers_per_block", "reverse_transformer_layers_per_block",
               "upcast_attention", "use_linear_projection", "addition_time_embed_dim"});
}

void check_divides(const std::string& where, const char* key, int64_t value, int64_t by) {
  check<ConfigError>(value % by == 0, where, ": ", key, ": expected a multiple of ", by, ", got ",
                     value);
}

void check_widths(const IfUnetConfig& config, const std::string& where) {
  for (const auto& level : config.levels) {
    check_divides(where, "block_out_channels", level.channels, config.groups);
    if (level.attends_down) {
      check_divides(where, "block_out_channels", level.channels, level.head_width);
    }
    if (level.attends_up) {
      check_divides(where, "block_out_channels", level.channels, level.up_head_width);
    }
    if (config.text_norm == "group_norm") {
      check_divides(where, "cross_attention_dim", level.text_width, kIfTextGroups);
    }
    check<ConfigError>(level.text_width == config.levels.front().text_width, where,
                       ": cross_attention_dim: expected the same for all levels, got others");
  }
  check_divides(where, "block_out_channels", config.levels.back().channels,
                config.levels.back().head_width);
  check_divides(where, "block_out_channels", config.levels.front().channels, 2);
  check_divides(where, "encoder_hid_dim", config.encoder_width, config.pool_heads);
  check<ConfigError>(config.frequency_shift < config.levels.front().channels / 2, where,
                     ": freq_shift: expected less than half of block_out_channels, got ",
                     config.frequency_shift);
}

double factor(Reader& reader, const char* key) {
  const auto value = reader.file.value(key, 1.0);
  check<ConfigError>(value > 0, reader.file.where(), ": ", key, ": expected above 0, got ", value);
  return value;
}

}  // namespace

IfUnetConfig if_unet_config_of(const Json& json, const std::string& where) {
  Reader reader(json, where);
  auto& file = reader.file;
  reader.read_levels();
  const auto activation = [&](const char* name, const char* otherwise) {
    return reader.one_of(name, otherwise, {"gelu", "silu", "swish"}) == "gelu"
               ? nn::Activation::gelu
               : nn::Activation::silu;  // also called swish
  };
  IfUnetConfig config;
  config.levels = reader.levels;
  config.size = reader.size("sample_size", config.size, kMaxSide);
  config.in_channels = reader.in_range("in_channels", file.required<int64_t>("in_channels"), 3, 6);
  config.out_channels =
      reader.in_range("out_channels", file.required<int64_t>("out_channels"), 3, 6);
  check_divides(where, "in_channels", config.in_channels, 3);
  check_divides(where, "out_channels", config.out_channels, 3);
  config.activation = activation("act_fn", "silu");
  if (file.has("time_embedding_act_fn")) {
    config.time_activation = activation("time_embedding_act_fn", "");
  }
  file.ignore({"time_embedding_act_fn"});
  file.expect("quantization_config", our_quantization());
  config.skip_time_activation = file.value("resnet_skip_time_act", false);
  config.scale_shift = reader.one_of("resnet_time_scale_shift", "default",
                                     {"default", "scale_shift"}) == "scale_shift";
  config.text_norm = file.has("cross_attention_norm")
                         ? reader.one_of("cross_attention_norm", "", {"group_norm", "layer_norm"})
                         : "";
  file.ignore({"cross_attention_norm"});
  const bool one_for_all = !file.is_list("only_cross_attention");
  config.mid_only_text =
      file.value("mid_block_only_cross_attention", one_for_all && config.levels.front().only_text);
  file.expect("class_embed_type", "timestep");
  config.told_noise_level = file.has("class_embed_type");
  config.groups = reader.size("norm_num_groups", config.groups, kMaxWidth);
  config.epsilon = file.value("norm_eps", config.epsilon);
  config.kernel_in = reader.size("conv_in_kernel", config.kernel_in, 15);
  config.kernel_out = reader.size("conv_out_kernel", config.kernel_out, 15);
  config.encoder_width =
      reader.in_range("encoder_hid_dim", file.required<int64_t>("encoder_hid_dim"), 1, kMaxWidth);
  config.pool_heads = reader.size("addition_embed_type_num_heads", config.pool_heads, kMaxWidth);
  config.time_width =
      reader.size("time_embedding_dim", 4 * config.levels.front().channels, 4 * kMaxWidth);
  config.cosine_first = file.value("flip_sin_to_cos", true);
  config.frequency_shift = file.value<int64_t>("freq_shift", 0);
  config.out_scale = factor(reader, "resnet_out_scale_factor");
  config.mid_scale = factor(reader, "mid_block_scale_factor");
  config.centered = file.value("center_input_sample", false);
  refuse_the_rest(file);
  file.finish();
  check<ConfigError>(0 < config.epsilon && config.epsilon < 1, where,
                     ": norm_eps: expected a number between 0 and 1, got ", config.epsilon);
  check_widths(config, where);
  return config;
}

}  // namespace imagine::models
