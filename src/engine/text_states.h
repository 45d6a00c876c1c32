/// The states of prompts, kept on disk where reading them is expensive.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "text/text_encoder.h"

namespace imagine::engine {

/// One file for each text that an encoder read, named by a keyed hash of encoder, length,
/// arithmetic and text; the key is random and lies in FOLDER/key. The text is in none of them; the
/// states are, and who has the encoder can guess words from them: nobody but the owner may read
/// folder and files. What cannot be read or written there is done without.
class TextStates {
 public:
  /// Nothing is kept where `folder` is empty.
  explicit TextStates(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// IMAGINE_CACHE, else imagine/ in the user's folder of caches; empty where there is none.
  static std::filesystem::path default_folder();

  /// The states of `text` as encoder.encode() gives them; [1, T, D].
  TextEmbedding read(const text::TextEncoder& encoder, const std::string& text,
                     const text::TextLength& length, const nn::Arithmetic& arithmetic,
                     const StopCheck& stop = {}) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace imagine::engine
