/// Whether pictures of things can be told by a matcher: each among a hundred.
#pragma once

#include <string>
#include <vector>

#include "evaluate/examples.h"
#include "evaluate/interval.h"
#include "evaluate/matcher.h"

namespace imagine::evaluate {

inline constexpr int kCandidates = 100;

/// Real pictures of one thing each, no two of the same noun.
struct Subjects {
  std::string name;                  ///< "cut-outs" (photographs) or "icons" (all other styles)
  std::vector<std::string> prompts;  ///< what a picture of each is asked for with
  Tensor pixels;                     // [N, 3, S, S] bytes
};

/// Both groups as far as the examples have them, at most `most` of each; a group of fewer than two
/// is left out.
std::vector<Subjects> groups_of(const Examples& examples, int most);

struct Recall {
  std::string group;
  int candidates = 0;
  Share picture_to_text_1, picture_to_text_5;  ///< the prompt is first, or among the first five
  Share text_to_picture_1, text_to_picture_5;
};

/// How well the matcher finds each prompt by its picture and the reverse. pixels [N, 3, S, S] in
/// -1 .. 1, in the order of the prompts.
Recall recall_of(Matcher matcher, const Subjects& subjects, const Tensor& pixels);

/// alike [N, N]: rows whose own column is among their `first` largest. Ties count against.
Share recall_at(const Tensor& alike, int first);

Json json_of(const Recall& recall);

}  // namespace imagine::evaluate
