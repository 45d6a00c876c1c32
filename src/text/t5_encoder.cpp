#include "text/t5_encoder.h"

#include <iomanip>

#include <torch/utils.h>

#include "core/check.h"
#include "core/random.h"
#include "io/weight_files.h"
#include "nn/weights.h"
#include "text/t5.h"
#include "text/t5_weights.h"
#include "text/token_batch.h"
#include "text/tokenizer_file.h"

namespace imagine::text {
namespace {

constexpr int64_t kUsualLength = 77;  // tokens; an encoder of relative places has no limit

int64_t most(const TextLength& length) { return length.most.value_or(kUsualLength); }

class T5Encoder : public TextEncoder {
 public:
  T5Encoder(io::WeightFiles weights, TokenizerFile vocabulary, const T5Config& config,
            torch::Dtype dtype)
      : config_(config),
        dtype_(dtype),
        vocabulary_(std::move(vocabulary)),
        tokenizer_(t5_tokenizer(vocabulary_, config.vocab_size)),
        weights_(std::move(weights)) {
    constexpr int64_t kBits = 8;  // no way of storing takes less than one for a number
    check<FormatError>(config.parameters() / kBits <= int64_t(weights_.bytes()),
                       weights_.path().string(), ": expected a network of ", config.parameters(),
                       " parameters, got ", weights_.bytes(), " bytes");
    network_ = T5(config);
    nn::load_weights(*network_, weights_,
                     {.dtype = std::nullopt, .mapped = true, .rename = t5_names(weights_)});
    network_->eval();
  }

  TextEmbedding encode(const std::vector<std::string>& prompts, const TextLength& length,
                       const StopCheck& stop) const override {
    const torch::NoGradGuard no_grad;
    const auto device = network_->words->weight.device();
    const auto batch = token_batch(tokenizer_, prompts, most(length), length);
    const auto ids = batch.ids.to(device), mask = batch.mask.to(device);
    auto network = network_;  // a const holder cannot be called, its copy can
    return {.states = network(ids, mask, dtype_, stop), .mask = mask};
  }

  PromptLength measure(const std::string& prompt, const TextLength& length) const override {
    return prompt_length(tokenizer_, prompt, most(length), length);
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

std::unique_ptr<TextEncoder> load_t5_encoder(const fs::path& place, torch::Dtype dtype,
                                             const fs::path& replaced) {
  auto weights = t5_files(place);
  const auto config = t5_config_at(place, weights);
  auto vocabulary = t5_vocabulary_at(place, weights, replaced);
  return std::make_unique<T5Encoder>(std::move(weights), std::move(vocabulary), config, dtype);
}

}  // namespace imagine::text
