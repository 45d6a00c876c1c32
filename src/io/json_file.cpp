#include "io/json_file.h"

#include <algorithm>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/check.h"
#include "io/mistaken.h"

namespace imagine::io {

namespace {

constexpr std::size_t kMaxDepth = 64;
constexpr std::size_t kMaxFile = 64'000'000;

/// Builds the value from the parser's events. nlohmann's own builder searches an ordered object for
/// each key it adds, which takes minutes for a vocabulary, and keeps the last of equal keys.
class Builder : public Json::json_sax_t {
 public:
  explicit Builder(const std::string& where) : where_(where) {}

  Json take() { return std::move(root_); }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(std::int64_t value) override { return add(value); }
  bool number_unsigned(std::uint64_t value) override { return add(value); }
  bool number_float(double value, const std::string&) override { return add(value); }
  bool string(std::string& value) override { return add(std::move(value)); }
  bool binary(Json::binary_t&) override { return false; }

  bool start_object(std::size_t) override { return open(Json::object()); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_array() override { return close(); }

  bool key(std::string& name) override {
    check<FormatError>(levels_.back().keys.insert(name).second, where_,
                       ": expected each key once, got \"", name, "\" twice");
    key_ = std::move(name);
    return true;
  }

  bool parse_error(std::size_t, const std::string&,
                   const nlohmann::detail::exception& error) override {
    const std::string_view message = error.what();
    const auto tag_end = message.find("] ");  // after nlohmann's name of the error
    throw FormatError(concat(where_, ": expected JSON, got ", message.substr(tag_end + 2)));
  }

 private:
  struct Level {
    Json* value;
    std::unordered_set<std::string> keys;
  };

  bool add(Json value) {
    place(std::move(value));
    return true;
  }

  bool open(Json value) {
    check<FormatError>(levels_.size() < kMaxDepth, where_, ": expected JSON nested at most ",
                       kMaxDepth, " deep, got more");
    levels_.push_back({place(std::move(value)), {}});
    return true;
  }

  bool close() {
    levels_.pop_back();
    return true;
  }

  /// Appends to the innermost open array or object.
  Json* place(Json value) {
    if (levels_.empty()) return &(root_ = std::move(value));
    Json& parent = *levels_.back().value;
    if (parent.is_array()) {
      auto& items = parent.get_ref<Json::array_t&>();
      return &items.emplace_back(std::move(value));
    }
    auto& members = static_cast<Json::object_t::Container&>(parent.get_ref<Json::object_t&>());
    return &members.emplace_back(std::move(key_), std::move(value)).second;
  }

  const std::string& where_;
  Json root_;
  std::string key_;
  std::vector<Level> levels_;
};

/// `text` with each `token` outside strings replaced by null.
std::string with_nulls(std::string_view text, const std::vector<std::string_view>& tokens) {
  std::string result;
  bool inside = false;
  for (std::size_t i = 0; i < text.size();) {
    const auto rest = text.substr(i);
    const auto token = std::ranges::find_if(
        tokens, [&](std::string_view each) { return !inside && rest.starts_with(each); });
    if (token != tokens.end()) {
      result += "null";
      i += token->size();
      continue;
    }
    if (text[i] == '"') inside = !inside;
    if (inside && text[i] == '\\' && i + 1 < text.size()) result += text[i++];
    result += text[i++];
  }
  return result;
}

std::string text_of_json(const fs::path& path) {
  auto text = read_file(path, kMaxFile);
  refuse_mistaken(text, path.string(), "JSON");
  return text;
}

}  // namespace

Json parse_json(std::string_view text, const std::string& where) {
  Builder builder(where);
  Json::sax_parse(text, &builder);
  return builder.take();
}

Json read_json(const fs::path& path) { return parse_json(text_of_json(path), path.string()); }

Json read_python_json(const fs::path& path) {
  return parse_python_json(text_of_json(path), path.string());
}

Json parse_python_json(std::string_view text, const std::string& where) {
  return parse_json(with_nulls(text, {"-Infinity", "Infinity", "NaN"}), where);
}

void write_json(const fs::path& path, const Json& json) {
  write_file(path, json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace imagine::io
