#include "evaluate/matcher.h"

#include <cctype>

#include <torch/nn/functional/normalization.h>
#include <torch/utils.h>

#include "core/random.h"
#include "core/range.h"
#include "nn/residual_block.h"

namespace imagine::evaluate {
namespace {

constexpr double kWordScale = 0.1;  // of new words: small beside what training moves them

Tensor of_length_one(const Tensor& x) {
  return x / x.norm(2, {1}, /*keepdim=*/true).clamp_min(1e-6);
}

}  // namespace

void MatcherConfig::validate() const {
  fields(*this, [](const char* name, int64_t value, const char*) {
    check_range(concat("matcher.", name), value, 1, 1 << 20);
  });
  check<ConfigError>(size % 16 == 0, "matcher.size: expected a multiple of 16, got ", size);
}

std::vector<std::int64_t> word_parts(const std::string& text, std::int64_t buckets) {
  std::vector<std::int64_t> parts;
  const auto add = [&](std::string_view part) {
    parts.push_back(std::int64_t(stable_hash(part) % std::uint64_t(buckets)));
  };
  std::string word;
  const auto finish = [&] {
    if (word.empty()) return;
    const auto marked = concat('<', word, '>');
    add(marked);
    for (std::size_t i = 0; i + 3 <= marked.size(); ++i) add(marked.substr(i, 3));
    word.clear();
  };
  for (const unsigned char c : text) {
    if (c >= 0x80 || std::isalnum(c)) {
      word += char(std::tolower(c));
    } else {
      finish();
    }
  }
  finish();
  if (parts.empty()) add("");
  return parts;
}

MatcherImpl::MatcherImpl(const MatcherConfig& c)
    : config((c.validate(), c)),
      half_(register_module("half", conv_blocks(c.depth, c.width))),
      quarter_(register_module("quarter", conv_blocks(c.depth, 2 * c.width))),
      eighth_(register_module("eighth", conv_blocks(c.depth, 4 * c.width))),
      sixteenth_(register_module("sixteenth", conv_blocks(c.depth, 8 * c.width))),
      in_(register_module("in", halving(3, c.width))),
      to_quarter_(register_module("to_quarter", halving(c.width, 2 * c.width))),
      to_eighth_(register_module("to_eighth", halving(2 * c.width, 4 * c.width))),
      to_sixteenth_(register_module("to_sixteenth", halving(4 * c.width, 8 * c.width))),
      norm_(register_module("norm", nn::group_norm(8 * c.width))),
      picture_(register_module("picture", torch::nn::Linear(8 * c.width, c.meaning))),
      text_in_(register_module("text_in", torch::nn::Linear(c.meaning, 2 * c.meaning))),
      text_out_(register_module("text_out", torch::nn::Linear(2 * c.meaning, c.meaning))),
      words_(register_module("words", torch::nn::Embedding(c.buckets, c.meaning))),
      log_sharpness_(register_parameter("log_sharpness", torch::full({1}, 2.66))) {
  torch::NoGradGuard no_grad;
  words_->weight.mul_(kWordScale);
}

Tensor MatcherImpl::features(const Tensor& pixels) {
  auto x = through(half_, in_(pixels.contiguous(torch::MemoryFormat::ChannelsLast)));
  x = through(quarter_, to_quarter_(x));      // [B, 2 C, S/4, S/4]
  x = through(eighth_, to_eighth_(x));        // [B, 4 C, S/8, S/8]
  x = through(sixteenth_, to_sixteenth_(x));  // [B, 8 C, S/16, S/16]
  return nn::normalised_silu(x, norm_).mean({2, 3});
}

Tensor MatcherImpl::pictures(const Tensor& pixels) {
  return of_length_one(picture_(features(pixels)));
}

Tensor MatcherImpl::texts(const std::vector<std::string>& texts) {
  std::vector<int64_t> parts, begins;
  for (const auto& text : texts) {
    begins.push_back(std::ssize(parts));
    for (const auto part : word_parts(text, config.buckets)) parts.push_back(part);
  }
  constexpr int64_t kMean = 1;
  const auto bags = std::get<0>(torch::embedding_bag(words_->weight, torch::tensor(parts),
                                                     torch::tensor(begins), false, kMean));
  return of_length_one(text_out_(torch::silu(text_in_(bags))));
}

Tensor matching_loss(const Tensor& pictures, const Tensor& texts, const Tensor& sharpness) {
  const auto alike = sharpness * pictures.matmul(texts.t());  // [B, B]
  const auto own = torch::arange(alike.size(0), torch::kLong);
  return (torch::cross_entropy_loss(alike, own) + torch::cross_entropy_loss(alike.t(), own)) / 2;
}

}  // namespace imagine::evaluate
