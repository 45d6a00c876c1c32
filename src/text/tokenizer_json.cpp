#include "text/tokenizer_json.h"

#include <algorithm>

#include "core/check.h"

namespace imagine::text {
namespace {

std::string listed(std::initializer_list<Json> values) {
  std::string list;
  for (const auto& value : values) list += (list.empty() ? "" : " or ") + value.dump();
  return list;
}

/// A value in a message: in full while it is short.
std::string shown(const Json& json) {
  constexpr std::size_t kMost = 80;
  if (json.is_structured() && json.size() > 8) return json.type_name();
  auto text = json.dump(-1, ' ', true, Json::error_handler_t::replace);
  return text.size() <= kMost ? text : std::string(json.type_name());
}

TextFrame template_frame(const TokenizerPart& processor) {
  TextFrame frame;
  bool after = false;
  for (const auto& step : processor["single"].elements()) {
    if (step.json().contains("Sequence")) {
      const auto sequence = step["Sequence"];
      sequence.expect("id", {"A"});
      if (after) step.refuse("the text once");
      after = true;
      continue;
    }
    const auto token = step["SpecialToken"];
    token.expect("type_id", {0});
    const auto special = processor["special_tokens"][token["id"].text().c_str()];
    for (const auto& id : special["ids"].elements()) {
      (after ? frame.after : frame.before).push_back(id.integer());
    }
  }
  if (!after) processor["single"].refuse("a place for the text");
  return frame;
}

}  // namespace

TokenizerPart TokenizerPart::operator[](const char* key) const {
  const auto found = json_.find(key);  // end() of what is no object, too
  check<FormatError>(found != json_.end(), where_, ": expected an object with \"", key, "\", got ",
                     json_.is_object() ? "none" : json_.type_name());
  return {*found, concat(where_, ": ", key)};
}

std::vector<TokenizerPart> TokenizerPart::elements() const {
  if (!json_.is_array()) refuse("a list");
  std::vector<TokenizerPart> parts;
  for (const auto& element : json_) parts.emplace_back(element, where_);
  return parts;
}

bool TokenizerPart::is(std::string_view type) const {
  const auto found = json_.find("type");
  return found != json_.end() && *found == type;
}

void TokenizerPart::expect(const char* key, std::initializer_list<Json> values) const {
  const auto found = json_.find(key);
  if (found == json_.end() || std::ranges::find(values, *found) != values.end()) return;
  TokenizerPart(*found, concat(where_, ": ", key)).refuse(listed(values));
}

void TokenizerPart::refuse(std::string_view expected) const {
  const auto type = json_.find("type");
  throw FormatError(concat(where_, ": expected ", expected, ", got ",
                           shown(type == json_.end() ? json_ : *type)));
}

std::vector<TokenizerPart> TokenizerPart::steps(const char* key) const {
  if (json_.is_null()) return {};
  if (!is("Sequence")) return {*this};
  std::vector<TokenizerPart> flat;
  for (const auto& element : (*this)[key].elements()) {
    for (const auto& step : element.steps(key)) flat.emplace_back(step.json(), where_);
  }
  return flat;
}

std::int64_t TokenizerPart::integer() const {
  if (!is_integer_of<std::int64_t>(json_)) refuse("a whole number");
  return json_.get<std::int64_t>();
}

const std::string& TokenizerPart::text() const {
  if (!json_.is_string()) refuse("a text");
  return json_.get_ref<const std::string&>();
}

TokenizerPart tokenizer_of(const Json& json, const std::string& where) {
  TokenizerPart tokenizer(json, where);
  if (!json.is_object()) tokenizer.refuse("the object of a tokenizer.json");
  tokenizer.expect("version", {"1.0"});
  return tokenizer;
}

TextFrame frame_of(const TokenizerPart& processor) {
  if (processor.is("BertProcessing")) {
    const auto id = [&](const char* key) {
      const auto token = processor[key].elements();
      if (token.size() != 2) processor[key].refuse("a token and its id");
      return token[1].integer();
    };
    return {.before = {id("cls")}, .after = {id("sep")}};
  }
  if (!processor.is("TemplateProcessing")) processor.refuse("TemplateProcessing");
  return template_frame(processor);
}

void for_each_added_token(
    const TokenizerPart& tokenizer,
    const std::function<void(const TokenizerPart&, const std::string&, std::int64_t)>& visit) {
  for (const auto& token : tokenizer["added_tokens"].elements()) {
    token.expect("single_word", {false});
    visit(token, token["content"].text(), token["id"].integer());
  }
}

}  // namespace imagine::text
