#include "engine/encoders.h"

#include <algorithm>

#include <torch/utils.h>

#include "core/check.h"
#include "core/freed_memory.h"
#include "engine/finite.h"
#include "tensor/text_batch.h"
#include "text/caption.h"
#include "text/emphasis.h"
#include "text/text_encoder.h"

namespace imagine::engine {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLargeEncoder = std::uint64_t(1) << 28;  // bytes: it reads for seconds
constexpr std::size_t kMostRemembered = 64;                      // of T5-XXL 1.3 MB each

WeightKey key_of(const models::TextRule& rule) {
  return concat(key_of_files(rule.text_encoder), '\n', rule.replaced.string(),
                rule.int8 ? "\nint8" : "");
}

}  // namespace

std::uint64_t encoder_bytes(const fs::path& place) {
  std::uint64_t bytes = 0;
  std::error_code missing;
  const auto add = [&](const fs::directory_entry& entry) {
    const auto end = entry.path().extension();
    const auto size = end == ".safetensors" || end == ".gguf" ? entry.file_size(missing) : 0;
    if (!missing) bytes += size;
  };
  add(fs::directory_entry(place, missing));
  for (const auto& entry : fs::directory_iterator(place, missing)) add(entry);
  return bytes;
}

bool is_large(const models::TextRule& rule) { return rule.bytes >= kLargeEncoder; }

bool Encoders::is_ready(const models::TextRule& rule) const {
  return weights_.holds(key_of(rule)) || weights_.has_room(rule.bytes);
}

TextEmbedding Encoders::states_of(const Asked& asked, const std::string& prompt) {
  const auto& [key, encoder, rule, stop] = asked;
  const auto found = std::ranges::find_if(remembered_, [&](const Remembered& other) {
    return other.encoder == asked.key && other.prompt == prompt;
  });
  if (found != remembered_.end()) {
    remembered_.splice(remembered_.begin(), remembered_, found);
    return found->text;
  }
  const auto states = is_large(rule)
                          ? disk_.read(encoder, prompt, rule.text_length, arithmetic(rule), stop)
                          : encoder.encode({prompt}, rule.text_length, stop);
  check_finite(states.states, rule.text_encoder.string());
  remembered_.push_front({.encoder = key, .prompt = prompt, .text = states});
  if (remembered_.size() > kMostRemembered) remembered_.pop_back();
  return states;
}

void Encoders::let_go() {
  if (!large_) return;
  weights_.drop(*large_);
  large_.reset();
  give_back_freed_memory();
}

/// The states of a text, with the weights of its words.
TextEmbedding Encoders::words_of(const Asked& asked, const Request& request,
                                 const std::vector<WeightedText>& parts, const Reading& reading) {
  const auto& rule = asked.rule;
  auto said = rule.lower_cases ? text::lower_cased(parts) : parts;
  if (request.clean_caption) said = {{.text = text::cleaned_caption(text::text_of(parts))}};
  const auto prompt = text::text_of(said);
  const auto length = asked.encoder.measure(prompt, rule.text_length);
  if (length.read < length.tokens && reading.on_cut) {
    reading.on_cut({.prompt = text::text_of(parts), .tokens = length.tokens, .read = length.read});
  }
  auto states = states_of(asked, prompt);
  const bool weighs = std::ranges::any_of(said, [](const auto& part) { return part.weight != 1; });
  if (!weighs) return states;
  const auto tokens = asked.encoder.tokens(prompt, rule.text_length);
  states.emphasis = text::emphasis_of(tokens, said, states.states.size(1));
  return states;
}

Prompts Encoders::encode(const models::TextRule& rule, const Request& request,
                         const Reading& reading) {
  using Encoder = text::TextEncoder;
  const auto load = [&]() -> std::shared_ptr<Encoder> {
    check<FormatError>(rule.usual.empty() || fs::exists(rule.text_encoder),
                       rule.text_encoder.string(), ": expected the text encoder, that of ",
                       rule.usual, ", found none; it may lie there, beside the model in a folder ",
                       "called ", fs::path(rule.usual).filename().string(),
                       ", or where --text-encoder says");
    auto encoder = text::load_text_encoder(rule.text_encoder, arithmetic(rule), rule.replaced);
    const bool fits = rule.width == 0 || encoder->width() == rule.width;
    check<ConfigError>(fits, rule.text_encoder.string(), ": expected a text encoder of ",
                       rule.width, " numbers a token, as ", rule.usual, " is, got one of ",
                       encoder->width());
    encoder->to(options_.placement.device);
    if (reading.only) encoder->spare_memory();
    return encoder;
  };
  const auto key = key_of(rule);
  const auto encoder = weights_.get<Encoder>(key, rule.bytes, load);
  if (is_large(rule)) large_ = key;
  const Asked asked{.key = key, .encoder = *encoder, .rule = rule, .stop = reading.stop};
  const auto words = [&](const std::vector<WeightedText>& parts) {
    return words_of(asked, request, parts, reading);
  };
  const auto timed = [&](const std::optional<std::vector<Wording>>& wordings,
                         const std::string& prompt) {
    if (!wordings) return std::vector<TimedText>{{.from = 0, .clauses = {{words({{prompt}})}}}};
    std::vector<TimedText> texts;
    for (const auto& [from, clauses] : *wordings) {
      auto& text = texts.emplace_back(TimedText{.from = from});
      for (const auto& [parts, weight] : clauses) text.clauses.push_back({words(parts), weight});
    }
    return texts;
  };
  Prompts prompts{.texts = timed(request.wording, request.prompt)};
  if (rule.encodes_no_text || !request.negative.empty()) {
    prompts.negatives = timed(request.negative_wording, request.negative);
  }
  for (const auto& region : request.regions.value_or(std::vector<Region>())) {
    const auto parts =
        region.parts.empty() ? std::vector<WeightedText>{{region.prompt}} : region.parts;
    prompts.regions.push_back({.region = region, .text = words(parts)});
  }
  if (request.control) {
    const auto& control = *request.control;
    std::vector<Tensor> phrases = {torch::zeros({0, encoder->width()})};
    for (const auto& [box, phrase] : control.layout) {
      const auto text = words({{phrase}});
      phrases.push_back(tensor::text_mean(text).to(torch::kFloat).cpu());
      Region region{.box = box, .prompt = phrase, .until = control.until};
      region.strength = std::min(1.0, region.strength * control.strength);
      if (region.strength > 0) prompts.things.push_back({.region = region, .text = text});
    }
    prompts.phrases = torch::cat(phrases);
  }
  return prompts;
}

}  // namespace imagine::engine
