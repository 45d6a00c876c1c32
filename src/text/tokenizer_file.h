/// Where an encoder's tokenizer lies, and what is in it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "text/sentencepiece.h"
#include "text/wordpiece.h"

namespace imagine::text {

constexpr auto kT5Tokenizer = "spiece.model";
constexpr auto kBertTokenizer = "vocab.txt";
constexpr auto kAnyTokenizer = "tokenizer.json";

struct TokenizerFile {
  std::filesystem::path path;  ///< of the file, or of one that holds it
  std::string content;

  /// What it is called on its own.
  std::string name() const;
};

/// The file that holds the tokenizer of the encoder in `folder`: `name`, else the tokenizer.json
/// that transformers 5 writes alone. It lies in the encoder's folder, else in one beside it as
/// diffusers has it: tokenizer_2 for text_encoder_2, else tokenizer. FormatError if there is none.
TokenizerFile find_tokenizer(const std::filesystem::path& folder, const std::string& name);
/// The same; nullopt if there is none.
std::optional<TokenizerFile> tokenizer_of(const std::filesystem::path& folder,
                                          const std::string& name);

/// What is in the file. FormatError names the file and what is wrong with it, or that its ids reach
/// beyond the encoder's `count`.
SentencePiece t5_tokenizer(const TokenizerFile& file, std::int64_t count);
WordPiece bert_tokenizer(const TokenizerFile& file, std::int64_t count);

/// Puts the tokenizer of the encoder in `folder` into the folder `target`, a copy of the encoder's,
/// if it lies beside the encoder.
void copy_tokenizer(const std::filesystem::path& folder, const std::filesystem::path& target);

}  // namespace imagine::text
