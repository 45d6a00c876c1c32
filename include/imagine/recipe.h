/// How a picture was made.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "imagine/request.h"

namespace imagine {

/// How one stage of the cascade samples, nothing left open.
struct StageSettings {
  int size = 0;                              ///< side of its square in pixels
  std::optional<StageNetwork> network = {};  ///< nothing where the stage has but one
  Steps steps = std::int64_t(0);
  SamplerName sampler = SamplerName::dpm_solver;
  double guidance = 1;
  std::optional<double> t_min = {}, t_max = {};  ///< of a student that knows guidance
  double noise_level = 0;
  double strength = 1;
  std::optional<KnownRegion> known_region = {};  ///< nothing but in an inpainting

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("size", self.size, "side in pixels");
    sampling_fields(self, field);
  }

  bool operator==(const StageSettings&) const = default;
};

/// The settings as what a caller may ask for.
StageOptions options_of(const StageSettings& settings);

/// All that is needed to make a picture again: a request for it with nothing left open, and the
/// model that served it. Its pictures are their names alone.
struct Recipe {
  Request request = {};  ///< of this picture alone; what its stages did is in `stages`
  std::vector<StageSettings> stages = {};
  int width = 0;
  int height = 0;
  std::string model = {};
  std::string model_folder = {};
  std::string text_encoder = {};
  std::string dtype = {};
  std::vector<std::string> prompts = {};  ///< of a sheet: all of them; empty: no sheet

  /// The request's list, but for its stages, which are settled.
  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    Request::fields(self.request, [&](const char* name, auto& member, const char* meaning) {
      using Member = std::remove_cvref_t<decltype(member)>;
      if constexpr (std::is_same_v<Member, std::vector<StageOptions>>) {
        field(name, self.stages, meaning);
      } else {
        field(name, member, meaning);
      }
    });
    field("width", self.width, "in pixels");
    field("height", self.height, "in pixels");
    field("model", self.model, "name of the model, or its folder");
    field("model_folder", self.model_folder, "its folder; empty: the program's own");
    field("text_encoder", self.text_encoder, "its folder, where it is not the model's own");
    field("dtype", self.dtype, "of the computation");
    field("prompts", self.prompts, "of a sheet of several pictures; empty: it is one picture");
  }
};

/// The request that makes the picture of that recipe again; pictures that it names are to be read.
Request request_of(const Recipe& recipe);

struct Picture {
  Image image;
  Recipe recipe;
  std::vector<std::uint8_t> alpha = {};  ///< width * height where its source had one
};

}  // namespace imagine
