#include <torch/utils.h>

#include "core/names.h"
#include "models/imagine/networks.h"
#include "models/imagine/stage_entry.h"
#include "models/imagine/stages.h"

namespace imagine::models {
namespace {

/// The adapter in a folder, beside a network of that config. FormatError or ConfigError naming the
/// file.
ControlAdapter loaded_adapter(const io::fs::path& folder, const HybridConfig& base,
                              const Placement& placement) {
  const auto config = io::read_config<ControlConfig>(folder);
  const io::SafetensorsFile weights(folder / "model.safetensors");
  check_room(least_parameters(config, base), folder);
  ControlAdapter adapter(config, base);
  nn::load_weights(*adapter, weights, {.dtype = placement.dtype});
  adapter->to(placement.device);
  adapter->eval();
  return adapter;
}

class BaseStage : public StageSpec {
 public:
  BaseStage(io::fs::path folder, const ModelFile& file, std::size_t index)
      : folder_(std::move(folder)), entry_(file.stages[index]) {
    io::read_config<HybridConfig>(folder_ / entry_.folder);
    info_ = {.size = entry_.size,
             .bytes = bytes_of(folder_ / entry_.folder),
             .samplers = flow_samplers()};
    if (has_distilled()) {
      io::read_config<HybridConfig>(folder_ / entry_.distilled.folder);
      info_.bytes += bytes_of(folder_ / entry_.distilled.folder);
      wrong_teacher_ = what_is_wrong([&] { check_teacher(folder_, file); });
    }
    if (entry_.control.exists()) {
      io::read_config<ControlConfig>(folder_ / entry_.control.folder);
      info_.bytes += bytes_of(folder_ / entry_.control.folder);
      wrong_base_ = what_is_wrong([&] { check_controlled(folder_, file); });
    }
    if (has_distilled() && wrong_teacher_.empty()) add_defaults({}, {});
    const StageOptions base{.network = StageNetwork::base};
    add_defaults(base, {});
    add_defaults(base, {.task = Task::edit});
    add_defaults(base, {.task = Task::edit, .inpaints = true});
  }

  const StageInfo& info() const override { return info_; }
  bool edits_any_shape() const override { return true; }
  std::int64_t place() const override { return kHybridPlace; }
  bool takes_style() const override { return true; }
  std::string control_refusal() const override {
    return entry_.control.exists() ? wrong_base_ : StageSpec::control_refusal();
  }
  Extent enlarged(Extent) const override { return {.width = size(), .height = size()}; }
  Extent edited(Extent picture, Extent) const override {
    return extent_of_shape(double(picture.width) / double(picture.height), size());
  }

  StageSettings resolved(const StageOptions& options, const StageUse& use) const override {
    const bool distilled = draws_distilled(options, use);
    auto settings = usual_settings(entry_, distilled ? entry_.distilled.sampling : entry_.sampling);
    if (has_distilled())
      settings.network = distilled ? StageNetwork::distilled : StageNetwork::base;
    settings.steps = options.steps.value_or(settings.steps);
    settings.sampler = options.sampler.value_or(settings.sampler);
    settings.guidance = options.guidance.value_or(settings.guidance);
    settle_edit(settings, options, use);
    check_settings(entry_, settings);
    return settings;
  }

  SamplingPlan plan(const StageInput& input) const override {
    const bool distilled = input.settings.network == StageNetwork::distilled;
    const auto& usual = distilled ? entry_.distilled.sampling : entry_.sampling;
    return first_stage_plan(with_settings(usual, input.settings), size(), input);
  }

  std::shared_ptr<const Network> load(std::optional<StageNetwork> network,
                                      const Placement& placement,
                                      const std::vector<LoraUse>& loras) const override {
    auto base = loaded<Hybrid>(folder(network), placement, loras);
    if (!control_refusal().empty()) return network_of(std::move(base));
    return network_of(base,
                      loaded_adapter(folder_ / entry_.control.folder, base->config, placement));
  }

  io::fs::path folder(std::optional<StageNetwork> network) const override {
    const bool distilled = network == StageNetwork::distilled;
    return folder_ / (distilled ? entry_.distilled.folder : entry_.folder);
  }

 private:
  bool has_distilled() const { return entry_.distilled.exists(); }

  void add_defaults(const StageOptions& options, const StageUse& use) {
    info_.defaults.push_back(
        {.task = use.task, .inpaints = use.inpaints, .settings = resolved(options, use)});
  }

  /// The message of the ConfigError that `check` throws; empty where it throws none.
  template <class Check>
  static std::string what_is_wrong(const Check& check) {
    try {
      check();
    } catch (const ConfigError& error) {
      return error.what();
    }
    return {};
  }

  /// Whether nothing is asked for that the distilled network was not taught: its settings are
  /// either left to it, or named as they are, all of them.
  bool draws_distilled(const StageOptions& options, const StageUse& use) const {
    if (options.network == StageNetwork::base || !has_distilled()) return false;
    const auto& sampling = entry_.distilled.sampling;
    const auto agrees = [](const auto& asked, const auto& own) { return !asked || *asked == own; };
    const bool all_agree = agrees(options.steps, Steps(sampling.steps)) &&
                           agrees(options.sampler, sampling.sampler) &&
                           agrees(options.guidance, sampling.guidance);
    const bool none = !options.steps && !options.sampler && !options.guidance;
    const bool all = options.steps && options.sampler && options.guidance;
    const bool asked = options.network == StageNetwork::distilled;
    const bool fits = use.task == Task::generate && !use.negative && !use.changed && all_agree;
    check<InputError>(!asked || fits, "network: expected base: the distilled one draws a picture ",
                      "from a prompt alone, in ", sampling.steps, " steps of ",
                      name_of(sampling.sampler), " with guidance ", sampling.guidance);
    const bool draws = fits && (none || all || asked);
    check<ConfigError>(!draws || wrong_teacher_.empty(), wrong_teacher_);
    return draws;
  }

  io::fs::path folder_;
  StageEntry entry_;
  StageInfo info_;
  std::string wrong_teacher_;  // why the distilled network is not to draw
  std::string wrong_base_;     // why the adapter is of no use
};

}  // namespace

std::shared_ptr<const StageSpec> base_stage(const io::fs::path& folder, const ModelFile& file,
                                            std::size_t index) {
  return std::make_shared<BaseStage>(folder, file, index);
}

}  // namespace imagine::models
