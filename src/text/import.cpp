#include "text/import.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "core/check.h"
#include "io/file.h"
#include "io/json_file.h"
#include "io/mistaken.h"
#include "io/sibling_folder.h"
#include "io/tar.h"
#include "text/bert.h"
#include "text/bert_import.h"
#include "text/model_type.h"
#include "text/t5.h"
#include "text/t5_import.h"
#include "text/t5_weights.h"
#include "text/text_encoder.h"
#include "text/tokenizer_file.h"

namespace imagine::text {
namespace {

constexpr std::array kOurFiles = {"config.json", kBertTokenizer, kT5Tokenizer, kAnyTokenizer,
                                  "model.safetensors"};
constexpr auto kWeights = "model.safetensors";
constexpr auto kTokenizerConfig = "tokenizer_config.json";

bool is_wanted(const fs::path& name) {
  return name == kTokenizerConfig ||
         std::find(kOurFiles.begin(), kOurFiles.end(), name) != kOurFiles.end();
}

// The one folder of the archive that holds weights.
fs::path model_folder(const fs::path& archive) {
  std::optional<fs::path> folder;
  io::read_archive(archive, [&](const std::string& name, const io::Bytes&) {
    const fs::path path(name);
    if (path.filename() != kWeights) return;
    check<FormatError>(!folder, archive.string(), ": expected one ", kWeights, ", got two");
    folder = path.parent_path();
  });
  check<FormatError>(folder.has_value(), archive.string(), ": expected a ", kWeights, ", got none");
  return *folder;
}

void unpack(const fs::path& archive, const fs::path& target) {
  const auto folder = model_folder(archive);
  io::read_archive(archive, [&](const std::string& name, const io::Bytes& bytes) {
    const fs::path path(name);
    if (path.parent_path() == folder && is_wanted(path.filename())) {
      io::write_file(target / path.filename(), bytes);
    }
  });
}

/// Whether a file holds other files; weights that lie alone are read as they are.
bool is_archive(const fs::path& source) {
  const auto end = source.extension();
  return !fs::is_directory(source) && end != ".safetensors" && end != ".gguf";
}

std::string type_in(const fs::path& folder) {
  const auto config = folder / "config.json";
  const auto type = model_type(io::read_json(config), config.string());
  check<ConfigError>(type == "bert" || type == "t5", config.string(),
                     R"(: model_type: expected "bert" or "t5", got ")", type, '"');
  return type;
}

bool is_text_encoder(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto name = entry.path().filename();
    if (std::find(kOurFiles.begin(), kOurFiles.end(), name) == kOurFiles.end()) return false;
  }
  try {
    const auto where = folder / "config.json";
    const auto config = io::read_json(where);
    if (model_type(config, where.string()) == "t5") {
      t5_config_of(config, where.string());
    } else {
      from_json<BertConfig>(config, where.string()).validate(where.string());
    }
    return true;
  } catch (const Error&) {
    return false;
  }
}

void check_replaceable(const fs::path& folder) {
  if (!fs::exists(fs::symlink_status(folder))) return;
  const bool replaceable =
      fs::is_directory(folder) && (fs::is_empty(folder) || is_text_encoder(folder));
  check<InputError>(replaceable, folder.string(),
                    ": expected a new folder or a text encoder to replace, got other content");
}

// The old folder steps aside first, and comes back if the new one cannot take its place.
void replace(const fs::path& folder, const fs::path& complete) {
  if (!fs::exists(folder)) return io::rename_folder(complete, folder);
  const io::SiblingFolder aside(folder, "old");
  const auto old = aside.path() / folder.filename();
  io::rename_folder(folder, old);
  try {
    io::rename_folder(complete, folder);
  } catch (const ResourceError&) {
    io::rename_folder(old, folder);
    throw;
  }
}

}  // namespace

void import_text_encoder(const fs::path& source, const fs::path& folder, torch::Dtype dtype) {
  const auto target = (fs::absolute(folder) / "").lexically_normal().parent_path();
  check<InputError>(fs::exists(source), source.string(),
                    ": expected a folder or archive, got none");
  check_replaceable(target);

  std::optional<io::SiblingFolder> unpacked;
  auto model = io::model_folder_in(source);
  if (is_archive(source)) {
    model = unpacked.emplace(target, "source").path();
    unpack(source, model);
  }
  const auto type = is_bare_t5(model) ? std::string("t5") : type_in(model);
  const io::SiblingFolder complete(target, "import");
  (type == "t5" ? convert_t5 : convert_bert)(model, complete.path(), dtype);
  load_text_encoder(complete.path(), dtype);  // refuses before anything is replaced
  replace(target, complete.path());
}

}  // namespace imagine::text
