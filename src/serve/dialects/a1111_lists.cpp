#include "serve/dialects/a1111_lists.h"

#include "core/check.h"
#include "imagine/styles.h"
#include "recipes/a1111_samplers.h"
#include "recipes/foreign_recipe.h"
#include "serve/json_text.h"

namespace imagine::serve {
namespace {

constexpr std::size_t kMostChoices = 1000;

Json samplers_of(Desk& desk) {
  const auto model = desk.shelf.model("");
  Json list = Json::array();
  for (const auto& stage : model->info().stages) {
    if (stage.enlarges) continue;
    for (const auto sampler : stage.samplers) {
      list.push_back({{"name", recipes::a1111_name(sampler)},
                      {"aliases", Json::array({name_of(sampler)})},
                      {"options", Json::object()}});
    }
    break;
  }
  return list;
}

Json schedulers_of(Desk&) {
  const auto entry = [](const char* name, const char* label) {
    return Json{{"name", name},
                {"label", label},
                {"aliases", nullptr},
                {"default_rho", -1},
                {"need_inner_model", false}};
  };
  return Json::array({entry("automatic", "Automatic"), entry("karras", "Karras")});
}

Json models_of(Desk& desk) {
  Json list = Json::array();
  for (const auto& name : desk.shelf.names()) {
    list.push_back({{"title", name},
                    {"model_name", name},
                    {"hash", nullptr},
                    {"sha256", nullptr},
                    {"filename", name},
                    {"config", nullptr}});
  }
  return list;
}

Json loras_of(Desk& desk) {
  Json list = Json::array();
  for (const auto& name : desk.shelf.loras()) {
    const auto stem = name.substr(0, name.rfind(".safetensors"));
    list.push_back({{"name", stem}, {"alias", stem}, {"path", name}, {"metadata", Json::object()}});
  }
  return list;
}

/// The cascade's own: the one larger size is its next stage's.
Json upscalers_of(Desk&) {
  return Json::array({{{"name", "Cascade"},
                       {"model_name", nullptr},
                       {"model_path", nullptr},
                       {"model_url", nullptr},
                       {"scale", 4}}});
}

Json prompt_styles(Desk&) {
  Json all = Json::array();
  for (const auto& [name, prompt, negative] : named_styles()) {
    all.push_back({{"name", name}, {"prompt", prompt}, {"negative_prompt", negative}});
  }
  return all;
}

Json nothing(Desk&) { return Json::array(); }
Json null(Desk&) { return {}; }
Json empty(Desk&) { return Json::object(); }

Json latent_modes(Desk&) { return Json::array({{{"name", "Cascade"}}}); }

Json embeddings(Desk&) { return {{"loaded", Json::object()}, {"skipped", Json::object()}}; }

Json scripts(Desk&) { return {{"txt2img", Json::array()}, {"img2img", Json::array()}}; }

}  // namespace

const std::array<A1111List, 17> kA1111Lists = {{{"GET", "samplers", samplers_of},
                                                {"GET", "schedulers", schedulers_of},
                                                {"GET", "sd-models", models_of},
                                                {"GET", "loras", loras_of},
                                                {"GET", "upscalers", upscalers_of},
                                                {"GET", "latent-upscale-modes", latent_modes},
                                                {"GET", "sd-vae", nothing},
                                                {"GET", "sd-modules", nothing},
                                                {"GET", "hypernetworks", nothing},
                                                {"GET", "face-restorers", nothing},
                                                {"GET", "realesrgan-models", nothing},
                                                {"GET", "prompt-styles", prompt_styles},
                                                {"GET", "embeddings", embeddings},
                                                {"GET", "scripts", scripts},
                                                {"GET", "cmd-flags", empty},
                                                {"POST", "refresh-checkpoints", null},
                                                {"POST", "refresh-loras", null}}};

Json a1111_png_info(const Origin& origin) {
  const auto json = Json::parse(origin.json);
  const auto text = json.value("parameters", origin.text);
  const auto known = recipes::recipe_of_parameters(text);
  Json parameters{{"Prompt", known.prompt}, {"Negative prompt", known.negative}};
  const auto add = [&](const char* name, const Json& value) {
    if (value.is_null()) return;
    parameters[name] = value.is_string() ? value.get<std::string>() : text_of(value);
  };
  add("Steps", known.steps), add("Sampler", known.sampler), add("CFG scale", known.guidance);
  add("Seed", known.seed), add("Size-1", known.width), add("Size-2", known.height);
  add("Model", known.model);
  for (const auto& [name, value] : known.settings) add(name.c_str(), value);
  return {{"info", text}, {"items", {{"imagine", json}}}, {"parameters", parameters}};
}

std::string A1111Choices::model_of(const std::string& owner) {
  const std::lock_guard lock(mutex_);
  const auto found = models_.find(owner);
  return found == models_.end() ? "" : found->second;
}

Json A1111Choices::options(Desk& desk, const std::string& owner) {
  const auto chosen = model_of(owner);
  return {{"sd_model_checkpoint", chosen.empty() ? desk.shelf.names().front() : chosen},
          {"sd_checkpoint_hash", ""},
          {"sd_vae", "None"},
          {"samples_format", "png"},
          {"show_progress_every_n_steps", 1},
          {"CLIP_stop_at_last_layers", 1}};
}

void A1111Choices::choose(Desk& desk, const std::string& owner, const A1111Settings& settings) {
  if (!settings.sd_model_checkpoint) return;
  const auto name = *settings.sd_model_checkpoint;
  if (!name.empty() && !desk.shelf.has(name)) {
    throw Problem(404, concat("Model not found: ", name), "sd_model_checkpoint");
  }
  const std::lock_guard lock(mutex_);
  if (models_.size() >= kMostChoices) models_.clear();
  models_[owner] = name;
}

}  // namespace imagine::serve
