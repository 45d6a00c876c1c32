/// Plots as SVG.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "evaluate/interval.h"

namespace imagine::evaluate {

/// A share in 0 .. 1 with its interval, and the mark that it could reach.
struct Bar {
  std::string label;
  Estimate share;
  std::optional<double> mark = {};
  bool other_colour = false;
};

/// Lying bars, one below the other.
std::string bar_chart(const std::vector<Bar>& bars);

struct Point {
  double x = 0;
  Estimate share;
};

/// Shares in 0 .. 1 over x, which stands at even distances as it comes.
std::string line_chart(const std::vector<Point>& points, const std::string& x_name);

/// The text with what HTML and SVG would read as markup written out.
std::string escaped(const std::string& text);

}  // namespace imagine::evaluate
