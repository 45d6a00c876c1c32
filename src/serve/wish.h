/// What a client wishes for, whatever its dialect calls it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/extent.h"
#include "imagine/image_file.h"
#include "imagine/request.h"
#include "serve/sent.h"

namespace imagine::serve {

/// How a dialect calls what may be wrong: what an error names.
struct WishNames {
  const char* model = "model";
  const char* prompt = "prompt";
  const char* negative = "negative";
  const char* count = "n";
  const char* seed = "seed";
  const char* steps = "steps";
  const char* guidance = "guidance_scale";
  const char* size = "size";
  const char* enlarged = "size";  ///< of what is upscaled
  const char* aspect = "size";
  const char* format = "output_format";
  const char* quality = "output_compression";
  const char* image = "image";
  const char* mask = "mask";
  const char* strength = "strength";
  const char* loras = "lora";
  const char* styles = "styles";
  const char* edges_from = "edges_from";  ///< what has edges found in a picture
  /// What these are, or what they are parts of.
  const char* regions = "regions";
  const char* control = "control";
  const char* style = "style";
};

/// What is left open is the model's default.
struct Wish {
  std::string model = {};
  Task task = Task::generate;
  std::string prompt = {}, negative = {};
  std::optional<std::int64_t> count = {}, seed = {}, steps = {};  ///< seed -1: random
  std::optional<double> guidance = {}, strength = {};
  std::optional<SamplerName> sampler = {};
  bool fits_sampler = false;        ///< where the model has not that one, its own draws
  bool full = false;                ///< without a distilled network
  std::optional<double> side = {};  ///< of a square of about as many pixels
  std::int64_t asked_pixels = 0;    ///< where a client names a width and a height
  std::string aspect = {};          ///< of a generation: "3:2"; empty: square
  std::optional<Source> image = {}, mask = {};
  std::optional<PromptSyntax> prompt_syntax = {};
  std::vector<std::string> styles = {};  ///< names, whose words are put around the prompt in turn
  std::optional<Control> control = {};
  std::optional<Style> style = {};
  std::vector<LoraUse> loras = {};  ///< `file`: a name of the shelf's
  std::string format = {};          ///< png, jpeg, webp; empty: png
  std::optional<std::int64_t> quality = {};
};

inline constexpr std::int64_t kLargestSide = 65536;  ///< pixels, that may be asked for

/// Its side and its aspect.
void set_extent(Wish& wish, Extent extent);

/// "640x480"; nothing where it is none, or beyond 1 .. kLargestSide.
std::optional<Extent> extent_in(const std::string& text);

/// Of that size, by the nearest pixels.
Source resized(Source source, Extent extent);

/// As wide beside its height as a picture of that extent is: stretched to about as many pixels as
/// before, by the nearest ones; or what lies beyond cut off on both sides.
Source stretched(Source source, Extent extent);
Source cut(Source source, Extent extent);

/// With no more pixels: the mean of as many as make one, of its alpha too. A mask of the same size
/// stays beside its picture.
Source within(Source source, std::int64_t pixels);

/// The picture in the file; nothing of an empty one. Problem 400 naming the field.
Source picture_of(const SentPicture& sent, const std::string& name,
                  Transparency transparency = Transparency::on_white);

/// Problem 400 where it is beyond.
void check_between(std::int64_t value, std::int64_t least, std::int64_t most,
                   const std::string& name);
void check_between(double value, double least, double most, const std::string& name);

}  // namespace imagine::serve
