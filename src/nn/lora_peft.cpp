#include "nn/lora_peft.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <re2/re2.h>
#include <string_view>

#include "core/check.h"
#include "io/json_file.h"

namespace imagine::nn {
namespace {

constexpr std::size_t kMostMetadata = 4'000'000;  // bytes
constexpr std::int64_t kMostMemory = 1 << 20;     // of one pattern
constexpr int kMostInstructions = 200'000;        // of all patterns, each run on each layer's name

/// Fields that mean a change of another form wherever they are set.
constexpr std::array<const char*, 11> kOtherForms = {
    "modules_to_save",   "layer_replication", "target_parameters",      "trainable_token_indices",
    "use_qalora",        "use_bdlora",        "arrow_config",           "kasa_config",
    "monteclora_config", "velora_config",     "alora_invocation_tokens"};

/// Ways to begin a training that leave the network's own weights as they were; others subtract
/// something from them, which the file does not hold.
constexpr std::array<std::string_view, 3> kPlainBeginnings = {"gaussian", "eva", "orthogonal"};

/// As Python takes a value for true.
bool is_set(const Json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number()) return value.get<double>() != 0;
  if (value.is_string()) return !value.get_ref<const std::string&>().empty();
  return !value.empty();
}

/// nullptr where it is missing or null.
const Json* member(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found == json.end() || found->is_null() ? nullptr : &*found;
}

double number_of(const Json& value, const std::string& where) {
  const double number = value.is_number() ? value.get<double>() : NAN;
  check<FormatError>(std::isfinite(number), where, ": expected a finite number, got ",
                     value.dump(-1, ' ', false, Json::error_handler_t::replace));
  return number;
}

bool flag_of(const Json& json, const char* name, const std::string& where) {
  const auto* value = member(json, name);
  if (value == nullptr) return false;
  check<FormatError>(value->is_boolean(), where, ": ", name, ": expected true or false, got ",
                     value->type_name());
  return value->get<bool>();
}

/// What else the config says about the changes' form.
void check_form(const Json& json, const std::string& where) {
  if (const auto* kind = member(json, "peft_type")) {
    check<FormatError>(*kind == "LORA", where, ": peft_type: expected LORA, got ", kind->dump());
  }
  for (const auto* field : kOtherForms) {
    const auto* value = member(json, field);
    check<FormatError>(value == nullptr || !is_set(*value), where, ": ", field,
                       ": expected none, since it is not read");
  }
  if (const auto* begin = member(json, "init_lora_weights")) {
    check<FormatError>(begin->is_boolean() || std::ranges::count(kPlainBeginnings, *begin) > 0,
                       where, ": init_lora_weights: expected true, false, gaussian, eva or ",
                       "orthogonal, which leave the network's own weights alone, got ",
                       begin->dump());
  }
}

}  // namespace

PeftConfig::PeftConfig(const Json& json, std::string where) : where_(std::move(where)) {
  check<FormatError>(json.is_object(), where_, ": expected a JSON object, got ", json.type_name());
  check_form(json, where_);
  if (const auto* rank = member(json, "r")) rank_ = number_of(*rank, where_ + ": r");
  if (const auto* alpha = member(json, "lora_alpha")) {
    alpha_ = number_of(*alpha, where_ + ": lora_alpha");
  }
  ranks_ = read_patterns(json, "rank_pattern");
  alphas_ = read_patterns(json, "alpha_pattern");
  rank_stabilized_ = flag_of(json, "use_rslora", where_);
  dora_ = flag_of(json, "use_dora", where_);
  biased_ = flag_of(json, "lora_bias", where_);
}

PeftConfig::Patterns PeftConfig::read_patterns(const Json& json, const char* field) const {
  const auto place = concat(where_, ": ", field);
  const auto* object = member(json, field);
  if (object == nullptr) return {};
  check<FormatError>(object->is_object(), place, ": expected a JSON object, got ",
                     object->type_name());
  Patterns patterns;
  for (const auto& [pattern, value] : object->items()) {
    patterns.emplace_back(pattern, number_of(value, concat(place, ": ", pattern)));
  }
  return patterns;
}

std::map<std::string, double> PeftConfig::values(
    const Patterns& patterns, double otherwise,
    const std::map<std::string, std::int64_t>& ranks) const {
  std::map<std::string, double> values;
  int instructions = 0;
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMostMemory);
  for (const auto& [pattern, value] : patterns) {
    const RE2 expression("(.*\\.)?(" + pattern + ")$", options);  // as PEFT writes it
    check<FormatError>(expression.ok(), where_, ": expected a regular expression that RE2 reads, ",
                       "got ", pattern, ": ", expression.error());
    instructions += expression.ProgramSize();
    check<FormatError>(instructions <= kMostInstructions, where_,
                       ": expected patterns as long as names of layers, got larger ones");
    for (const auto& [layer, rank] : ranks) {
      if (values.contains(layer)) continue;
      const bool matches =
          expression.Match(layer, 0, layer.size(), RE2::ANCHOR_START, /*submatch=*/nullptr, 0);
      if (matches) values[layer] = value;
    }
  }
  for (const auto& [layer, rank] : ranks) values.emplace(layer, otherwise);
  return values;
}

std::map<std::string, double> PeftConfig::scales(
    const std::map<std::string, std::int64_t>& ranks) const {
  auto scales = values(alphas_, alpha_, ranks);
  const auto said = values(ranks_, rank_, ranks);
  for (auto& [layer, scale] : scales) {
    const auto rank = double(ranks.at(layer));
    check<FormatError>(said.at(layer) == rank, where_, ": ", layer, ": expected rank ",
                       said.at(layer), ", as r or rank_pattern says, got ", rank);
    scale /= rank_stabilized_ ? std::sqrt(rank) : rank;
  }
  return scales;
}

PeftConfig peft_config_of_metadata(const std::string& text, const std::string& prefix,
                                   const std::string& where) {
  check<FormatError>(text.size() <= kMostMetadata, where, ": expected at most ", kMostMetadata,
                     " bytes of JSON, got ", text.size());
  const auto all = io::parse_python_json(text, where);
  check<FormatError>(all.is_object(), where, ": expected a JSON object, got ", all.type_name());
  auto own = Json::object();
  if (!prefix.empty()) {
    auto& members = static_cast<Json::object_t::Container&>(own.get_ref<Json::object_t&>());
    for (const auto& [key, value] : all.items()) {
      if (key.starts_with(prefix)) members.emplace_back(key.substr(prefix.size()), value);
    }
  }
  return PeftConfig(own.empty() ? all : own, where);
}

}  // namespace imagine::nn
