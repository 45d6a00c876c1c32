#include "text/bert_encoder.h"

#include <iomanip>
#include <span>
#include <string_view>
#include <utility>

#include <torch/utils.h>

#include "core/check.h"
#include "core/random.h"
#include "io/file.h"
#include "io/safetensors.h"
#include "text/bert_weights.h"
#include "text/token_batch.h"
#include "text/tokenizer_file.h"

namespace imagine::text {
namespace {

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class BertEncoder : public TextEncoder {
 public:
  BertEncoder(const fs::path& folder, BertConfig config, torch::Dtype dtype)
      : config_(std::move(config)),
        vocabulary_(find_tokenizer(folder, kBertTokenizer)),
        tokenizer_(bert_tokenizer(vocabulary_, config_.vocab_size)),
        weights_(folder / "model.safetensors"),
        bert_(load_bert(config_, weights_, {.dtype = dtype, .mapped = true})) {}

  TextEmbedding encode(const std::vector<std::string>& prompts, const TextLength& length,
                       const StopCheck&) const override {
    const torch::NoGradGuard no_grad;
    const auto batch = token_batch(tokenizer_, prompts, config_.max_length, length);
    const auto device = bert_->words->weight.device();
    const auto mask = batch.mask.to(device);
    // TORCH_MODULE's holder is a shared pointer: a const copy of it can still be called.
    auto bert = bert_;
    return {.states = bert(batch.ids.to(device), mask).to(torch::kFloat32), .mask = mask};
  }

  PromptLength measure(const std::string& prompt, const TextLength& length) const override {
    return prompt_length(tokenizer_, prompt, config_.max_length, length);
  }

  std::vector<Token> tokens(const std::string& prompt, const TextLength& length) const override {
    return tokens_read(tokenizer_, prompt, config_.max_length, length);
  }

  int64_t width() const override { return config_.hidden_size; }

  std::string identity() const override {
    const auto parts = concat(to_json(config_).dump(), ' ', stable_hash(vocabulary_.content), ' ',
                              stable_hash(text_of(weights_.mapping()->bytes())));
    return concat("bert-", std::hex, std::setw(16), std::setfill('0'), stable_hash(parts));
  }

  void to(torch::Device device) override { bert_->to(device); }

 private:
  BertConfig config_;
  TokenizerFile vocabulary_;
  WordPiece tokenizer_;
  io::SafetensorsFile weights_;
  Bert bert_;
};

}  // namespace

std::unique_ptr<TextEncoder> load_bert_encoder(const fs::path& folder, const Json& config,
                                               torch::Dtype dtype) {
  const auto where = (folder / "config.json").string();
  auto bert = from_json<BertConfig>(config, where);
  bert.validate(where);
  return std::make_unique<BertEncoder>(folder, std::move(bert), dtype);
}

}  // namespace imagine::text
