/// For tests: the tokenizer.json that transformers 5 writes for the vocabularies that lie in the
/// repository (tools/make_tokenizer_json.py).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base64.h"
#include "core/fields.h"
#include "core/random.h"
#include "io/file.h"
#include "io/json_file.h"
#include "text/protobuf.h"
#include "text/unicode.h"

namespace imagine::text {

struct TokenizerFixture {
  static io::fs::path root() { return IMAGINE_SOURCE_DIR; }
  static io::fs::path spiece() {
    return root() / "tests/data/tiny-if/stage1/tokenizer/spiece.model";
  }
  static io::fs::path vocabulary() {
    return root() / "models/imagine-small/text_encoder/vocab.txt";
  }
  static io::fs::path data() { return root() / "tests/data/tokenizers"; }

  /// The pieces and scores of a spiece.model, and its map of characters.
  struct Model {
    std::vector<std::pair<std::string, float>> pieces;
    std::string character_map;
  };
  static Model model() {
    Model model;
    const auto file = io::read_file(spiece());
    for_each_field(file, "spiece.model", [&](const ProtoField& field) {
      if (field.number == 1) {
        auto& [text, score] = model.pieces.emplace_back();
        for_each_field(field.bytes, "piece", [&](const ProtoField& part) {
          if (part.number == 1) text = part.bytes;
          if (part.number == 2) score = part.as_float();
        });
      } else if (field.number == 3) {
        for_each_field(field.bytes, "normalizer", [&](const ProtoField& part) {
          if (part.number == 2) model.character_map = part.bytes;
        });
      }
    });
    return model;
  }

  static Json t5() {
    auto json = io::read_json(data() / "t5.json");
    const auto made = model();
    for (const auto& [text, score] : made.pieces) {
      json["model"]["vocab"].push_back({text, double(score)});
    }
    for (int i = 99; i >= 0; --i) {
      json["model"]["vocab"].push_back({concat("<extra_id_", i, '>'), 0.0});
    }
    json["normalizer"]["precompiled_charsmap"] = base64(made.character_map);
    return json;
  }

  /// Of any pieces, one a line.
  static Json bert(std::string_view pieces) {
    auto json = io::read_json(data() / "bert.json");
    Json::object_t::Container vocabulary;  // an ordered object searches itself for each new key
    for (std::int64_t id = 0; !pieces.empty(); ++id) {
      const auto end = pieces.find('\n');
      vocabulary.emplace_back(pieces.substr(0, end), id);
      pieces.remove_prefix(end + 1);
    }
    auto& object = json["model"]["vocab"].get_ref<Json::object_t&>();
    static_cast<Json::object_t::Container&>(object) = std::move(vocabulary);
    return json;
  }
  static Json bert() { return bert(io::read_file(vocabulary())); }

  static Json expected() { return io::read_json(data() / "expected.json"); }

  /// Text of all that tokenizers fall over.
  static std::string random_prompt(Random& random, int most) {
    constexpr std::pair<char32_t, char32_t> kRanges[] = {
        {' ', '~'},         {' ', '~'},         {'a', 'z'},         {'a', 'z'},
        {' ', ' '},         {0, 0x1f},          {0x7f, 0xff},       {0x300, 0x36f},
        {0x100, 0x24f},     {0x370, 0x52f},     {0x590, 0x6ff},     {0x900, 0x97f},
        {0x1100, 0x11ff},   {0x1e00, 0x1fff},   {0x2000, 0x206f},   {0x2070, 0x2190},
        {0x2460, 0x24ff},   {0x2581, 0x2581},   {0x3000, 0x30ff},   {0x3300, 0x33ff},
        {0x4e00, 0x4eff},   {0xac00, 0xacff},   {0xfb00, 0xfdff},   {0xfe00, 0xffff},
        {0x1d400, 0x1d7ff}, {0x1f300, 0x1faff}, {0x20000, 0x200ff}, {0x2b820, 0x2b920}};
    constexpr const char* kTokens[] = {"</s>",         "<pad>",         "<unk>",
                                       "<extra_id_7>", "<extra_id_99>", "<extra_id_100>",
                                       "[SEP]",        "[MASK]",        "  "};
    std::string prompt;
    const int length = random.below(most + 1);
    for (int i = 0; i < length; ++i) {
      if (random.chance(0.04)) {
        prompt += kTokens[random.below(int(std::size(kTokens)))];
        continue;
      }
      const auto [first, last] = kRanges[random.below(int(std::size(kRanges)))];
      prompt +=
          encode_utf8(std::u32string(1, char32_t(first + random.below(int(last - first) + 1))));
    }
    return prompt;
  }
};

}  // namespace imagine::text
