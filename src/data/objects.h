/// Pictures of one to three cut-outs, or of one repeated, with their captions, as training or
/// held-out samples.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "core/random.h"
#include "data/object_captions.h"

namespace imagine::data {

/// Relative numbers of pictures, as in data.md's mixture.
struct ObjectMixture {
  double photo = 12200;
  double render = 10300;
  double flat = 1900;
  double emoji = 1700;
  double drawing = 1900;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("photo", self.photo, "share of photographs");
    field("render", self.render, "share of 3D renders");
    field("flat", self.flat, "share of flat icons");
    field("emoji", self.emoji, "share of shaded emojis");
    field("drawing", self.drawing, "share of drawings and cartoons");
  }
};

/// What pictures are made of.
struct ObjectSources {
  std::vector<Cutout> cutouts;
  std::vector<GroundPicture> grounds;  ///< none: plain backgrounds only
};

/// Nouns that training sees in all of their styles but one: noun, style.
std::map<std::string, std::string> held_out_styles(const std::vector<Cutout>& cutouts);

/// Nouns without Italian captions in training.
std::vector<std::string> held_out_italian_nouns(const std::vector<Cutout>& cutouts);

/// Draws pictures of one size. Safe to share between threads.
struct ObjectPictures {
  int size = 64;          ///< pixels along each side
  bool labelled = false;  ///< whether each gets Sample::labels
};

class ObjectMaker {
 public:
  /// Keeps views of `sources`, which must outlive it. A style whose sources have too few pixels for
  /// that size loses its share; InputError where none is left.
  ObjectMaker(const ObjectSources& sources, const ObjectMixture& mixture,
              const ObjectPictures& pictures);

  /// A picture that the held-out rules allow in training, or (`held_out`) one that they do not.
  Sample make(const std::string& key, bool held_out, Random random) const;

 private:
  /// What a picture shall show.
  struct Wish {
    std::size_t style = 0;
    std::size_t count = 1;
    bool repeated = false;  ///< one thing `count` times
  };

  const std::vector<const Cutout*>& choices(const Wish& wish) const;
  Wish wish(Random& random) const;
  ObjectScene draft(const Wish& wish, Random& random) const;
  bool is_held_out(const ObjectScene& scene) const;
  bool choose_background(ObjectScene& scene, Random& random) const;

  const ObjectSources& sources_;
  int size_;
  bool labelled_;
  std::vector<std::array<float, 3>> ground_colours_;
  std::array<std::array<std::vector<const Cutout*>, 3>, 5> choices_;  ///< by style and count - 1
  std::array<std::vector<const Cutout*>, 5> repeatable_;              ///< by style
  std::array<double, 5> shares_;
  std::map<std::string, std::string> held_out_styles_;
};

}  // namespace imagine::data
