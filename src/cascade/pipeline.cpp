#include "imagine/pipeline.h"

#include <algorithm>
#include <utility>

#include <torch/utils.h>

#include "cascade/job.h"
#include "cascade/loras.h"
#include "cascade/model.h"
#include "cascade/text_states.h"
#include "core/check.h"
#include "io/safetensors.h"
#include "nn/device.h"
#include "nn/dtype.h"
#include "nn/pixels.h"
#include "nn/text_batch.h"
#include "text/caption.h"
#include "text/text_encoder.h"

namespace imagine {
namespace {

using cascade::Job;
using cascade::Model;

/// Models whose weights are not more stay loaded between stages and requests.
constexpr std::uint64_t kSmallModel = std::uint64_t(1) << 30;
constexpr int kBatch = 8;  // pictures that a small model draws at once: memory is the limit
constexpr int kWave = 64;  // pictures that go through a large model's stage before the next one

/// The text encoders count: they are often the largest part.
bool is_small(const Model& model) {
  std::uint64_t bytes = 0;
  std::error_code missing;  // read() says so
  for (const auto& reading : model.readings) {
    const auto add = [&](const std::filesystem::directory_entry& entry) {
      const auto end = entry.path().extension();
      if (end == ".safetensors" || end == ".gguf") bytes += entry.file_size(missing);
    };
    add(std::filesystem::directory_entry(reading.text_encoder, missing));
    for (const auto& entry : std::filesystem::directory_iterator(reading.text_encoder, missing)) {
      add(entry);
    }
  }
  for (const auto& stage : model.stages) bytes += stage->bytes();
  return bytes <= kSmallModel;
}

/// FormatError where not every number of what `who` made is finite.
void check_finite(const Tensor& made, const std::string& who) {
  check<FormatError>(made.isfinite().all().item<bool>(), who,
                     ": expected finite numbers, made others; its weights, or what --lora adds to "
                     "them, are broken");
}

/// Tells the request's listener of the steps of pictures first .. first + count - 1.
diffusion::OnStep reports(const Request& request, int size, int first, int count) {
  return [&request, size, first, count](const diffusion::StepDone& step) {
    return !request.on_progress || request.on_progress({.stage = concat(size, " pixels"),
                                                        .step = int(step.index) + 1,
                                                        .steps = int(step.count),
                                                        .picture = first,
                                                        .together = count,
                                                        .pictures = request.count});
  };
}

/// The picture of an edit, and its mask, as a stage takes them after one that drew `coarse`.
std::optional<cascade::Edited> edited_for(const cascade::StagePlan& stage, const Request& request,
                                          const Tensor& coarse) {
  if (request.task != Task::edit) return std::nullopt;
  const auto& image = request.image->image;
  Extent before{.width = 0, .height = 0};
  if (coarse.defined()) before = {.width = coarse.size(3), .height = coarse.size(2)};
  const auto extent = stage.edited({.width = image.width, .height = image.height}, before);
  cascade::Edited edited{.picture = cascade::picture_at(image, extent)};
  if (request.mask) edited.mask = cascade::mask_at(request.mask->image, extent);
  return edited;
}

/// The alpha of what is upscaled, as large as what was drawn of it; empty where there is none.
std::vector<std::uint8_t> enlarged_alpha(const Request& request, const Image& drawn) {
  if (request.task != Task::upscale || request.image->alpha.empty()) return {};
  const auto& image = request.image->image;
  return cascade::alpha_at(request.image->alpha, {.width = image.width, .height = image.height},
                           {.width = drawn.width, .height = drawn.height});
}

}  // namespace

struct Pipeline::State {
  Model model;
  std::string folder;  ///< of the model, as the caller named it
  cascade::Placement placement;
  bool small;                     ///< the whole model stays loaded
  bool keeps_texts;               ///< on disk: what the text encoder made of prompts
  std::string text_encoder = {};  ///< as the caller named it, if not the model's own
  std::vector<LoraUse> loras = {};
  std::vector<std::unique_ptr<text::TextEncoder>> encoders = {};  // those that are loaded
  std::vector<std::unique_ptr<cascade::Stage>> stages = {};       // those that are loaded

  cascade::Prompts read(const Request& request, std::size_t reading);
  cascade::Stage& loaded(std::size_t index);
  void draw_wave(const Job& job, const std::vector<cascade::Prompts>& prompts, int first,
                 const OnPicture& on_picture);
};

/// One row each.
cascade::Prompts Pipeline::State::read(const Request& request, std::size_t index) {
  const auto& reading = model.readings[index];
  encoders.resize(model.readings.size());
  auto& encoder = encoders[index];
  if (!encoder) {
    encoder = text::load_text_encoder(reading.text_encoder, placement.dtype, reading.replaced);
    encoder->to(placement.device);
  }
  const cascade::TextStates cache(keeps_texts ? cascade::TextStates::default_folder() : "");
  const auto states = [&](const std::string& prompt) {
    auto text = reading.lower_cases ? text::lower_cased(prompt) : prompt;
    if (request.clean_caption) text = text::cleaned_caption(prompt);
    const auto length = encoder->measure(text, reading.text_length);
    if (length.read < length.tokens && request.on_cut) {
      request.on_cut({.prompt = prompt, .tokens = length.tokens, .read = length.read});
    }
    auto read = cache.read(*encoder, text, reading.text_length, placement.dtype);
    check_finite(read.states, reading.text_encoder.string());
    return read;
  };
  cascade::Prompts prompts{.text = states(request.prompt), .negative = {}};
  if (reading.reads_no_text || !request.negative.empty()) {
    prompts.negative = states(request.negative);
  }
  if (!small) encoder.reset();
  return prompts;
}

cascade::Stage& Pipeline::State::loaded(std::size_t index) {
  stages.resize(model.stages.size());
  if (!small) {
    for (auto& other : stages) other.reset();
  }
  if (!stages[index]) {
    const bool begins = index == 0;
    stages[index] = model.stages[index]->load(placement, begins ? loras : std::vector<LoraUse>());
  }
  return *stages[index];
}

/// Pictures first, first + 1 ... through one stage after the other, so that each is loaded once.
void Pipeline::State::draw_wave(const Job& job, const std::vector<cascade::Prompts>& prompts,
                                int first, const OnPicture& on_picture) {
  const auto& request = job.request;
  const int batch = small ? kBatch : 1;
  const int end = std::min(request.count, first + (small ? kBatch : kWave));
  std::vector<Tensor> pixels(std::size_t(end - first));  // of the batches, [B, 3, S, S]
  for (std::size_t index = job.stages.begin; index < job.stages.end; ++index) {
    auto& stage = loaded(index);
    const auto& read =
        prompts[model.reading_of_stage[index] - model.reading_of_stage[job.stages.begin]];
    for (int begin = first; begin < end; begin += batch) {
      const int count = std::min(batch, end - begin);
      auto& drawn = pixels[std::size_t(begin - first)];
      if (index == job.stages.begin && job.upscaled.defined()) {
        drawn = job.upscaled.expand({count, -1, -1, -1});
      }
      cascade::StageTask task{.prompts = {.text = nn::repeated(read.text, count), .negative = {}},
                              .coarse = drawn,
                              .edited = edited_for(*model.stages[index], request, drawn),
                              .ratio = job.ratio,
                              .seeds = {},
                              .settings = job.recipe.stages[index - job.stages.begin]};
      if (read.negative) task.prompts.negative = nn::repeated(*read.negative, count);
      for (int i = 0; i < count; ++i) task.seeds.push_back(request.seed + std::uint64_t(begin + i));
      task.on_step = reports(request, task.settings.size, begin, count);
      drawn = stage.draw(task);
      check_finite(drawn, concat(model.name, ": the stage of ", task.settings.size, " pixels"));
      if (index + 1 < job.stages.end) continue;
      auto images = nn::to_images(drawn);
      for (int i = 0; i < count; ++i) {
        auto own = job.recipe;
        own.seed = task.seeds[std::size_t(i)];
        own.width = int(drawn.size(3)), own.height = int(drawn.size(2));
        on_picture({.image = std::move(images[std::size_t(i)]), .recipe = std::move(own)});
      }
    }
  }
}

Pipeline::Pipeline(std::unique_ptr<State> state) : state_(std::move(state)) {}
Pipeline::Pipeline(Pipeline&&) noexcept = default;
Pipeline& Pipeline::operator=(Pipeline&&) noexcept = default;
Pipeline::~Pipeline() = default;

Pipeline Pipeline::open(const std::filesystem::path& folder, const PipelineOptions& options) {
  const auto device = nn::device_named(options.device);
  // Changed weights are the base's own: no quick network was taught them.
  auto model =
      cascade::open_model(folder, options.upscaler, options.quick && options.loras.empty());
  if (!options.text_encoder.empty()) {
    auto& reading = model.readings[0];
    reading.replaced = std::exchange(reading.text_encoder, options.text_encoder);
  }
  for (const auto& lora : options.loras) {
    io::SafetensorsFile opens(cascade::lora_file_in(lora.file));
  }
  const bool small = is_small(model);
  return Pipeline(std::make_unique<State>(
      State{.model = std::move(model),
            .folder = folder.string(),
            .placement = {.device = device, .dtype = nn::compute_dtype(options.dtype, device)},
            .small = small,
            .keeps_texts = options.cache && !small,
            .text_encoder = options.text_encoder.string(),
            .loras = options.loras}));
}

std::vector<int> Pipeline::sizes() const {
  std::vector<int> sizes;
  for (const auto& stage : state_->model.stages) sizes.push_back(stage->size());
  return sizes;
}

std::vector<Picture> Pipeline::generate(const Request& request) {
  std::vector<Picture> pictures;
  generate(request, [&](Picture picture) { pictures.push_back(std::move(picture)); });
  return pictures;
}

bool Pipeline::edits_any_shape() const { return cascade::edits_any_shape(state_->model); }

void Pipeline::generate(const Request& asked_for, const OnPicture& on_picture) {
  auto job = cascade::job_of(asked_for, state_->model);
  job.recipe.dtype = nn::name_of(state_->placement.dtype);
  job.recipe.model_folder = state_->folder;
  job.recipe.text_encoder = state_->text_encoder;
  for (const auto& [file, weight] : state_->loras) {
    job.recipe.loras.push_back(concat(file.string(), ':', weight));
  }
  const auto& readings = state_->model.reading_of_stage;
  std::vector<cascade::Prompts> prompts;
  for (auto i = readings[job.stages.begin]; i <= readings[job.stages.end - 1]; ++i) {
    prompts.push_back(state_->read(job.request, i));
  }
  const auto hand_over = [&](Picture picture) {
    picture.alpha = enlarged_alpha(job.request, picture.image);
    on_picture(std::move(picture));
  };
  for (int first = 0; first < job.request.count; first += state_->small ? kBatch : kWave) {
    state_->draw_wave(job, prompts, first, hand_over);
  }
}

}  // namespace imagine
