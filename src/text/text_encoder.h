/// A frozen language model that turns prompts into states for the image networks to attend to.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/stop.h"
#include "nn/packed_product.h"
#include "tensor/types.h"
#include "text/tokenizer.h"

namespace imagine::text {

namespace fs = std::filesystem;

/// Of a prompt, in tokens with the encoder's own before and behind it.
struct PromptLength {
  int64_t tokens = 0;
  int64_t read = 0;  ///< the first so many are: what is longer is cut
};

/// How many tokens of a text are read, its own before and behind it among them.
struct TextLength {
  std::optional<int64_t> most = {};  ///< what is longer is cut; nothing: as the encoder has it
  bool padded = false;               ///< up to `most`, what is shorter
};

class TextEncoder {
 public:
  virtual ~TextEncoder() = default;

  /// The states of each prompt as fp32 [B, T, D] on the encoder's device: T is the longest prompt's
  /// count of tokens, or `length.most` where it pads. Independent of what else is in the batch, up
  /// to rounding. InputError for no prompts, or one that is not UTF-8. A large encoder asks `stop`
  /// between its layers.
  virtual TextEmbedding encode(const std::vector<std::string>& prompts,
                               const TextLength& length = {}, const StopCheck& stop = {}) const = 0;
  /// How much of the prompt encode() reads with that `length`; an encoder that never cuts need not
  /// say.
  virtual PromptLength measure(const std::string& /*prompt*/,
                               const TextLength& /*length*/ = {}) const {
    return {};
  }
  /// The tokens that encode() reads of the prompt with that `length`, in their order; an encoder
  /// whose words are never weighed need not say.
  virtual std::vector<Token> tokens(const std::string& /*prompt*/,
                                    const TextLength& /*length*/ = {}) const {
    return {};
  }
  /// D.
  virtual int64_t width() const = 0;
  /// Tells by config, vocabulary and weights which encoder this is, for caches and checkpoints; the
  /// same on every machine and in every dtype. May read all weights: ask once.
  virtual std::string identity() const = 0;
  /// Moves the weights; encode() follows.
  virtual void to(torch::Device device) = 0;
  /// Says that few texts are read, one after the other: then weights that would be kept in another
  /// form are made so for each text anew, layer by layer, and never all are there.
  virtual void spare_memory() {}
};

/// From a folder with config.json, vocab.txt (or tokenizer.json) and model.safetensors, as `imagine
/// import` writes it, or from a T5 as Hugging Face, ComfyUI and llama.cpp have it (see
/// t5_encoder.h), also a file of its weights alone. config.json's "model_type" decides which
/// encoder it is. `replaced`: another encoder's folder, whose tokenizer serves where this one has
/// none. ConfigError for a type we lack or a config that makes no network, FormatError for files
/// that are not what they should be.
/// Products of bytes are a T5's on a processor alone, and only where its weights fit into memory
/// once more.
std::unique_ptr<TextEncoder> load_text_encoder(const fs::path& place,
                                               const nn::Arithmetic& arithmetic,
                                               const fs::path& replaced = {});

inline std::unique_ptr<TextEncoder> load_text_encoder(const fs::path& place, torch::Dtype dtype,
                                                      const fs::path& replaced = {}) {
  return load_text_encoder(place, nn::Arithmetic{.dtype = dtype}, replaced);
}

}  // namespace imagine::text
