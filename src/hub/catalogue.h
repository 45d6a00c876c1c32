/// The models that `imagine pull` knows by name, and where they lie once they are here. Needs no
/// network: programs that draw may ask.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "io/file.h"

namespace imagine::hub {

/// A file that a model needs, by the first of these patterns ('*' within a name) that any file has.
/// A path behind a slash is taken from the part's folder.
struct Wanted {
  std::vector<std::string> patterns;
  bool required = true;
  /// Of a safetensors file only what is called so or, where it ends with a dot, begins so; empty:
  /// all tensors.
  std::vector<std::string> tensors = {};
};

/// What comes from one repository.
struct Part {
  std::string source;              ///< as parse_source() takes it
  std::string folder = {};         ///< where it goes, in the model's folder; empty: there itself
  std::vector<Wanted> files = {};  ///< empty: all that is worth having
};

struct Model {
  std::string name;
  std::string about;
  std::string licence;
  std::uint64_t bytes = 0;  ///< about, of what is fetched for it alone
  std::vector<Part> parts = {};
  std::vector<std::string> needs = {};  ///< models of the catalogue, each in a folder beside it
  bool gated = false;                   ///< its licence is accepted on the hub, with an account
  std::string afterwards = {};          ///< what is left to do; may be empty
};

const std::vector<Model>& catalogue();

/// nullptr where the catalogue has none of that name.
const Model* catalogued(const std::string& name);

/// A model of the catalogue, or of any repository. InputError where it can be neither, with the
/// name that may be meant.
Model model_named(const std::string& name);

/// Where models are kept: $IMAGINE_MODELS, else $XDG_DATA_HOME/imagine/models, else
/// ~/.local/share/imagine/models. Empty where there is no home.
io::fs::path models_folder();

/// The folder of a model of the catalogue where models are kept: one that `imagine pull` has put
/// there whole, or that somebody else has put there. nullopt where there is none. Never throws.
std::optional<io::fs::path> found_model(const std::string& name);

}  // namespace imagine::hub
