/// The T5 encoder against transformers: token ids and states of every prompt.
#include <gtest/gtest.h>

#include <torch/utils.h>

#include "io/file.h"
#include "io/json_file.h"
#include "nn/tensor_file.h"
#include "text/sentencepiece.h"
#include "text/text_encoder.h"
#include "text/token_batch.h"

namespace imagine {
namespace {

const io::fs::path kFolder = io::fs::path(IMAGINE_SOURCE_DIR) / "tests/data/tiny-if";

class T5Parity : public testing::Test {
 protected:
  std::vector<std::string> prompts_ =
      io::read_python_json(kFolder / "expected.json").at("prompts").get<std::vector<std::string>>();
  io::SafetensorsFile expected_{kFolder / "expected.safetensors"};
};

TEST_F(T5Parity, TokenIdsAreEqual) {
  const auto path = kFolder / "stage1/tokenizer/spiece.model";
  const text::SentencePiece tokenizer(io::read_file(path), path.string());
  const auto batch = text::token_batch(tokenizer, prompts_, 77, {.most = 77, .padded = true});
  EXPECT_TRUE(torch::equal(batch.ids, nn::tensor_of(expected_, "tokens.ids")));
  EXPECT_TRUE(torch::equal(batch.mask.to(torch::kLong), nn::tensor_of(expected_, "tokens.mask")));
}

TEST_F(T5Parity, StatesAreEqual) {
  const auto encoder = text::load_text_encoder(kFolder / "stage1/text_encoder", torch::kFloat);
  const auto states = encoder->encode(prompts_, {.most = 77, .padded = true}).states;
  const auto wanted = nn::tensor_of(expected_, "t5.last_hidden_state");
  ASSERT_EQ(states.sizes(), wanted.sizes());
  const double scale = wanted.abs().max().item<double>();
  EXPECT_LE((states - wanted).abs().max().item<double>(), 1e-4 * scale);
}

TEST_F(T5Parity, Bfloat16IsClose) {
  const auto encoder = text::load_text_encoder(kFolder / "stage1/text_encoder", torch::kBFloat16);
  const auto states = encoder->encode(prompts_, {.most = 77, .padded = true}).states;
  const auto wanted = nn::tensor_of(expected_, "t5.last_hidden_state");
  const double scale = wanted.abs().max().item<double>();
  EXPECT_LE((states - wanted).abs().mean().item<double>(), 1e-2 * scale);
}

/// On a processor that cannot sum them whole too: there they are not used.
TEST_F(T5Parity, ProductsOfBytesAreClose) {
  const auto encoder =
      text::load_text_encoder(kFolder / "stage1/text_encoder", {torch::kFloat, /*bytes=*/true});
  const auto states = encoder->encode(prompts_, {.most = 77, .padded = true}).states;
  const auto plain = text::load_text_encoder(kFolder / "stage1/text_encoder", {torch::kFloat})
                         ->encode(prompts_, {.most = 77, .padded = true})
                         .states;
  const auto wanted = nn::tensor_of(expected_, "t5.last_hidden_state");
  EXPECT_EQ(torch::equal(states, plain), !nn::can_multiply_bytes());
  EXPECT_LE(((states - wanted).norm() / wanted.norm()).item<double>(), 0.05);
}

}  // namespace
}  // namespace imagine
