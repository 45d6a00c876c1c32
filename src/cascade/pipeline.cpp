#include "imagine/pipeline.h"

#include <algorithm>

#include <torch/utils.h>

#include "cascade/model.h"
#include "cascade/text_states.h"
#include "core/check.h"
#include "nn/device.h"
#include "nn/dtype.h"
#include "nn/pixels.h"
#include "nn/text_batch.h"
#include "text/caption.h"
#include "text/text_encoder.h"

namespace imagine {
namespace {

using cascade::Model;

/// Models whose weights are not more stay loaded between stages and requests.
constexpr std::uint64_t kSmallModel = std::uint64_t(1) << 30;
constexpr int kBatch = 8;  // pictures that a small model draws at once: memory is the limit
constexpr int kWave = 64;  // pictures that go through a large model's stage before the next one

void check_request(const Request& request, const Model& model) {
  check<InputError>(request.prompt.find_first_not_of(" \t\r\n") != std::string::npos,
                    "prompt: expected some text, got none");
  check<InputError>(request.count >= 1 && request.count <= 10'000,
                    "count: expected 1 .. 10000, got ", request.count);
  std::string known;
  bool is_known = false;
  for (const auto& stage : model.stages) {
    known += concat(known.empty() ? "" : ", ", stage->size());
    is_known = is_known || stage->size() == request.size;
  }
  check<InputError>(is_known, "size: expected one of ", known, ", got ", request.size);
  check<InputError>(!model.stages.front()->enlarges(), "model: expected one that draws from a ",
                    "prompt, got a super-resolution stage alone: ", model.name);
}

/// What the list asks of stage `index` of `count`.
template <class Value>
std::optional<Value> wish(const std::string& name, const std::vector<Value>& list,
                          std::size_t index, std::size_t count) {
  check<InputError>(list.size() <= 1 || list.size() == count, name, ": expected one value, or ",
                    count, " for as many stages, got ", list.size());
  if (list.empty()) return std::nullopt;
  return list.size() == 1 ? list.front() : list[index];
}

/// Of the stages up to the request's size.
std::vector<StageRecipe> settled(const Request& request, const Model& model) {
  const auto count = std::size_t(std::ranges::count_if(
      model.stages, [&](const auto& stage) { return stage->size() <= request.size; }));
  std::vector<StageRecipe> recipes;
  for (std::size_t i = 0; i < count; ++i) {
    recipes.push_back(model.stages[i]->settled(
        {.steps = wish("steps", request.steps, i, count),
         .sampler = wish("sampler", request.sampler, i, count),
         .guidance = wish("guidance", request.guidance, i, count),
         .noise_level = wish("noise_level", request.noise_level, i, count)}));
  }
  return recipes;
}

/// The text encoder counts: it is often the largest part.
bool is_small(const Model& model) {
  std::uint64_t bytes = 0;
  std::error_code missing;  // read() says so
  for (const auto& entry : std::filesystem::directory_iterator(model.text_encoder, missing)) {
    if (entry.path().extension() == ".safetensors") bytes += entry.file_size(missing);
  }
  for (const auto& stage : model.stages) bytes += stage->bytes();
  return bytes <= kSmallModel;
}

}  // namespace

struct Pipeline::State {
  Model model;
  cascade::Placement placement;
  bool small;  ///< the whole model stays loaded
  std::unique_ptr<text::TextEncoder> encoder = {};
  std::vector<std::unique_ptr<cascade::Stage>> stages = {};  // those that are loaded

  cascade::Prompts read(const Request& request);
  cascade::Stage& loaded(std::size_t index);
  void draw_wave(const Request& request, const Recipe& recipe, const cascade::Prompts& prompts,
                 int first, const OnPicture& on_picture);
};

/// One row each.
cascade::Prompts Pipeline::State::read(const Request& request) {
  if (!encoder) {
    encoder = text::load_text_encoder(model.text_encoder, placement.dtype);
    encoder->to(placement.device);
  }
  const cascade::TextStates cache(small ? "" : cascade::TextStates::default_folder());
  const auto states = [&](const std::string& prompt) {
    auto text = model.lower_cases ? text::lower_cased(prompt) : prompt;
    if (request.clean_caption) text = text::cleaned_caption(prompt);
    return cache.read(*encoder, text, model.text_length, placement.dtype);
  };
  cascade::Prompts prompts{.text = states(request.prompt), .negative = {}};
  if (model.reads_no_text || !request.negative.empty()) {
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
  if (!stages[index]) stages[index] = model.stages[index]->load(placement);
  return *stages[index];
}

/// Pictures first, first + 1 ... through one stage after the other, so that each is loaded once.
void Pipeline::State::draw_wave(const Request& request, const Recipe& recipe,
                                const cascade::Prompts& prompts, int first,
                                const OnPicture& on_picture) {
  const int batch = small ? kBatch : 1;
  const int end = std::min(request.count, first + (small ? kBatch : kWave));
  std::vector<Tensor> pixels(std::size_t(end - first));  // of the batches, [B, 3, S, S]
  for (std::size_t index = 0; index < recipe.stages.size(); ++index) {
    auto& stage = loaded(index);
    for (int begin = first; begin < end; begin += batch) {
      const int count = std::min(batch, end - begin);
      auto& drawn = pixels[std::size_t(begin - first)];
      cascade::StageTask task{
          .prompts = {.text = nn::repeated(prompts.text, count), .negative = {}},
          .coarse = drawn,
          .seeds = {},
          .settings = recipe.stages[index]};
      if (prompts.negative) task.prompts.negative = nn::repeated(*prompts.negative, count);
      for (int i = 0; i < count; ++i) task.seeds.push_back(request.seed + std::uint64_t(begin + i));
      task.on_step = [&](const diffusion::Step& step) {
        return !request.on_progress ||
               request.on_progress({.stage = concat(task.settings.size, " pixels"),
                                    .step = int(step.index) + 1,
                                    .steps = int(step.count),
                                    .picture = begin,
                                    .together = count,
                                    .pictures = request.count});
      };
      drawn = stage.draw(task);
      if (index + 1 < recipe.stages.size()) continue;
      auto images = nn::to_images(drawn);
      for (int i = 0; i < count; ++i) {
        auto own = recipe;
        own.seed = task.seeds[std::size_t(i)];
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
  auto model = cascade::open_model(folder);
  const bool small = is_small(model);
  return Pipeline(std::make_unique<State>(
      State{.model = std::move(model),
            .placement = {.device = device, .dtype = nn::compute_dtype(options.dtype, device)},
            .small = small}));
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

void Pipeline::generate(const Request& asked_for, const OnPicture& on_picture) {
  auto request = asked_for;
  if (request.size == 0) request.size = state_->model.default_size;
  check_request(request, state_->model);
  const Recipe recipe{.prompt = request.prompt,
                      .negative = request.negative,
                      .clean_caption = request.clean_caption,
                      .size = request.size,
                      .stages = settled(request, state_->model),
                      .model = state_->model.name,
                      .dtype = nn::name_of(state_->placement.dtype)};
  const auto prompts = state_->read(request);
  for (int first = 0; first < request.count; first += state_->small ? kBatch : kWave) {
    state_->draw_wave(request, recipe, prompts, first, on_picture);
  }
}

}  // namespace imagine
