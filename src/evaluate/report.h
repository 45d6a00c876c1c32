/// What an evaluation found: one JSON, and one page that shows the same.
#pragma once

#include <string>
#include <vector>

#include "core/fields.h"
#include "imagine/image.h"

namespace imagine::evaluate {

/// A picture for people.
struct Figure {
  std::string chapter;  ///< key of Report::results that it belongs to
  std::string title;
  Image image;
};

struct Report {
  Json results = Json::object();
  std::vector<Figure> figures;
};

/// The scores in words, a line each: "CompScore, seen: 73.8 % (66.0 to 80.4), ...".
std::vector<std::string> headlines_of(const Json& results);

/// One page without anything outside it: every figure in it is one of report.results.
std::string html_of(const Report& report);

}  // namespace imagine::evaluate
