#include "serve/bounded_json.h"

namespace imagine::serve {

Json bounded_json(const std::string& text, const std::string& where, int deepest) {
  const auto guard = [&](int depth, nlohmann::json::parse_event_t, Json&) {
    check<FormatError>(depth <= deepest, where, ": expected at most ", deepest,
                       " levels of nesting, got more");
    return true;
  };
  try {
    return Json::parse(text, guard);
  } catch (const nlohmann::json::exception&) {
    throw FormatError(where + ": expected JSON");
  }
}

}  // namespace imagine::serve
