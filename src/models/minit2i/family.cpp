#include "models/minit2i/family.h"

#include "io/json_file.h"
#include "models/minit2i/stage.h"

namespace imagine::models {
namespace {

namespace fs = std::filesystem;

/// Where the text encoder that `llm` names lies: within the folder, or beside it under its name.
fs::path encoder_of(const fs::path& folder, const std::string& llm) {
  const auto own = folder / "text_encoder";
  if (fs::exists(own)) return own;
  const auto name = fs::path(llm).filename();
  const auto whole = fs::absolute(folder / "").lexically_normal().parent_path();
  const auto beside = {whole.parent_path() / name, whole.parent_path().parent_path() / name};
  for (const auto& place : beside) {
    if (!name.empty() && fs::is_directory(place)) return place;
  }
  return own;  // who reads it says that there is none
}

}  // namespace

bool is_minit2i_folder(const fs::path& folder) {
  return fs::exists(folder / "transformer" / "config.json");
}

Cascade open_minit2i(const fs::path& folder) {
  const auto config = minit2i_config(folder);
  const bool has_parent = folder.has_parent_path();
  Cascade cascade{.name = has_parent ? folder.string() : "./" + folder.string(),
                  .text_rules = {{.text_encoder = encoder_of(folder, config.llm),
                                  .text_length = {.most = config.prompt_length},
                                  .width = config.txt_input_size,
                                  .usual = config.llm}}};
  cascade.add_stage(minit2i_stage(folder));
  cascade.default_size = cascade.stages.back().spec->size();
  return cascade;
}

}  // namespace imagine::models
