#include "models/minit2i/layout.h"

#include "core/check.h"
#include "io/file.h"
#include "io/json_file.h"

namespace imagine::models {

namespace fs = std::filesystem;

namespace {

fs::path schedule_in(const fs::path& folder) {
  return folder / "scheduler" / "scheduler_config.json";
}

}  // namespace

bool is_minit2i_folder(const fs::path& folder) {
  return fs::exists(folder / kMmJitFolder / "config.json");
}

MmJitConfig minit2i_config(const fs::path& folder) {
  const auto path = folder / kMmJitFolder / "config.json";
  return mmjit_config_of(io::read_json(path), path.string());
}

MiniT2iSchedule minit2i_schedule(const fs::path& folder, const MmJitConfig& config) {
  MiniT2iSchedule schedule{.num_inference_steps = config.n_T};
  const auto path = schedule_in(folder);
  if (!fs::exists(path)) return schedule;
  const auto json = io::read_json(path);
  check<ConfigError>(json.is_object(), path.string(), ": expected a JSON object, got ",
                     json.type_name());
  MiniT2iSchedule::fields(schedule, [&](const char* name, auto& value, const char*) {
    const auto found = json.find(name);
    if (found != json.end()) read_json(*found, concat(path.string(), ": ", name), value);
  });
  const auto steps = schedule.num_inference_steps;
  check<ConfigError>(1 <= steps && steps <= 1000, path.string(),
                     ": num_inference_steps: expected 1 .. 1000, got ", steps);
  return schedule;
}

fs::path minit2i_text_encoder(const fs::path& folder, const MmJitConfig& config) {
  const auto own = folder / "text_encoder";
  if (fs::exists(own)) return own;
  const auto name = fs::path(config.llm).filename();
  const auto whole = fs::absolute(folder / "").lexically_normal().parent_path();
  const auto beside = {whole.parent_path() / name, whole.parent_path().parent_path() / name};
  for (const auto& place : beside) {
    if (!name.empty() && fs::is_directory(place)) return place;
  }
  return own;  // who reads it says that there is none
}

void write_minit2i_network(const fs::path& stage, const fs::path& folder) {
  const auto network = folder / kMmJitFolder;
  fs::create_directories(network);
  io::write_file(network / "diffusion_pytorch_model.safetensors",
                 io::read_file(stage / "model.safetensors"));
  io::write_file(network / "config.json", io::read_file(stage / "config.json"));
}

void write_minit2i(const fs::path& stage, const fs::path& folder, const MiniT2iSchedule& schedule) {
  write_minit2i_network(stage, folder);
  fs::create_directories(folder / "scheduler");
  io::write_json(schedule_in(folder), to_json(schedule));
}

}  // namespace imagine::models
