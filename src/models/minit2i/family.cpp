#include "models/minit2i/family.h"

#include "io/json_file.h"
#include "models/minit2i/stage.h"

namespace imagine::models {

namespace fs = std::filesystem;

namespace {

/// Whether its transformer is bytes, of which the config says so.
bool is_int8(const fs::path& folder) {
  return io::read_json(folder / kMmJitFolder / "config.json").contains("quantization_config");
}

}  // namespace

Cascade open_minit2i(const fs::path& folder) {
  const auto config = minit2i_config(folder);
  const bool has_parent = folder.has_parent_path();
  Cascade cascade{.name = has_parent ? folder.string() : "./" + folder.string(),
                  .text_rules = {{.text_encoder = minit2i_text_encoder(folder, config),
                                  .text_length = {.most = config.prompt_length},
                                  .reads_empty = true,
                                  .width = config.txt_input_size,
                                  .usual = config.llm,
                                  .int8 = is_int8(folder)}}};
  cascade.add_stage(minit2i_stage(folder));
  cascade.default_size = cascade.stages.back().spec->size();
  return cascade;
}

}  // namespace imagine::models
