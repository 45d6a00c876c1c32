#include "evaluate/html.h"

#include <iomanip>
#include <sstream>

#include "core/check.h"
#include "evaluate/chart.h"

namespace imagine::evaluate {

std::string table(const Cells& head, const std::vector<Cells>& rows) {
  std::ostringstream html;
  const auto add = [&](const Cells& cells, const char* tag) {
    html << "<tr>";
    for (const auto& cell : cells) html << '<' << tag << '>' << escaped(cell) << "</" << tag << '>';
    html << "</tr>\n";
  };
  html << "<table>\n";
  add(head, "th");
  for (const auto& row : rows) add(row, "td");
  html << "</table>\n";
  return html.str();
}

std::string paragraph(const std::string& text, const char* kind) {
  return concat("<p class='", kind, "'>", escaped(text), "</p>\n");
}

Estimate estimate_of(const Json& json) {
  return {.value = json.at("value"),
          .interval = {json.at("interval").at(0), json.at("interval").at(1)}};
}

std::string number(double value, int digits) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(digits) << value;
  return out.str();
}

std::string share(const Json& json) {
  const auto estimate = estimate_of(json);
  return concat(number(100 * estimate.value, 1), " % (", number(100 * estimate.interval.low, 1),
                " to ", number(100 * estimate.interval.high, 1), ")");
}

}  // namespace imagine::evaluate
