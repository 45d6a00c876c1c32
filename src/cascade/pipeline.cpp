#include "imagine/pipeline.h"

#include <algorithm>
#include <map>

#include <torch/cuda.h>
#include <torch/utils.h>

#include "cascade/model_folder.h"
#include "cascade/sampling.h"
#include "core/fields.h"
#include "core/place.h"
#include "io/json_file.h"
#include "nn/dtype.h"
#include "nn/pixels.h"
#include "nn/text_batch.h"
#include "nn/weights.h"
#include "text/text_encoder.h"

namespace imagine {
namespace {

using cascade::ModelFile;
using cascade::SamplingOptions;
using cascade::StageEntry;

constexpr int kBatch = 8;  // pictures drawn at once: memory, not speed, is the limit

torch::Device device_named(const std::string& name) {
  check<ConfigError>(name == "cpu" || name == "cuda", "device: expected cpu or cuda, got \"", name,
                     "\"");
  check<ConfigError>(name == "cpu" || torch::cuda::is_available(),
                     "device: cuda was asked for, but this LibTorch finds no CUDA device");
  return torch::Device(name);
}

void check_request(const Request& request, const ModelFile& model) {
  check<InputError>(request.prompt.find_first_not_of(" \t\r\n") != std::string::npos,
                    "prompt: expected some text, got none");
  check<InputError>(request.count >= 1 && request.count <= 10'000,
                    "count: expected 1 .. 10000, got ", request.count);
  std::string known;
  for (const auto& stage : model.stages) known += concat(known.empty() ? "" : ", ", stage.size);
  check<InputError>(
      std::ranges::any_of(model.stages, [&](const auto& s) { return s.size == request.size; }),
      "size: expected one of ", known, ", got ", request.size);
}

/// The first stage's defaults with what the caller asked for. The others keep theirs: a recipe,
/// which holds the first one's, makes the picture again.
SamplingOptions asked(SamplingOptions sampling, const Request& request) {
  if (request.steps) sampling.steps = *request.steps;
  if (request.guidance) sampling.guidance = *request.guidance;
  if (request.sampler) sampling.sampler = *request.sampler;
  at_place<InputError>("", [&] { sampling.validate(); });
  return sampling;
}

}  // namespace

struct Pipeline::State {
  std::filesystem::path folder;
  ModelFile model;
  torch::Device device;
  torch::Dtype dtype;
  std::unique_ptr<text::TextEncoder> encoder;
  std::map<std::string, denoiser::Hybrid> bases;  // by folder: one may serve twice
  std::map<std::string, denoiser::SuperResolution> upscalers;

  /// The stage's network; at its first use it is built as its config.json says, and filled.
  template <class Config, class Network>
  Network loaded(std::map<std::string, Network>& networks, const StageEntry& stage) const {
    if (const auto found = networks.find(stage.folder); found != networks.end()) {
      return found->second;
    }
    const auto path = folder / stage.folder;
    const auto where = (path / "config.json").string();
    const auto config = from_json<Config>(io::read_json(path / "config.json"), where);
    auto network = at_place(where + ": ", [&] { return Network(config); });
    nn::load_weights(*network, io::SafetensorsFile(path / "model.safetensors"), {.dtype = dtype});
    network->to(device);
    network->eval();
    return networks.emplace(stage.folder, network).first->second;
  }

  const text::TextEncoder& text_encoder() {
    if (!encoder) encoder = text::load_text_encoder(folder / model.text_encoder, dtype);
    return *encoder;
  }

  std::vector<Image> run_batch(const Request& request, int first, int count);
};

/// Pictures first .. first + count - 1 of a request through all stages up to its size.
std::vector<Image> Pipeline::State::run_batch(const Request& request, int first, int count) {
  std::vector<std::uint64_t> seeds;
  for (int i = 0; i < count; ++i) seeds.push_back(request.seed + std::uint64_t(first + i));
  const auto text = nn::repeated(text_encoder().encode({request.prompt}), count);
  cascade::Prompts prompts{.text = text, .negative = {}};
  if (!request.negative.empty()) {
    prompts.negative = nn::repeated(text_encoder().encode({request.negative}), count);
  }
  const auto on_step = [&](const StageEntry& stage) -> diffusion::OnStep {
    return [&](const diffusion::Step& step) {
      return !request.on_progress || request.on_progress({.stage = concat(stage.size, " pixels"),
                                                          .step = int(step.index) + 1,
                                                          .steps = int(step.count),
                                                          .picture = first,
                                                          .together = count,
                                                          .pictures = request.count});
    };
  };
  Tensor pixels;  // [B, 3, S, S]
  for (const auto& stage : model.stages) {
    if (stage.size > request.size) break;
    cascade::Sampling sampling{
        .seeds = seeds, .options = stage.sampling, .on_step = on_step(stage)};
    if (!pixels.defined()) sampling.options = asked(stage.sampling, request);
    if (stage.network == cascade::kSuperResolution) {
      const auto network = loaded<denoiser::SuperResolutionConfig>(upscalers, stage);
      const auto made = pixels.size(2) * network->config.factor;
      check<ConfigError>(made == stage.size, (folder / "model.json").string(), ": ", stage.folder,
                         ": size: expected ", made, ", got ", stage.size);
      pixels = cascade::upscale(network, text, pixels, sampling);
    } else {
      const auto network = loaded<denoiser::HybridConfig>(bases, stage);
      pixels = pixels.defined() ? cascade::refine(network, prompts, pixels, stage.size, sampling)
                                : cascade::draw(network, prompts, stage.size, sampling);
    }
  }
  return nn::to_images(pixels);
}

Pipeline::Pipeline(std::unique_ptr<State> state) : state_(std::move(state)) {}
Pipeline::Pipeline(Pipeline&&) noexcept = default;
Pipeline& Pipeline::operator=(Pipeline&&) noexcept = default;
Pipeline::~Pipeline() = default;

Pipeline Pipeline::open(const std::filesystem::path& folder, const PipelineOptions& options) {
  const auto device = device_named(options.device);
  return Pipeline(
      std::unique_ptr<State>(new State{.folder = folder,
                                       .model = cascade::read_model_file(folder),
                                       .device = device,
                                       .dtype = nn::compute_dtype(options.dtype, device),
                                       .encoder = nullptr,
                                       .bases = {},
                                       .upscalers = {}}));
}

std::vector<int> Pipeline::sizes() const {
  std::vector<int> sizes;
  for (const auto& stage : state_->model.stages) sizes.push_back(stage.size);
  return sizes;
}

std::vector<Picture> Pipeline::generate(const Request& request) {
  std::vector<Picture> pictures;
  generate(request, [&](Picture picture) { pictures.push_back(std::move(picture)); });
  return pictures;
}

void Pipeline::generate(const Request& asked_for, const OnPicture& on_picture) {
  auto request = asked_for;
  if (request.size == 0) request.size = state_->model.default_size;
  check_request(request, state_->model);
  const auto sampling = asked(state_->model.stages[0].sampling, request);
  auto seed = request.seed;
  for (int first = 0; first < request.count; first += kBatch) {
    const int count = std::min(kBatch, request.count - first);
    for (auto& image : state_->run_batch(request, first, count)) {
      on_picture({.image = std::move(image),
                  .recipe = {.prompt = request.prompt,
                             .negative = request.negative,
                             .seed = seed++,
                             .size = request.size,
                             .steps = int(sampling.steps),
                             .guidance = sampling.guidance,
                             .sampler = sampling.sampler,
                             .model = state_->model.name,
                             .dtype = nn::name_of(state_->dtype)}});
    }
  }
}

}  // namespace imagine
