#include "text/if_reading.h"

#include <torch/utils.h>

#include "text/caption.h"

namespace imagine::text {
namespace {

class IfReading : public TextEncoder {
 public:
  explicit IfReading(std::unique_ptr<TextEncoder> encoder) : encoder_(std::move(encoder)) {}

  TextEmbedding encode(const std::vector<std::string>& prompts, const TextLength& length,
                       const StopCheck& stop) const override {
    std::vector<std::string> lower;
    for (const auto& prompt : prompts) lower.push_back(lower_cased(prompt));
    const auto text = encoder_->encode(lower, length.most ? length : kIfLength, stop);
    return {.states = text.states, .mask = torch::ones_like(text.mask)};
  }
  PromptLength measure(const std::string& prompt, const TextLength& length) const override {
    return encoder_->measure(lower_cased(prompt), length.most ? length : kIfLength);
  }
  std::vector<Token> tokens(const std::string& prompt, const TextLength& length) const override {
    return encoder_->tokens(lower_cased(prompt), length.most ? length : kIfLength);
  }
  int64_t width() const override { return encoder_->width(); }
  std::string identity() const override { return encoder_->identity() + "-if"; }
  void to(torch::Device device) override { encoder_->to(device); }

 private:
  std::unique_ptr<TextEncoder> encoder_;
};

}  // namespace

std::unique_ptr<TextEncoder> read_as_if(std::unique_ptr<TextEncoder> encoder) {
  return std::make_unique<IfReading>(std::move(encoder));
}

}  // namespace imagine::text
