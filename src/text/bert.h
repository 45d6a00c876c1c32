/// BERT's encoder (Devlin et al. 2018, arXiv:1810.04805), without its pooler.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nn/frozen.h"
#include "tensor/types.h"

namespace imagine::text {

/// The keys are those of Hugging Face's config.json, plus max_length; the defaults are
/// all-MiniLM-L6-v2.
struct BertConfig {
  std::string model_type = "bert";
  int64_t vocab_size = 30522;
  int64_t hidden_size = 384;
  int64_t num_hidden_layers = 6;
  int64_t num_attention_heads = 12;
  int64_t intermediate_size = 1536;
  int64_t max_position_embeddings = 512;
  int64_t type_vocab_size = 2;
  double layer_norm_eps = 1e-12;
  int64_t max_length = 48;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("model_type", self.model_type, "the architecture");
    field("vocab_size", self.vocab_size, "rows of the token table");
    field("hidden_size", self.hidden_size, "width of the states");
    field("num_hidden_layers", self.num_hidden_layers, "layers");
    field("num_attention_heads", self.num_attention_heads, "heads of each layer");
    field("intermediate_size", self.intermediate_size, "width inside the feed-forward part");
    field("max_position_embeddings", self.max_position_embeddings, "rows of the position table");
    field("type_vocab_size", self.type_vocab_size, "rows of the sentence table; the first is used");
    field("layer_norm_eps", self.layer_norm_eps, "added to the variance in the norms");
    field("max_length", self.max_length, "tokens of a prompt that are read, with [CLS] and [SEP]");
  }

  /// ConfigError, naming `where` and the field, where a value makes no network.
  void validate(const std::string& where) const;
  /// How many numbers the network consists of.
  int64_t parameters() const;
};

struct BertAttentionImpl : torch::nn::Module {
  explicit BertAttentionImpl(const BertConfig& config);
  /// x [B, T, D]; mask [B, 1, 1, T], true where a token stands.
  Tensor forward(const Tensor& x, const Tensor& mask);

  int64_t heads;
  nn::FrozenLinear query, key, value, output;
};
TORCH_MODULE(BertAttention);

/// Attention, then a feed-forward part; a norm after each residual sum.
struct BertLayerImpl : torch::nn::Module {
  explicit BertLayerImpl(const BertConfig& config);
  Tensor forward(const Tensor& x, const Tensor& mask);

  BertAttention attention;
  nn::FrozenLayerNorm attention_norm;
  nn::FrozenLinear expand, contract;
  nn::FrozenLayerNorm output_norm;
};
TORCH_MODULE(BertLayer);

struct BertImpl : torch::nn::Module {
  explicit BertImpl(const BertConfig& config);
  /// ids [B, T] int64, mask [B, T] bool -> the last hidden states [B, T, D]. Tokens that the mask
  /// leaves out are seen by no other; their own states mean nothing.
  Tensor forward(const Tensor& ids, const Tensor& mask);

  nn::FrozenEmbedding words, positions, types;
  nn::FrozenLayerNorm norm;
  std::vector<BertLayer> layers;
};
TORCH_MODULE(Bert);

}  // namespace imagine::text
