/// What a prompt says, taken apart: how strongly each word is read, when, and where.
#pragma once

#include <array>
#include <string>
#include <vector>

namespace imagine {

/// How a prompt is written: as it stands, or with AUTOMATIC1111's signs: (stronger), (as:1.3),
/// [weaker], [from:to:when], [in|turns], one AND another, <region:x,y,width,height>.
enum class PromptSyntax { plain, a1111 };

constexpr std::array<const char*, 2> names_of(PromptSyntax) { return {"plain", "a1111"}; }

/// A stretch of text. Where words are looked for, those of weight 2 count as if they stood there
/// twice; of weight 0 they are not seen.
struct WeightedText {
  std::string text = {};
  double weight = 1;  ///< 0 .. 100

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("text", self.text, "part of a prompt");
    field("weight", self.weight, "how strongly it is read; 1: as it is");
  }

  bool operator==(const WeightedText&) const = default;
};

/// One of several texts that a picture follows at once (Liu et al. 2022, "Composable Diffusion").
struct Clause {
  std::vector<WeightedText> parts = {};
  double weight = 1;  ///< how far it pulls the picture, -100 .. 100

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("parts", self.parts, "its text");
    field("weight", self.weight, "how far it pulls the picture");
  }

  bool operator==(const Clause&) const = default;
};

/// What is read from a moment of the first stage on, up to the next one's.
struct Wording {
  double from = 0;  ///< which part of the steps is over, 0 .. 1
  std::vector<Clause> clauses = {};

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("from", self.from, "which part of the steps is over when it begins to count");
    field("clauses", self.clauses, "the texts that are followed at once");
  }

  bool operator==(const Wording&) const = default;
};

/// Of a picture, in parts of its width and height from the top left corner. In JSON [x, y, width,
/// height].
struct Box {
  double x = 0, y = 0, width = 1, height = 1;

  bool operator==(const Box&) const = default;
};

/// A part of the picture with words of its own.
struct Region {
  Box box = {};
  std::string prompt = {};
  /// Above 0 .. 1: how much of the picture's own words it takes away there. With all of them bodies
  /// of two regions grow together (measured in docs/control.md).
  double strength = 0.65;
  double feather = 0;  ///< 0 .. 0.5: how far its edge fades, in parts of its shorter side
  double until = 1;    ///< above 0 .. 1: for which part of the steps
  std::vector<WeightedText> parts = {};  ///< what `prompt` was read as; empty: by the syntax

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("box", self.box, "x, y, width and height in parts of the picture");
    field("prompt", self.prompt, "what is to be there");
    field("strength", self.strength, "how much of the prompt's own words it takes away there");
    field("feather", self.feather, "how far its edge fades, in parts of its shorter side");
    field("until", self.until, "for which part of the steps it counts");
    field("parts", self.parts, "what its prompt was read as");
  }

  bool operator==(const Region&) const = default;
};

/// How regions are drawn: each place looks for its words where it looks for words at all, which
/// costs next to nothing; or each region's picture is drawn in full and they are joined at every
/// step (Bar-Tal et al. 2023, "MultiDiffusion"), which takes its time for each of them.
enum class RegionMethod { attention, multidiffusion };

constexpr std::array<const char*, 2> names_of(RegionMethod) {
  return {"attention", "multidiffusion"};
}

}  // namespace imagine
