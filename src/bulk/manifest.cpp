#include "bulk/manifest.h"

#include <atomic>
#include <system_error>

#include "core/check.h"
#include "core/request_json.h"
#include "imagine/version.h"
#include "io/fingerprint.h"
#include "io/json_file.h"
#include "io/leftovers.h"

namespace imagine::bulk {
namespace {

constexpr const char* kFile = "manifest.json";

/// Of the prompts as they are drawn: ends of lines and empty ones do not count.
std::string fingerprint_of(const std::vector<io::ListedPrompt>& prompts) {
  io::Fingerprint fingerprint;
  for (const auto& prompt : prompts) fingerprint.add(prompt.text);
  return fingerprint.text();
}

/// Refuses the first member that is not the same, nested ones by their whole way.
void check_same(const Json& asked, const Json& there, const std::string& where) {
  check<InputError>(there.is_object(), where, ": expected a JSON object, got ", there.type_name());
  const auto shown = [](const Json& json, const std::string& key) {
    return json.contains(key) ? json[key].dump(-1, ' ', false, Json::error_handler_t::replace)
                              : std::string("nothing");
  };
  for (const auto* keys : {&asked, &there}) {
    for (const auto& [key, unused] : keys->items()) {
      const bool both = asked.contains(key) && there.contains(key);
      if (both && asked[key] == there[key]) continue;
      const auto place = concat(where, ": ", key);
      if (both && asked[key].is_object()) return check_same(asked[key], there[key], place);
      throw InputError(concat(place, ": expected ", shown(there, key),
                              ", as the pictures that are there, got ", shown(asked, key),
                              "; choose another folder for other pictures"));
    }
  }
}

/// Whether this process made `file`, with these bytes in it from the first moment on: a link is
/// made once, whoever tries at the same time.
bool made_at_once(const io::fs::path& file, const Json& json) {
  static std::atomic<int> count = 0;  // threads of a process differ too
  const auto mine =
      file.parent_path() / concat(".imagine-", io::process_tag(), '-', count++, "-manifest.tmp");
  io::write_json(mine, json);
  std::error_code refused, stays;
  io::fs::create_hard_link(mine, file, refused);
  io::fs::remove(mine, stays);
  if (!refused || io::fs::exists(file)) return !refused;
  io::write_json(file, json);  // a file system without links
  return true;
}

}  // namespace

Json manifest_of(const Assignment& assignment, const Painting& painting) {
  auto request = to_json(assignment.request);
  for (const char* of_a_prompt : {"task", "prompt"}) request.erase(of_a_prompt);
  return {{"imagine", kVersion},
          {"model", painting.model},
          {"model_fingerprint", painting.fingerprint},
          {"dtype", painting.dtype},
          {"device", painting.device},
          {"prompts", assignment.prompts.size()},
          {"prompts_fingerprint", fingerprint_of(assignment.prompts)},
          {"prompts_per_shard", assignment.per_shard},
          {"shards", assignment.shards()},
          {"pictures", assignment.pictures()},
          {"format", name_of(assignment.format)},
          {"request", request}};
}

void settle_manifest(const io::fs::path& folder, const Json& asked) {
  std::error_code error;
  io::fs::create_directories(folder, error);
  check<ResourceError>(!error, folder.string(), ": expected to make this folder, got ",
                       error.message());
  const auto file = folder / kFile;
  if (!io::fs::exists(file) && made_at_once(file, asked)) return;
  // As text both say whole numbers alike.
  check_same(io::parse_json(asked.dump(), file.string()), io::read_json(file), file.string());
}

}  // namespace imagine::bulk
