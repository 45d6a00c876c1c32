/// What the commands that draw share: options, the names of files, progress.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/control.h"
#include "cli/progress.h"
#include "cli/regions.h"
#include "imagine/engine.h"

namespace CLI {
class App;
}

namespace imagine::cli {

/// With what is computed.
struct Computation {
  ModelOptions model = {};
  EngineOptions engine = {};
};

/// Which of a stage's networks draws, and what is added to it.
struct NetworkChoice {
  std::vector<LoraUse> loras = {};
  bool full = false;  ///< the base, not the network that was distilled from it
};

/// Settings as given: nothing, one value for all stages, or one for each.
struct StageLists {
  std::vector<Steps> steps = {};
  std::vector<SamplerName> sampler = {};
  std::vector<double> guidance = {}, t_min = {}, t_max = {}, noise_level = {}, strength = {};
  std::vector<KnownRegion> known_region = {};
};

struct Drawing {
  std::string model;  ///< its folder
  Computation computation = {};
  NetworkChoice network = {};
  WordOptions words = {};
  ControlOptions control = {};
  std::string style = {};  ///< the name of one
  StageLists stages = {};
  Request request = {};
  bool random_seed = false;  ///< chance chose it
  std::string output = {};
  std::string format = {};
  bool json = false;
};

/// The prompts of a file, to be drawn into shards by this process and perhaps others.
struct PromptFileDrawing {
  Drawing drawing = {};      ///< --output: the folder of the shards
  std::string prompts = {};  ///< the file
  std::int64_t per_shard = 256;
  /// Which of how many processes this is; what is not given the environment tells.
  std::optional<std::int64_t> rank = {}, ranks = {};
};

/// What IMAGINE_MODEL names, else the embedded model.
std::string default_model();

/// --text-encoder, --dtype, --device.
void add_computation_options(CLI::App& command, Computation& computation);
/// --lora, --full.
void add_network_options(CLI::App& command, NetworkChoice& network);
/// The former, and --output, --seed, --size, the lists of the stages, --model, --json.
void add_drawing_options(CLI::App& command, Drawing& drawing);
/// --count, --negative, --clean-caption, --lora, --full.
void add_prompt_options(CLI::App& command, Drawing& drawing);
/// --strength, --known-region.
void add_edit_options(CLI::App& command, Drawing& drawing);

/// Gives the request that prompt, or what stands on standard input where it is "-", in the
/// drawing's style.
void set_prompt(Request& request, const std::string& prompt, const Drawing& drawing);

/// For help: sizes and settings of the model in `folder` for such a task, some lines; of an
/// upscaling those of its super-resolution alone.
std::string defaults_of(const std::string& folder, Task task = Task::generate);

/// The drawing's request with the settings of its stages. InputError for lists that do not agree.
Request request_of(const Drawing& drawing);

/// Draws what the drawing is of.
class DrawingSession {
 public:
  /// Opens the model.
  explicit DrawingSession(const Drawing& drawing);

  const ModelInfo& info() const { return model_->info(); }
  /// InputError for a request that the model cannot serve.
  void check(const Request& request) const { check_request(*model_, request); }
  /// Draws the requests together and hands each picture over with the index of its request, those
  /// of one request in the order of their seeds. Progress is shown. CTRL-C stops it: Interrupted.
  void draw(const std::vector<Request>& requests,
            const std::function<void(std::size_t request, Picture)>& on_picture);

 private:
  std::shared_ptr<const Model> model_;
  Engine engine_;
};

}  // namespace imagine::cli
