#include "text/t5_encoder.h"

#include <iomanip>

#include <torch/utils.h>

#include "core/check.h"
#include "core/random.h"
#include "io/weight_files.h"
#include "nn/weights.h"
#include "text/t5.h"
#include "text/token_batch.h"
#include "text/tokenizer_file.h"

namespace imagine::text {
namespace {

constexpr int64_t kMaxLength = 77;  // what DeepFloyd IF was trained with

/// From Hugging Face's names to T5Impl's. A whole T5 has a decoder, and may keep its table of words
/// under two names.
nn::Rename names_in(const io::WeightFiles& files) {
  const bool shared = files.tensors().contains("shared.weight");
  return [shared](const std::string& foreign) -> std::optional<std::string> {
    if (foreign.starts_with("shared.")) return "words." + foreign.substr(7);
    if (foreign.starts_with("decoder.") || foreign.starts_with("lm_head.")) return std::nullopt;
    auto name = foreign.starts_with("encoder.") ? foreign.substr(8) : foreign;
    if (name.starts_with("embed_tokens.")) {
      return shared ? std::nullopt : std::optional("words." + name.substr(13));
    }
    if (name == "block.0.layer.0.SelfAttention.relative_attention_bias.weight") {
      return "positions.relative_attention_bias.weight";
    }
    constexpr std::pair<std::string_view, std::string_view> kNames[] = {
        {"final_layer_norm.", "norm."},
        {"layer.0.SelfAttention.", ""},
        {"layer.0.layer_norm.", "attention_norm."},
        {"layer.1.DenseReluDense.", ""},
        {"layer.1.layer_norm.", "feed_forward_norm."}};
    for (const auto& [from, to] : kNames) {
      const auto at = name.find(from);
      if (at != std::string::npos) name.replace(at, from.size(), to);
    }
    return name;
  };
}

class T5Encoder : public TextEncoder {
 public:
  T5Encoder(const fs::path& folder, const T5Config& config, torch::Dtype dtype)
      : config_(config),
        dtype_(dtype),
        vocabulary_(find_tokenizer(folder, kT5Tokenizer)),
        tokenizer_(t5_tokenizer(vocabulary_, config.vocab_size)),
        weights_(io::WeightFiles::find(folder, "model")) {
    check<FormatError>(config.parameters() <= int64_t(weights_.bytes()), weights_.path().string(),
                       ": expected a network of ", config.parameters(), " parameters, got ",
                       weights_.bytes(), " bytes");
    network_ = T5(config);
    nn::load_weights(*network_, weights_,
                     {.dtype = std::nullopt, .mapped = true, .rename = names_in(weights_)});
    network_->eval();
  }

  TextEmbedding encode(const std::vector<std::string>& prompts,
                       std::optional<int64_t> length) const override {
    const torch::NoGradGuard no_grad;
    const auto device = network_->words->weight.device();
    const auto batch = token_batch(tokenizer_, prompts, kMaxLength, length);
    const auto ids = batch.ids.to(device), mask = batch.mask.to(device);
    auto network = network_;  // a const holder cannot be called, its copy can
    return {.states = network(ids, mask, dtype_), .mask = mask};
  }

  int64_t width() const override { return config_.d_model; }

  std::string identity() const override {
    const auto parts = concat(weights_.fingerprint(), ' ', stable_hash(vocabulary_.content), ' ',
                              config_.layer_norm_epsilon, ' ', config_.num_heads, ' ',
                              config_.relative_attention_max_distance);
    return concat("t5-", std::hex, std::setw(16), std::setfill('0'), stable_hash(parts));
  }

  void to(torch::Device device) override { network_->to(device); }

 private:
  T5Config config_;
  torch::Dtype dtype_;
  TokenizerFile vocabulary_;
  SentencePiece tokenizer_;
  io::WeightFiles weights_;
  T5 network_{nullptr};
};

}  // namespace

std::unique_ptr<TextEncoder> load_t5_encoder(const fs::path& folder, const Json& config,
                                             torch::Dtype dtype) {
  const auto where = (folder / "config.json").string();
  return std::make_unique<T5Encoder>(folder, t5_config_of(config, where), dtype);
}

}  // namespace imagine::text
