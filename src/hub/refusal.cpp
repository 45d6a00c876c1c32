#include "hub/refusal.h"

#include <algorithm>

#include "core/check.h"
#include "core/fields.h"
#include "hub/words.h"

namespace imagine::hub {
namespace {

constexpr long kUnauthorized = 401, kForbidden = 403, kNotFound = 404;

std::string page_of(const Asked& asked, const Settings& settings) {
  return concat(settings.endpoint, '/', asked.repository);
}

std::string place_of(const Asked& asked, const Settings& settings) {
  return concat(page_of(asked, settings), asked.path.empty() ? "" : ": " + asked.path);
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

/// Missing or private: the hub does not tell which.
[[noreturn]] void refuse_unknown(const Asked& asked, const Settings& settings) {
  const auto place = page_of(asked, settings);
  check<InputError>(settings.token.empty(), place, ": expected a model that the account of ",
                    settings.token_source, "'s token may see, got none of that name");
  throw InputError(concat(place,
                          ": expected a model of this name, got none, or a private one: "
                          "check the name, or set HF_TOKEN to a token that may read it"));
}

[[noreturn]] void refuse_gated(const Asked& asked, const Settings& settings) {
  const auto place = place_of(asked, settings), page = page_of(asked, settings);
  check<InputError>(
      settings.token.empty(), place,
      ": expected a model whose licence this account has accepted, got one that waits "
      "for it: accept it on ",
      page, " with the account of ", settings.token_source,
      "'s token; where that was done, its owner has yet to agree");
  throw InputError(concat(place,
                          ": expected a model for everybody, got one behind a licence: "
                          "accept it on ",
                          page,
                          " and set HF_TOKEN to a token of that account "
                          "(https://huggingface.co/settings/tokens)"));
}

}  // namespace

std::string told_by(const Answer& answer) {
  auto told = answer.header("x-error-message");
  if (told.empty() && answer.text.starts_with('{')) {
    const auto json = Json::parse(answer.text, nullptr, false);
    if (json.is_object() && json.contains("error") && json["error"].is_string()) {
      told = json["error"].get<std::string>();
    }
  }
  return shown(told);
}

void refuse(const Answer& answer, const Asked& asked, const Settings& settings) {
  const auto code = answer.header("x-error-code"), told = told_by(answer);
  const auto place = place_of(asked, settings);
  if (code == "GatedRepo") refuse_gated(asked, settings);
  if (code == "RepoNotFound") refuse_unknown(asked, settings);
  check<InputError>(code != "RevisionNotFound", page_of(asked, settings),
                    ": expected a branch, tag or commit, got \"", asked.revision,
                    "\", which it does not have");
  check<InputError>(code != "EntryNotFound", place, ": expected this file at ", asked.revision,
                    ", got none");
  check<InputError>(!has(told, "disabled"), place,
                    ": expected a model that is open, got one that "
                    "was taken down (",
                    told, ')');
  const bool wrong_token = has(told, "Invalid credentials") || has(told, "Invalid username");
  check<InputError>(!(answer.status == kUnauthorized && wrong_token), place,
                    ": expected a token that is valid, got that of ", settings.token_source,
                    ", which is not: `hf auth login` makes a new one, and without any token open "
                    "models can be had");
  if (answer.status == kUnauthorized) refuse_unknown(asked, settings);
  const auto said = told.empty() ? "" : concat(" (", told, ')');
  check<InputError>(answer.status != kForbidden, place, ": expected the file, got status 403 from ",
                    settings.endpoint, said,
                    settings.token.empty() ? ""
                                           : concat("; the token of ", settings.token_source,
                                                    " may lack the permission"));
  check<InputError>(answer.status != kNotFound, place, ": expected it, got status 404", said);
  throw ResourceError(concat(place, ": expected the file, got status ", answer.status, said));
}

void refuse_stranger(const Url& url, const Answer& answer) {
  throw ResourceError(
      concat(url.shown(), ": expected the answer of a model hub, got one without a commit (status ",
             answer.status,
             "): a network's sign-in page, a proxy or a wrong HF_ENDPOINT may stand in between"));
}

}  // namespace imagine::hub
