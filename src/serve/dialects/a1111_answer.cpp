#include "serve/dialects/a1111_answer.h"

#include <chrono>
#include <ctime>

#include "core/base64.h"
#include "recipes/a1111_samplers.h"
#include "recipes/recipe.h"

namespace imagine::serve {
namespace {

/// As if nothing was drawn: of a job that was interrupted before its first picture.
Recipe recipe_of(const Snapshot& job) {
  if (!job.outputs.empty()) return job.outputs.front()->recipe;
  return {.request = job.asked->request, .model = job.asked->model};
}

/// What is the same in "parameters" and "info".
Json settings_of(const Recipe& recipe, const A1111Shape& shape) {
  const auto stage = recipe.stages.empty() ? StageSettings() : recipe.stages.front();
  return {
      {"prompt", recipe.request.prompt},
      {"negative_prompt", recipe.request.negative},
      {"seed", recipe.request.seed},
      {"subseed", -1},
      {"subseed_strength", 0},
      {"width", recipe.width},
      {"height", recipe.height},
      {"sampler_name", recipes::a1111_name(stage.sampler)},
      {"cfg_scale", stage.guidance},
      {"steps", to_json(stage.steps)},
      {"batch_size", shape.batch_size},
      {"n_iter", shape.n_iter},
      {"restore_faces", false},
      {"denoising_strength", recipe.request.task == Task::edit ? Json(stage.strength) : Json()}};
}

Json info_of(const Snapshot& job, const A1111Shape& shape) {
  const auto recipe = recipe_of(job);
  Json info = settings_of(recipe, shape);
  Json prompts = Json::array(), negatives = Json::array(), seeds = Json::array();
  Json subseeds = Json::array(), texts = Json::array();
  for (const auto& output : job.outputs) {
    prompts.push_back(recipe.request.prompt);
    negatives.push_back(recipe.request.negative);
    seeds.push_back(output->recipe.request.seed);
    subseeds.push_back(-1);
    texts.push_back(recipes::provenance_of(output->recipe).parameters);
  }
  info.update(Json{{"all_prompts", prompts},
                   {"all_negative_prompts", negatives},
                   {"all_seeds", seeds},
                   {"all_subseeds", subseeds},
                   {"face_restoration_model", nullptr},
                   {"sd_model_name", recipe.model},
                   {"sd_model_hash", ""},
                   {"sd_vae_name", nullptr},
                   {"sd_vae_hash", nullptr},
                   {"seed_resize_from_w", -1},
                   {"seed_resize_from_h", -1},
                   {"extra_generation_params", Json::object()},
                   {"index_of_first_image", 0},
                   {"infotexts", texts},
                   {"styles", Json::array()},
                   {"job_timestamp", a1111_timestamp()},
                   {"clip_skip", 1},
                   {"is_using_inpainting_conditioning", false}});
  return info;
}

}  // namespace

std::string a1111_timestamp() {
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  localtime_r(&now, &parts);
  std::string text(14, '0');
  std::strftime(text.data(), text.size() + 1, "%Y%m%d%H%M%S", &parts);
  return text;
}

Json a1111_answer(const Snapshot& job, const A1111Shape& shape) {
  Json images = Json::array();
  for (const auto& output : job.outputs) {
    if (shape.with_images) images.push_back(base64(output->bytes));
  }
  return {{"images", images},
          {"parameters", settings_of(recipe_of(job), shape)},
          {"info", info_of(job, shape).dump(-1, ' ', false, Json::error_handler_t::replace)}};
}

}  // namespace imagine::serve
