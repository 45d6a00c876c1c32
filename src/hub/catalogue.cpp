#include "hub/catalogue.h"

#include <algorithm>
#include <cstdlib>

#include "core/check.h"
#include "core/nearest.h"
#include "hub/record.h"
#include "hub/source.h"

namespace imagine::hub {
namespace {

constexpr std::uint64_t kMegabyte = 1'000'000;

/// A transformer in diffusers' layout.
std::vector<Wanted> transformer_files() {
  return {{.patterns = {"transformer/config.json"}},
          {.patterns = {"transformer/diffusion_pytorch_model.safetensors"}},
          {.patterns = {"scheduler/scheduler_config.json"}}};
}

std::vector<Wanted> t5_encoder_files() {
  return {{.patterns = {"config.json"}},
          {.patterns = {"spiece.model"}, .required = false},
          {.patterns = {"tokenizer.json"}, .required = false},
          {.patterns = {"tokenizer_config.json"}, .required = false},
          {.patterns = {"special_tokens_map.json"}, .required = false},
          {.patterns = {"model.safetensors"}, .tensors = {"encoder.", "shared.weight"}}};
}

std::vector<Wanted> if_unet_files() {
  return {{.patterns = {"model_index.json"}},
          {.patterns = {"scheduler/scheduler_config.json"}},
          {.patterns = {"unet/config.json"}},
          {.patterns = {"unet/diffusion_pytorch_model.fp16.safetensors",
                        "unet/diffusion_pytorch_model.safetensors"}}};
}

std::vector<Wanted> if_first_files() {
  auto files = if_unet_files();
  for (const auto& more : std::vector<Wanted>{
           {.patterns = {"text_encoder/config.json"}},
           {.patterns = {"text_encoder/model.fp16*.safetensors",
                         "text_encoder/model*.safetensors"}},
           {.patterns = {"text_encoder/*.index.fp16.json", "text_encoder/*.fp16.index.json",
                         "text_encoder/*.safetensors.index.json"},
           .required = false},
           {.patterns = {"tokenizer/*.json"}, .required = false},
           {.patterns = {"tokenizer/spiece.model"}}}) {
    files.push_back(more);
  }
  return files;
}

std::vector<Wanted> if_second_files() {
  auto files = if_unet_files();
  files.push_back({.patterns = {"image_noising_scheduler/scheduler_config.json"}});
  return files;
}

}  // namespace

const std::vector<Model>& catalogue() {
  static const std::vector<Model> models = {
      {.name = "minit2i-b",
       .about = "MiniT2I B/16: pictures of 512 pixels, 258 million parameters",
       .licence = "MIT",
       .bytes = 1033 * kMegabyte,
       .parts = {{.source = "MiniT2I/MiniT2I:minit2i-b-16", .files = transformer_files()}},
       .needs = {"flan-t5-large"}},
      {.name = "minit2i-l",
       .about = "MiniT2I L/16: the same, 912 million parameters",
       .licence = "MIT",
       .bytes = 3647 * kMegabyte,
       .parts = {{.source = "MiniT2I/MiniT2I:minit2i-l-16", .files = transformer_files()}},
       .needs = {"flan-t5-large"}},
      {.name = "minit2i-mf",
       .about = "MiniT2I B/16 in 4 steps, as a checkpoint of JAX",
       .licence = "MIT",
       .bytes = 1033 * kMegabyte,
       .parts = {{.source = "MiniT2I/MiniT2I-B-16-MF-jax"}},
       .needs = {"flan-t5-large"},
       .afterwards =
           "a checkpoint of JAX: tools/convert_minit2i.py makes of it a folder that draws"},
      {.name = "flan-t5-large",
       .about = "the text encoder of MiniT2I; its decoder stays on the hub",
       .licence = "Apache-2.0",
       .bytes = 1365 * kMegabyte,
       .parts = {{.source = "google/flan-t5-large", .files = t5_encoder_files()}}},
      {.name = "deepfloyd-if",
       .about = "DeepFloyd IF, its middle stages: 64, then 256 pixels",
       .licence = "DeepFloyd IF License",
       .bytes = 11'300 * kMegabyte,
       .parts = {{.source = "DeepFloyd/IF-I-M-v1.0",
                  .folder = "IF-I-M-v1.0",
                  .files = if_first_files()},
                 {.source = "DeepFloyd/IF-II-M-v1.0",
                  .folder = "IF-II-M-v1.0",
                  .files = if_second_files()}},
       .gated = true},
  };
  return models;
}

const Model* catalogued(const std::string& name) {
  const auto found = std::ranges::find(catalogue(), name, &Model::name);
  return found == catalogue().end() ? nullptr : &*found;
}

Model model_named(const std::string& name) {
  if (const auto* model = catalogued(name)) return *model;
  if (name.find('/') == name.npos) {  // old names without an organisation are no models of ours
    std::vector<std::string> names;
    for (const auto& model : catalogue()) names.push_back(model.name);
    throw InputError(concat("pull: ", expected_names(name, names),
                            " (or any ORG/NAME of the hub; imagine models tells of them)"));
  }
  const auto source = parse_source(name);
  return {.name = concat(source.repository, source.folder.empty() ? "" : "/", source.folder),
          .about = "a repository of the hub",
          .licence = "as its page says",
          .parts = {{.source = name}}};
}

io::fs::path models_folder() {
  const auto set = [](const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0' ? value : nullptr;
  };
  if (const auto* own = set("IMAGINE_MODELS")) return own;
  if (const auto* data = set("XDG_DATA_HOME")) return io::fs::path(data) / "imagine" / "models";
  if (const auto* home = set("HOME")) {
    return io::fs::path(home) / ".local" / "share" / "imagine" / "models";
  }
  return {};
}

std::optional<io::fs::path> found_model(const std::string& name) {
  const auto folder = models_folder();
  if (catalogued(name) == nullptr || folder.empty()) return std::nullopt;
  const auto place = folder / name;
  return is_pulled(place) || is_put_there(place) ? std::optional(place) : std::nullopt;
}

}  // namespace imagine::hub
