/// For tests: a BERT of a few thousand random weights, as a folder in Hugging Face's layout.
#pragma once

#include <filesystem>
#include <gtest/gtest.h>
#include <map>
#include <string>

#include <torch/utils.h>

#include "core/check.h"
#include "core/fields.h"
#include "io/file.h"
#include "io/safetensors.h"
#include "text/tokenizer_fixture.h"

namespace imagine::text {

struct TinyBert {
  Json config = {{"model_type", "bert"},     {"vocab_size", 9},
                 {"hidden_size", 8},         {"num_hidden_layers", 2},
                 {"num_attention_heads", 2}, {"intermediate_size", 16},
                 {"hidden_act", "gelu"},     {"max_position_embeddings", 12},
                 {"type_vocab_size", 2},     {"layer_norm_eps", 1e-12},
                 {"max_length", 20},         {"architectures", {"BertModel"}}};
  std::string vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nred\napple\n##s\n,\n";
  std::map<std::string, torch::Tensor> tensors = weights();

  static std::map<std::string, torch::Tensor> weights() {
    torch::manual_seed(1);
    std::map<std::string, torch::Tensor> made;
    const auto add = [&](const std::string& name, torch::IntArrayRef shape) {
      made[name + ".weight"] = torch::randn(shape);
      made[name + ".bias"] = torch::randn({shape[0]});
    };
    made["embeddings.position_ids"] = torch::arange(12).unsqueeze(0);
    made["embeddings.word_embeddings.weight"] = torch::randn({9, 8});
    made["embeddings.position_embeddings.weight"] = torch::randn({12, 8});
    made["embeddings.token_type_embeddings.weight"] = torch::randn({2, 8});
    add("embeddings.LayerNorm", {8});
    add("pooler.dense", {8, 8});
    for (int i = 0; i < 2; ++i) {
      const auto layer = concat("encoder.layer.", i, ".");
      for (const auto* name : {"query", "key", "value"})
        add(layer + "attention.self." + name, {8, 8});
      add(layer + "attention.output.dense", {8, 8});
      add(layer + "attention.output.LayerNorm", {8});
      add(layer + "intermediate.dense", {16, 8});
      add(layer + "output.dense", {8, 16});
      add(layer + "output.LayerNorm", {8});
    }
    return made;
  }

  /// What transformers 5 writes in place of vocab.txt.
  Json tokenizer_json() const {
    auto json = TokenizerFixture::bert(vocabulary);
    const auto& ids = json["model"]["vocab"];
    for (auto& token : json["added_tokens"]) token["id"] = ids[token["content"].get<std::string>()];
    for (auto& [piece, special] : json["post_processor"]["special_tokens"].items()) {
      special["ids"] = {ids[piece]};
    }
    return json;
  }

  /// Writes the folder `name` among the test's temporary files.
  std::filesystem::path write(const std::string& name) const {
    const auto folder = std::filesystem::path(testing::TempDir()) / name;
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    io::write_file(folder / "config.json", config.dump());
    io::write_file(folder / "vocab.txt", vocabulary);
    std::map<std::string, io::TensorView> views;
    for (const auto& [key, tensor] : tensors) {
      const auto* bytes = static_cast<const std::byte*>(tensor.const_data_ptr());
      const auto type = tensor.is_floating_point() ? io::DType::f32 : io::DType::i64;
      views[key] = {type, tensor.sizes().vec(), {bytes, tensor.nbytes()}};
    }
    io::write_safetensors(folder / "model.safetensors", views);
    return folder;
  }
};

}  // namespace imagine::text
