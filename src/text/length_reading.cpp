#include "text/length_reading.h"

#include "core/check.h"

namespace imagine::text {
namespace {

class LengthReading : public TextEncoder {
 public:
  LengthReading(std::unique_ptr<TextEncoder> encoder, const TextLength& length)
      : encoder_(std::move(encoder)), length_(length) {}

  TextEmbedding encode(const std::vector<std::string>& prompts, const TextLength& length,
                       const StopCheck& stop) const override {
    return encoder_->encode(prompts, length.most ? length : length_, stop);
  }
  PromptLength measure(const std::string& prompt, const TextLength& length) const override {
    return encoder_->measure(prompt, length.most ? length : length_);
  }
  std::vector<Token> tokens(const std::string& prompt, const TextLength& length) const override {
    return encoder_->tokens(prompt, length.most ? length : length_);
  }
  int64_t width() const override { return encoder_->width(); }
  std::string identity() const override {
    return concat(encoder_->identity(), "-", length_.most.value_or(0),
                  length_.padded ? "-padded" : "");
  }
  void to(torch::Device device) override { encoder_->to(device); }

 private:
  std::unique_ptr<TextEncoder> encoder_;
  TextLength length_;
};

}  // namespace

std::unique_ptr<TextEncoder> read_within(std::unique_ptr<TextEncoder> encoder,
                                         const TextLength& length) {
  return std::make_unique<LengthReading>(std::move(encoder), length);
}

}  // namespace imagine::text
