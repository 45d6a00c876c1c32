#include "text/t5_encoder.h"

#include <iomanip>
#include <mutex>
#include <utility>

#include <torch/utils.h>

#include "core/check.h"
#include "core/random.h"
#include "io/weight_files.h"
#include "nn/weights.h"
#include "text/packed_t5.h"
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
            const nn::Arithmetic& arithmetic)
      : config_(config),
        arithmetic_(arithmetic),
        vocabulary_(std::move(vocabulary)),
        tokenizer_(t5_tokenizer(vocabulary_, config.vocab_size)),
        weights_(std::move(weights)) {
    constexpr int64_t kBits = 8;  // no way of storing takes less than one for a number
    check<FormatError>(config.parameters() / kBits <= int64_t(weights_.bytes()),
                       weights_.path().string(), ": expected a network of ", config.parameters(),
                       " parameters, got ", weights_.bytes(), " bytes");
    network_ = loaded();
  }

  TextEmbedding encode(const std::vector<std::string>& prompts, const TextLength& length,
                       const StopCheck& stop) const override {
    const torch::NoGradGuard no_grad;
    const auto device = network_->words->weight.device();
    const auto batch = token_batch(tokenizer_, prompts, most(length), length);
    const auto ids = batch.ids.to(device), mask = batch.mask.to(device);
    if (spares_ && packs(*network_)) {
      auto network = loaded();
      nn::pack(*network, /*mapped=*/true);
      return {.states = read_packing(network, packing(), {.ids = ids, .mask = mask}, stop),
              .mask = mask};
    }
    if (const auto* packed = packed_network()) {
      return {.states = packed->forward({.ids = ids, .mask = mask}, stop), .mask = mask};
    }
    auto network = network_;  // a const holder cannot be called, its copy can
    return {.states = network(ids, mask, arithmetic_.dtype, stop), .mask = mask};
  }

  PromptLength measure(const std::string& prompt, const TextLength& length) const override {
    return prompt_length(tokenizer_, prompt, most(length), length);
  }

  std::vector<Token> tokens(const std::string& prompt, const TextLength& length) const override {
    return tokens_read(tokenizer_, prompt, most(length), length);
  }

  int64_t width() const override { return config_.d_model; }

  std::string identity() const override {
    const auto parts = concat(weights_.fingerprint(), ' ', stable_hash(vocabulary_.content), ' ',
                              config_.layer_norm_epsilon, ' ', config_.num_heads, ' ',
                              config_.relative_attention_max_distance);
    return concat("t5-", std::hex, std::setw(16), std::setfill('0'), stable_hash(parts));
  }

  void to(torch::Device device) override {
    if (packed_) network_ = loaded();
    packed_.reset();
    is_decided_ = false;
    network_->to(device);
  }

  void spare_memory() override { spares_ = true; }

 private:
  T5 loaded() const {
    T5 network(config_);
    nn::load_weights(*network, weights_,
                     {.dtype = std::nullopt, .mapped = true, .rename = t5_names(weights_)});
    network->eval();
    return network;
  }

  /// Whether packed weights are faster, and fit beside the file.
  bool packs(const T5Impl& network) const {
    const auto size = packing().bytes ? 1 : c10::elementSize(arithmetic_.dtype);
    const bool fits = nn::fits_packed(double(config_.parameters()) * double(size));
    return gains_by_packing(packing()) && fits && network.words->weight.is_cpu();
  }

  nn::Arithmetic packing() const {
    return {.dtype = arithmetic_.dtype, .bytes = arithmetic_.bytes && nn::can_multiply_bytes()};
  }

  /// Packs, where that is better, when the first prompt comes; else null.
  const PackedT5* packed_network() const {
    const std::lock_guard lock(packing_);
    if (std::exchange(is_decided_, true)) return packed_.get();
    if (!packs(*network_)) return nullptr;
    auto network = network_;  // a const holder cannot be called, its copy can
    nn::pack(*network, /*mapped=*/true);
    packed_ = std::make_unique<PackedT5>(network, packing());
    return packed_.get();
  }

  T5Config config_;
  nn::Arithmetic arithmetic_;
  TokenizerFile vocabulary_;
  SentencePiece tokenizer_;
  io::WeightFiles weights_;
  T5 network_{nullptr};
  bool spares_ = false;
  mutable std::mutex packing_;
  mutable bool is_decided_ = false;             // under the mutex, as is the next one
  mutable std::unique_ptr<PackedT5> packed_{};  // in place of the network's blocks
};

}  // namespace

std::unique_ptr<TextEncoder> load_t5_encoder(const fs::path& place,
                                             const nn::Arithmetic& arithmetic,
                                             const fs::path& replaced) {
  auto weights = t5_files(place);
  const auto config = t5_config_at(place, weights);
  auto vocabulary = t5_vocabulary_at(place, weights, replaced);
  return std::make_unique<T5Encoder>(std::move(weights), std::move(vocabulary), config, arithmetic);
}

}  // namespace imagine::text
