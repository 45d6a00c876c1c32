#include "text/tokenizer_file.h"

#include <vector>

#include "core/check.h"
#include "io/file.h"
#include "io/json_file.h"
#include "io/mistaken.h"
#include "text/bert_vocabulary.h"
#include "text/model_type.h"
#include "text/t5_vocabulary.h"

namespace imagine::text {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kEncoder = "text_encoder", kTokenizer = "tokenizer";

/// The places to look at, in their order.
std::vector<fs::path> places_of(const fs::path& folder) {
  const auto encoder = (fs::absolute(folder) / "").lexically_normal().parent_path();
  const auto name = encoder.filename().string();
  const auto around = encoder.parent_path();
  std::vector<fs::path> places = {folder};
  if (name.starts_with(kEncoder)) {
    places.push_back(around / concat(kTokenizer, name.substr(kEncoder.size())));
  }
  places.push_back(around / kTokenizer);
  return places;
}

bool is_json(const TokenizerFile& file) { return file.path.filename() == kAnyTokenizer; }

SentencePiece sentencepiece_of(const TokenizerFile& file) {
  const auto where = file.path.string();
  if (!is_json(file)) return {file.content, where};
  const auto vocabulary = t5_vocabulary_of(io::parse_json(file.content, where), where);
  return {sentencepiece_file(vocabulary.model), where, vocabulary.extras};
}

WordPiece word_piece_of(const TokenizerFile& file) {
  const auto where = file.path.string();
  if (!is_json(file)) return {file.content, where};
  return {bert_vocabulary_of(io::parse_json(file.content, where), where), where};
}

void check_size(const Tokenizer& tokenizer, const TokenizerFile& file, std::int64_t count) {
  check<FormatError>(tokenizer.vocabulary_size() <= count, file.path.string(),
                     ": expected at most ", count, " pieces, got ", tokenizer.vocabulary_size());
}

}  // namespace

std::string TokenizerFile::name() const {
  return path.extension() == ".gguf" ? kT5Tokenizer : path.filename().string();
}

std::optional<TokenizerFile> tokenizer_of(const fs::path& folder, const std::string& name) {
  for (const auto& place : places_of(folder)) {
    for (const auto& path : {place / name, place / kAnyTokenizer}) {
      if (!fs::exists(path)) continue;
      TokenizerFile file{.path = path, .content = io::read_file(path)};
      io::refuse_mistaken(file.content, path.string(), "a tokenizer");
      return file;
    }
  }
  return std::nullopt;
}

TokenizerFile find_tokenizer(const fs::path& folder, const std::string& name) {
  if (auto found = tokenizer_of(folder, name)) return *std::move(found);
  throw FormatError(concat(folder.string(), ": expected ", name, " or ", kAnyTokenizer,
                           " in it or in a folder ", kTokenizer, " beside it, found none"));
}

SentencePiece t5_tokenizer(const TokenizerFile& file, std::int64_t count) {
  auto tokenizer = sentencepiece_of(file);
  check_size(tokenizer, file, count);
  return tokenizer;
}

WordPiece bert_tokenizer(const TokenizerFile& file, std::int64_t count) {
  auto tokenizer = word_piece_of(file);
  check_size(tokenizer, file, count);
  return tokenizer;
}

void copy_tokenizer(const fs::path& folder, const fs::path& target) {
  const auto config = folder / "config.json";
  const bool is_t5 = model_type(io::read_json(config), config.string()) == "t5";
  const auto file = find_tokenizer(folder, is_t5 ? kT5Tokenizer : kBertTokenizer);
  const auto copy = target / file.path.filename();
  if (!fs::exists(copy)) io::write_file(copy, file.content);
}

}  // namespace imagine::text
