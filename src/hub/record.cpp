#include "hub/record.h"

#include <algorithm>
#include <string_view>

#include "core/check.h"
#include "hub/source.h"
#include "io/json_file.h"

namespace imagine::hub {
namespace {

constexpr auto kName = ".imagine-pull.json";
constexpr int kFormat = 1;

Record parsed(const Json& json, const std::string& where) {
  Record record;
  check<FormatError>(json.is_object() && json.value("format", 0) == kFormat &&
                         json.contains("files") && json["files"].is_object(),
                     where, ": expected a record of format ", kFormat);
  record.complete = json.value("complete", false);
  for (const auto& [path, file] : json["files"].items()) {
    check_path(path, where);
    record.files.emplace(path, from_json<FileRecord>(file, concat(where, ": ", path)));
  }
  return record;
}

}  // namespace

Record Record::read(const io::fs::path& folder) {
  const auto file = folder / kName;
  std::error_code unknown;
  if (!io::fs::exists(file, unknown)) return {};
  try {
    return parsed(io::read_json(file), file.string());
  } catch (const std::exception&) {
    return {};  // what lies there is hashed anew
  }
}

void Record::write(const io::fs::path& folder) const {
  Json json = {{"format", kFormat}, {"complete", complete}, {"files", Json::object()}};
  for (const auto& [path, file] : files) json["files"][path] = to_json(file);
  io::write_json(folder / kName, json);
}

bool is_pulled(const io::fs::path& folder) {
  const auto record = Record::read(folder);
  return record.complete && !record.files.empty() &&
         std::ranges::all_of(record.files, [&](const auto& entry) {
           std::error_code missing;
           return io::fs::file_size(folder / entry.first, missing) == entry.second.size && !missing;
         });
}

bool is_put_there(const io::fs::path& folder) {
  constexpr std::string_view kOurs = ".imagine";  // what a pull begins with, whole or not
  std::error_code error;
  bool holds_any = false;
  for (io::fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().filename().string().starts_with(kOurs)) return false;
    holds_any = true;
  }
  return holds_any && !error;
}

}  // namespace imagine::hub
