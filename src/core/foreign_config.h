/// Reads the config of another program, in which every key matters unless we know that it does not.
#pragma once

#include <set>
#include <string>

#include "core/fields.h"

namespace imagine {

/// What "quantization_config" says in a config.json whose weights are int8 in our way: programs
/// that do not know it are to stop there.
inline Json our_quantization() { return {{"quant_method", "imagine_int8"}}; }

/// Each key is asked for once; finish() refuses what nobody asked for. A null counts as absent.
/// Errors are ConfigErrors "where: key: expected ..., got ...".
class ForeignConfig {
 public:
  /// Keys that begin with "_" are the other program's own and never matter.
  ForeignConfig(const Json& json, std::string where) : json_(json), where_(std::move(where)) {
    check<ConfigError>(json_.is_object(), where_, ": expected a JSON object, got ",
                       json_.type_name());
  }

  const std::string& where() const { return where_; }
  bool has(const std::string& key) const {
    const auto found = json_.find(key);
    return found != json_.end() && !found->is_null();
  }

  bool is_list(const std::string& key) const { return has(key) && json_.at(key).is_array(); }

  /// The value, or `otherwise` where it is absent; its type must be that of `otherwise`.
  template <class Value>
  Value value(const std::string& key, Value otherwise) {
    asked_.insert(key);
    if (has(key)) read_json(json_.at(key), concat(where_, ": ", key), otherwise);
    return otherwise;
  }

  template <class Value>
  Value required(const std::string& key) {
    check<ConfigError>(has(key), where_, ": ", key, ": expected a value, got none");
    return value(key, Value{});
  }

  /// Refuses anything but `only` (or its absence): what else it could say is not built.
  void expect(const std::string& key, const Json& only) {
    asked_.insert(key);
    check<ConfigError>(!has(key) || json_.at(key) == only, where_, ": ", key, ": expected ",
                       only.dump(), ", got ", has(key) ? json_.at(key).dump() : "");
  }

  /// Refuses anything but `only`, absence too: what the other program assumes then is not built.
  void insist(const std::string& key, const Json& only) {
    check<ConfigError>(has(key), where_, ": ", key, ": expected ", only.dump(), ", got none");
    expect(key, only);
  }

  /// Whatever it says changes nothing here.
  void ignore(const std::set<std::string>& keys) { asked_.insert(keys.begin(), keys.end()); }

  void finish() const {
    for (const auto& [key, unused] : json_.items()) {
      check<ConfigError>(key.starts_with("_") || asked_.contains(key), where_, ": unknown key \"",
                         key, '"');
    }
  }

 private:
  const Json json_;
  std::string where_;
  std::set<std::string> asked_;
};

}  // namespace imagine
