#include "engine/prompt_syntax.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <string>

#include "core/check.h"
#include "core/number.h"
#include "core/trimmed.h"

namespace imagine::engine {
namespace {

constexpr std::size_t kLongest = std::size_t(64) << 10;  // bytes: each step reads it anew
constexpr std::size_t kMostTexts = 64;                   // each is read by the text encoder
constexpr double kStep = 1.1;                            // of a bracket
constexpr double kMostWeight = 100;
constexpr auto kNone = std::string_view::npos;

/// Without white space around it.
std::string_view bare(std::string_view text) { return trimmed(text, " \t\n\r\f\v"); }

/// The number that all of `text` is, spaces around it aside.
std::optional<double> number_of(std::string_view text) {
  text = bare(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  return real_number(text);
}

/// A text whose brackets may change with the step.
class Schedule {
 public:
  explicit Schedule(std::string_view text) : text_(text), partner_(text.size(), kNone) {
    match_brackets();
    check_bars();
  }

  /// Whether it is the same at every step.
  bool is_constant() const { return !changes_ || stray_bar_; }
  /// What it says at `step`, from 1 on.
  std::string at(std::int64_t step, std::int64_t steps) const {
    if (is_constant()) return std::string(text_);
    std::string said;
    expand(0, text_.size(), {.step = step, .steps = steps}, said);
    return said;
  }

 private:
  struct Moment {
    std::int64_t step, steps;
  };

  /// A part of the text inside brackets.
  struct Piece {
    std::size_t begin, end;
  };

  /// Each bracket that is closed by one of its kind, with nothing unclosed inside.
  void match_brackets() {
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < text_.size(); ++i) {
      const char c = text_[i];
      if (c == '\\') {
        ++i;
      } else if (c == '(' || c == '[') {
        open.push_back(i);
      } else if (c == ')' || c == ']') {
        const bool fits = !open.empty() && text_[open.back()] == (c == ')' ? '(' : '[');
        if (!fits) {
          open.clear();
          continue;
        }
        partner_[open.back()] = i;
        open.pop_back();
      }
    }
  }

  /// A bar stands between what takes turns; anywhere else no bracket means a schedule.
  void check_bars() {
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < text_.size(); ++i) {
      if (text_[i] == '\\') {
        ++i;
      } else if (partner_[i] != kNone) {
        open.push_back(i);
      } else if (!open.empty() && i == partner_[open.back()]) {
        open.pop_back();
      } else if (text_[i] == '|') {
        stray_bar_ = stray_bar_ || open.empty() || text_[open.back()] != '[';
        changes_ = true;
      } else if (text_[i] == ':' && !open.empty() && text_[open.back()] == '[') {
        changes_ = true;
      }
    }
  }

  /// The pieces of [begin, end) between signs `mark` that stand in no inner bracket.
  std::vector<Piece> pieces(Piece inside, char mark) const {
    std::vector<Piece> found;
    auto begin = inside.begin;
    for (auto i = inside.begin; i < inside.end; ++i) {
      if (text_[i] == '\\') {
        ++i;
      } else if (partner_[i] != kNone) {
        i = partner_[i];
      } else if (text_[i] == mark) {
        found.push_back({begin, i});
        begin = i + 1;
      }
    }
    found.push_back({begin, inside.end});
    return found;
  }

  /// "0.5" of all steps, or step 12.
  static double moment_of(std::string_view written, double number, std::int64_t steps) {
    return written.find('.') != kNone ? number * double(steps) : number;
  }

  /// What a square bracket says; false where it is no schedule.
  bool expand_schedule(Piece inside, const Moment& moment, std::string& said) const {
    const auto turns = pieces(inside, '|');
    if (turns.size() > 1) {
      const auto& chosen = turns[std::size_t(moment.step - 1) % turns.size()];
      expand(chosen.begin, chosen.end, moment, said);
      return true;
    }
    const auto parts = pieces(inside, ':');
    if (parts.size() != 2 && parts.size() != 3) return false;
    const auto written = text_.substr(parts.back().begin, parts.back().end - parts.back().begin);
    const auto number = number_of(written);
    if (!number) return false;
    const auto last = std::trunc(std::min(moment_of(written, *number, moment.steps), 1e6));
    const bool is_before = double(moment.step) <= last;
    const Piece nothing{inside.begin, inside.begin};
    const auto& before = parts.size() == 3 ? parts.front() : nothing;
    const auto& chosen = is_before ? before : parts[parts.size() - 2];
    expand(chosen.begin, chosen.end, moment, said);
    return true;
  }

  void expand(std::size_t begin, std::size_t end, const Moment& moment, std::string& said) const {
    for (auto i = begin; i < end; ++i) {
      if (text_[i] == '\\' && i + 1 < end) {
        said += text_[i++];
      } else if (text_[i] == '[' && partner_[i] != kNone &&
                 expand_schedule({i + 1, partner_[i]}, moment, said)) {
        i = partner_[i];
        continue;
      }
      said += text_[i];
    }
  }

  std::string_view text_;
  std::vector<std::size_t> partner_;
  bool changes_ = false, stray_bar_ = false;
};

bool is_word(char c) {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (static_cast<unsigned char>(c) & 0x80) != 0;
}

/// Where the word `word` stands alone from `begin` on.
std::size_t find_word(std::string_view text, std::string_view word, std::size_t begin) {
  for (auto at = text.find(word, begin); at != kNone; at = text.find(word, at + 1)) {
    const auto end = at + word.size();
    const bool alone =
        (at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end]));
    if (alone) return at;
  }
  return kNone;
}

struct Part {
  std::string_view text;
  double weight = 1;
};

/// "one AND another :0.8": each with its weight.
std::vector<Part> clauses_of(std::string_view prompt) {
  constexpr std::string_view kAnd = "AND";
  std::vector<Part> clauses;
  for (auto at = find_word(prompt, kAnd, 0); at != kNone; at = find_word(prompt, kAnd, 0)) {
    clauses.push_back({prompt.substr(0, at)});
    prompt.remove_prefix(at + kAnd.size());
  }
  if (clauses.empty()) return {{prompt}};
  clauses.push_back({prompt});
  for (auto& [text, weight] : clauses) {
    const auto colon = text.rfind(':');
    const auto number = colon == kNone ? std::nullopt : number_of(text.substr(colon + 1));
    if (!number) continue;
    weight = std::clamp(*number, -kMostWeight, kMostWeight);
    text = text.substr(0, colon);
  }
  return clauses;
}

/// Stretches of text and the brackets that are open.
class Weights {
 public:
  void add(char c) { stretches_.push_back({std::string(1, c), 1}); }
  void open(char bracket) { (bracket == '(' ? round_ : square_).push_back(stretches_.size()); }
  /// False where none is open.
  bool close(char bracket, double factor) {
    auto& opened = bracket == ')' ? round_ : square_;
    if (opened.empty()) return false;
    multiply(opened.back(), factor);
    opened.pop_back();
    return true;
  }
  bool is_round_open() const { return !round_.empty(); }

  std::vector<WeightedText> finished() {
    for (const auto begin : round_) multiply(begin, kStep);
    for (const auto begin : square_) multiply(begin, 1 / kStep);
    std::vector<WeightedText> merged;
    for (auto& [text, weight] : stretches_) {
      weight = std::clamp(weight, 0.0, kMostWeight);
      if (!merged.empty() && merged.back().weight == weight) {
        merged.back().text += text;
      } else {
        merged.push_back({text, weight});
      }
    }
    if (merged.empty()) merged.push_back({});
    return merged;
  }

 private:
  void multiply(std::size_t begin, double factor) {
    for (auto i = begin; i < stretches_.size(); ++i) stretches_[i].weight *= factor;
  }

  std::vector<WeightedText> stretches_;
  std::vector<std::size_t> round_, square_;
};

/// ": 1.3)" at the beginning of `text`: the number, and how long that is.
struct Closing {
  double factor;
  std::size_t length;
};
std::optional<Closing> closing_of(std::string_view text) {
  const auto end = text.find_first_not_of(" \t\n\r\f\v+-.0123456789", 1);
  if (end == kNone || text[end] != ')') return std::nullopt;
  const auto number = number_of(text.substr(1, end - 1));
  if (!number) return std::nullopt;
  return Closing{*number, end + 1};
}

/// What is read at every step where it is never another.
std::vector<Clause> constant(std::string_view prompt, PromptSyntax syntax) {
  if (syntax == PromptSyntax::plain) return {{.parts = {{std::string(prompt), 1}}}};
  std::vector<Clause> clauses;
  for (const auto& [text, weight] : clauses_of(prompt)) {
    clauses.push_back({.parts = weighted(bare(text)), .weight = weight});
  }
  return clauses;
}

std::array<double, 5> region_numbers(std::string_view written, const std::string& place) {
  std::array<double, 5> numbers = {0, 0, 0, 0, Region().strength};
  std::size_t count = 0;
  for (bool more = true; more; ++count) {
    const auto comma = written.find(',');
    const auto number = number_of(written.substr(0, comma));
    check<InputError>(number && count < numbers.size(), "prompt: expected ",
                      "<region:x,y,width,height> or with a strength behind them, got ", place);
    numbers[count] = *number;
    more = comma != kNone;
    if (more) written.remove_prefix(comma + 1);
  }
  check<InputError>(count >= 4, "prompt: expected <region:x,y,width,height>, got ", place);
  return numbers;
}

}  // namespace

std::vector<WeightedText> weighted(std::string_view text) {
  constexpr std::string_view kBreak = "BREAK";
  Weights weights;
  auto next_break = find_word(text, kBreak, 0);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (i == next_break) {  // of AUTOMATIC1111's windows, which our encoders have not
      i += kBreak.size() - 1;
      next_break = find_word(text, kBreak, i);
    } else if (c == '\\') {
      if (++i < text.size()) weights.add(text[i]);
    } else if (c == '(' || c == '[') {
      weights.open(c);
    } else if (c == ':' && weights.is_round_open() && closing_of(text.substr(i))) {
      const auto closing = *closing_of(text.substr(i));
      weights.close(')', closing.factor);
      i += closing.length - 1;
    } else if ((c != ')' || !weights.close(c, kStep)) &&
               (c != ']' || !weights.close(c, 1 / kStep))) {
      weights.add(c);
    }
  }
  return weights.finished();
}

std::vector<Wording> wordings_of(std::string_view prompt, PromptSyntax syntax, std::int64_t steps) {
  if (syntax == PromptSyntax::plain || steps < 1) {
    return {{.from = 0, .clauses = constant(prompt, syntax)}};
  }
  check<InputError>(prompt.size() <= kLongest, "prompt: expected at most ", kLongest,
                    " bytes with these signs, got ", prompt.size());
  struct Timed {
    Schedule schedule;
    double weight;
  };
  std::vector<Timed> clauses;
  bool changes = false;
  for (const auto& [text, weight] : clauses_of(prompt)) {
    clauses.push_back({Schedule(bare(text)), weight});
    changes = changes || !clauses.back().schedule.is_constant();
  }
  if (!changes) return {{.from = 0, .clauses = constant(prompt, syntax)}};
  std::vector<Wording> wordings;
  std::set<std::string> texts;
  for (std::int64_t step = 1; step <= steps; ++step) {
    Wording wording{.from = double(step - 1) / double(steps), .clauses = {}};
    for (const auto& [schedule, weight] : clauses) {
      const auto said = schedule.at(step, steps);
      texts.insert(said);
      wording.clauses.push_back({.parts = weighted(said), .weight = weight});
    }
    check<InputError>(texts.size() <= kMostTexts, "prompt: expected at most ", kMostTexts,
                      " different texts over all steps, got more");
    if (wordings.empty() || wordings.back().clauses != wording.clauses) {
      wordings.push_back(std::move(wording));
    }
  }
  return wordings;
}

PromptWithRegions regions_of(std::string_view prompt) {
  constexpr std::string_view kSign = "<region:", kBackground = "background", kEnd = "end";
  PromptWithRegions found;
  auto at = prompt.find(kSign);
  found.prompt = prompt.substr(0, at);
  while (at != kNone) {
    const auto close = prompt.find('>', at);
    const std::string place(prompt.substr(at, std::min<std::size_t>(close, at + 60) - at));
    check<InputError>(close != kNone, "prompt: expected > behind ", place);
    const auto written = bare(prompt.substr(at + kSign.size(), close - at - kSign.size()));
    const auto next = prompt.find(kSign, close);
    const auto text = prompt.substr(close + 1, next == kNone ? kNone : next - close - 1);
    at = next;
    if (written == kEnd) {
      found.prompt += text;
      continue;
    }
    Region region{.box = {.x = 0, .y = 0, .width = 0, .height = 0},
                  .prompt = std::string(bare(text))};
    if (written != kBackground) {
      const auto [x, y, width, height, strength] = region_numbers(written, place + ">");
      region.box = {.x = x, .y = y, .width = width, .height = height};
      region.strength = strength;
    }
    found.regions.push_back(std::move(region));
  }
  return found;
}

}  // namespace imagine::engine
