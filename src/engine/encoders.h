/// Prompts as the networks of a cascade are conditioned on them.
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "core/stop.h"
#include "engine/text_states.h"
#include "engine/weight_cache.h"
#include "imagine/engine.h"
#include "models/cascade.h"

namespace imagine::engine {

/// Of an encoder's weight files, a folder's or one file's; 0 where they are missing, loading says
/// so.
std::uint64_t encoder_bytes(const std::filesystem::path& place);

/// Whether an encoder reads for seconds, so that what it made of a prompt is worth keeping.
bool is_large(const models::TextRule& rule);

/// A text that is followed, beside others perhaps.
struct ReadClause {
  TextEmbedding text;  // [1, T, D]
  double weight = 1;
};

/// What is read from a moment on (see Wording).
struct TimedText {
  double from = 0;
  std::vector<ReadClause> clauses = {};
};

/// The texts of one picture.
struct Prompts {
  std::vector<TimedText> texts = {};
  std::vector<TimedText> negatives = {};  ///< none: the network's own "no text" stands in
  std::vector<models::RegionText> regions = {};
  std::vector<models::RegionText> things = {};  ///< of a layout: what its boxes' places look for
  Tensor phrases = {};                          ///< [R, D]  the mean of the states of each of them
};

/// How a request's prompts are read.
struct Reading {
  const std::function<void(const CutPrompt&)>& on_cut;
  const StopCheck& stop;
  bool only = false;  ///< no other prompts are known of: the encoder spares memory
};

struct EncoderOptions {
  models::Placement placement = {};
  /// Where what a large encoder made of prompts is kept; empty: nowhere.
  std::filesystem::path text_cache = {};
};

/// Loads encoders and lets them read prompts; what they made last is remembered. For one thread.
class Encoders {
 public:
  Encoders(const EncoderOptions& options, WeightCache& weights)
      : options_(options), weights_(weights), disk_(options.text_cache) {}

  /// Whether a prompt can be read at once: the encoder is loaded, or there is room for it beside
  /// what is.
  bool is_ready(const models::TextRule& rule) const;
  /// The request's prompts as the rule wants them read. `on_cut` hears of texts that are longer
  /// than what is read of them. FormatError for files that are not what they should be, or an
  /// encoder that makes numbers which are not finite.
  Prompts encode(const models::TextRule& rule, const Request& request, const Reading& reading);
  /// Unloads the large one that read last.
  void let_go();

 private:
  /// Whom prompts are read by, and how.
  struct Asked {
    WeightKey key;
    const text::TextEncoder& encoder;
    const models::TextRule& rule;
    const StopCheck& stop;
  };

  struct Remembered {
    WeightKey encoder;
    std::string prompt;
    TextEmbedding text;
  };

  nn::Arithmetic arithmetic(const models::TextRule& rule) const {
    return {.dtype = options_.placement.dtype, .bytes = options_.placement.int8 || rule.int8};
  }
  TextEmbedding states_of(const Asked& asked, const std::string& prompt);
  TextEmbedding words_of(const Asked& asked, const Request& request,
                         const std::vector<WeightedText>& parts, const Reading& reading);

  EncoderOptions options_;
  WeightCache& weights_;
  TextStates disk_;
  std::list<Remembered> remembered_;  // most recently used first
  std::optional<WeightKey> large_;    // the large one that read last
};

}  // namespace imagine::engine
