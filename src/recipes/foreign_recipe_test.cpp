#include "recipes/foreign_recipe.h"

#include <gmock/gmock.h>

#include "recipes/comfy.h"

namespace imagine::recipes {
namespace {

using Settings = std::vector<std::pair<std::string, std::string>>;

ForeignRecipe told(const std::map<std::string, std::string>& others,
                   const std::string& parameters = {}) {
  const auto recipe = foreign_recipe_of({.parameters = parameters, .json = "", .others = others});
  EXPECT_TRUE(recipe);
  return recipe.value_or(ForeignRecipe());
}

// As its own parser takes them apart; the second is from Civitai's documentation of the format.
TEST(Parameters, AreTakenApartAsA1111Does) {
  const auto recipe = recipe_of_parameters(
      "a cat, (black:1.2)\non grass\nNegative prompt: fog: thick\nrain\n"
      "Steps: 20, Sampler: DPM++ 2M Karras, CFG scale: 7.5, Seed: 965400086, Size: 512x768, "
      "Model hash: 45dee52b, Model: \"a, b: \\\"c\\\"\\nd\", Hires upscaler: 4x-UltraSharp, "
      "Lora hashes: \"one: 1a, two: 2b\", Version: v1.9.4");
  EXPECT_EQ(recipe.prompt, "a cat, (black:1.2)\non grass");
  EXPECT_EQ(recipe.negative, "fog: thick\nrain");
  EXPECT_EQ(recipe.steps, 20);
  EXPECT_EQ(recipe.sampler, "DPM++ 2M Karras");
  EXPECT_EQ(recipe.guidance, 7.5);
  EXPECT_EQ(recipe.seed, 965400086);
  EXPECT_EQ(recipe.width, 512);
  EXPECT_EQ(recipe.height, 768);
  EXPECT_EQ(recipe.model, "a, b: \"c\"\nd");
  EXPECT_EQ(recipe.settings, (Settings{{"Model hash", "45dee52b"},
                                       {"Hires upscaler", "4x-UltraSharp"},
                                       {"Lora hashes", "one: 1a, two: 2b"},
                                       {"Version", "v1.9.4"}}));
}

TEST(Parameters, NeedNoNegativePromptNorSettingsNorSense) {
  EXPECT_EQ(recipe_of_parameters("a cat\nSteps: 20, Seed: 7").prompt, "a cat\nSteps: 20, Seed: 7");
  EXPECT_EQ(recipe_of_parameters("Steps: 1, Seed: 18446744073709551615, Size: 1x1").prompt, "");
  EXPECT_EQ(recipe_of_parameters("Steps: 1, Seed: 18446744073709551615, Size: 1x1").seed,
            18446744073709551615U);
  EXPECT_EQ(recipe_of_parameters("Steps: 1, Seed: -1, Size: 1x1").seed.dump(), "-1");
  EXPECT_EQ(recipe_of_parameters("").prompt, "");
  EXPECT_EQ(recipe_of_parameters("\n\n , : ,:,\n").prompt, ", : ,:,");
  EXPECT_EQ(
      recipe_of_parameters("x\r\nNegative prompt: y\r\nSteps: 2, CFG scale: 1, Seed: 3").negative,
      "y");
  const auto odd = recipe_of_parameters("a\nSteps: \"2, Seed: 3\", Model: \"b\" c, ENSD: -1, x: y");
  EXPECT_EQ(odd.steps, "2, Seed: 3");
  EXPECT_EQ(odd.model, "\"b\" c");
  EXPECT_EQ(odd.settings, (Settings{{"ENSD", "-1"}}));
}

TEST(Parameters, OfAnyLengthTakeTimeInProportion) {
  for (const std::string part : {"ab", "ab:", "\"", "ab:\"", "ab:\"\\", ", ", "a: 1, "}) {
    std::string line;
    while (line.size() < 4'000'000) line += part;
    EXPECT_LE(recipe_of_parameters(line).settings.size(), 1000u);
  }
}

const char* const kGraph = R"({
  "3": {"class_type": "KSampler", "inputs": {"seed": 156680208700286, "steps": 20, "cfg": 8.0,
        "sampler_name": "euler", "scheduler": "normal", "denoise": 1, "model": ["10", 0],
        "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0]}},
  "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "v1-5.safetensors"}},
  "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 768, "batch_size": 1}},
  "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a glass bottle", "clip": ["10", 1]}},
  "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "text, watermark", "clip": ["10", 1]}},
  "8": {"class_type": "VAEDecode", "inputs": {"samples": ["1", 0], "vae": ["4", 2]},
        "is_changed": [NaN]},
  "9": {"class_type": "SaveImage", "inputs": {"filename_prefix": "x", "images": ["8", 0]}},
  "10": {"class_type": "LoraLoader", "inputs": {"lora_name": "l.safetensors", "strength_model": 1,
         "model": ["4", 0], "clip": ["4", 1]}},
  "11": {"class_type": "LatentUpscale", "inputs": {"width": 1024, "height": 1536,
         "samples": ["3", 0]}},
  "1": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 5, "cfg": 2, "sampler_name": "ddim",
        "scheduler": "simple", "denoise": 0.5, "model": ["4", 0], "positive": ["6", 0],
        "negative": ["7", 0], "latent_image": ["11", 0]}}})";

void expect_first_pass(const ForeignRecipe& recipe) {
  EXPECT_EQ(recipe.format, "ComfyUI");
  EXPECT_EQ(recipe.prompt, "a glass bottle");
  EXPECT_EQ(recipe.negative, "text, watermark");
  EXPECT_EQ(recipe.seed, 156680208700286);
  EXPECT_EQ(recipe.steps, 20);
  EXPECT_EQ(recipe.guidance, 8.0);
  EXPECT_EQ(recipe.sampler, "euler");
  EXPECT_EQ(recipe.width, 512);
  EXPECT_EQ(recipe.height, 768);
  EXPECT_EQ(recipe.model, "v1-5.safetensors");
}

TEST(Comfy, IsReadAtTheSamplerThatBeginsFromNoise) {
  expect_first_pass(told({{"prompt", kGraph}, {"workflow", "{}"}}));
  expect_first_pass(told({{"Make", std::string("Prompt:") + kGraph}, {"Model", "workflow:{}"}}));
  expect_first_pass(told({{"Model", std::string("prompt:") + kGraph}}));
}

TEST(Comfy, FollowsWhatGuidesASamplerOfManyParts) {
  const auto recipe = told({{"prompt", R"({
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": ["20", 0], "clip": ["11", 0]}},
    "20": {"class_type": "PrimitiveString", "inputs": {"value": "a fox"}},
    "26": {"class_type": "FluxGuidance", "inputs": {"guidance": 3.5, "conditioning": ["6", 0]}},
    "11": {"class_type": "DualCLIPLoader", "inputs": {"clip_name1": "t5.safetensors"}},
    "12": {"class_type": "UNETLoader", "inputs": {"unet_name": "flux.safetensors"}},
    "13": {"class_type": "SamplerCustomAdvanced", "inputs": {"noise": ["25", 0],
           "guider": ["22", 0], "sampler": ["16", 0], "sigmas": ["17", 0],
           "latent_image": ["27", 0]}},
    "16": {"class_type": "KSamplerSelect", "inputs": {"sampler_name": "dpmpp_2m"}},
    "17": {"class_type": "BasicScheduler", "inputs": {"scheduler": "beta", "steps": 28,
           "model": ["12", 0]}},
    "22": {"class_type": "BasicGuider", "inputs": {"model": ["12", 0], "conditioning": ["26", 0]}},
    "25": {"class_type": "RandomNoise", "inputs": {"noise_seed": 42}},
    "27": {"class_type": "EmptySD3LatentImage", "inputs": {"width": 1024, "height": 640}}})"}});
  EXPECT_EQ(recipe.prompt, "a fox");
  EXPECT_EQ(recipe.negative, "");
  EXPECT_EQ(recipe.seed, 42);
  EXPECT_EQ(recipe.steps, 28);
  EXPECT_EQ(recipe.sampler, "dpmpp_2m");
  EXPECT_EQ(recipe.width, 1024);
  EXPECT_EQ(recipe.height, 640);
  EXPECT_EQ(recipe.model, "flux.safetensors");
}

TEST(Comfy, IsNothingWhereItIsNoGraphAndEndsWhereItTurnsInACircle) {
  for (const auto* text :
       {"", "{}", "[]", "a cat", "{\"3\": 4}", "{\"3\": {\"inputs\": {}}}", "{"}) {
    EXPECT_FALSE(foreign_recipe_of({.parameters = "", .json = "", .others = {{"prompt", text}}}));
  }
  const auto recipe = told({{"prompt", R"({"1": {"class_type": "KSampler", "inputs":
      {"positive": ["2", 0], "latent_image": ["1", 0], "seed": ["9", 0], "steps": null}},
      "2": {"class_type": "x", "inputs": {"conditioning": ["2", 0], "text": ["1", 0]}}})"}});
  EXPECT_EQ(recipe.prompt, "");
  EXPECT_TRUE(recipe.seed.is_null());
}

TEST(Invoke, IsReadInAllItsThreeForms) {
  const auto now = told({{"invokeai_metadata",
                          R"({"app_version": "6.14.2", "generation_mode": "txt2img",
      "positive_prompt": "a cliff", "negative_prompt": "ugly", "width": 768, "height": 432,
      "seed": 356120443, "cfg_scale": 7.5, "steps": 50, "scheduler": "dpmpp_2m_sde_k",
      "model": {"key": "1", "name": "Dreamy", "base": "sd-1"}})"}});
  EXPECT_EQ(json_of(now).dump(),
            R"({"format":"InvokeAI","prompt":"a cliff","negative":"ugly","seed":356120443,)"
            R"("steps":50,"sampler":"dpmpp_2m_sde_k","guidance":7.5,"width":768,"height":432,)"
            R"("model":"Dreamy","settings":{"app_version":"6.14.2","generation_mode":"txt2img"}})");
  const auto before = told({{"sd-metadata", R"({"model": "stable diffusion",
      "model_weights": "v1-5", "app_version": "2.2.4", "image": {"prompt": [{"prompt":
      "a cliff [ugly] [dark]", "weight": 1}], "steps": 30, "cfg_scale": 6, "sampler": "k_euler",
      "seed": 9, "width": 512, "height": 640}})"}});
  EXPECT_EQ(before.prompt, "a cliff");
  EXPECT_EQ(before.negative, "ugly, dark");
  EXPECT_EQ(before.model, "v1-5");
  EXPECT_EQ(before.height, 640);
  const auto first = told({{"Dream",
                            "\"a \"cliff\" -s [ugly]\" -s 50 -S 1234 -W 512 -H 640 -C 7.5 "
                            "-A k_lms"}});
  EXPECT_EQ(first.prompt, "a \"cliff\" -s");
  EXPECT_EQ(first.negative, "ugly");
  EXPECT_EQ(first.steps, 50);
  EXPECT_EQ(first.seed, 1234);
  EXPECT_EQ(first.guidance, 7.5);
  EXPECT_EQ(first.sampler, "k_lms");
  EXPECT_EQ(first.height, 640);
}

TEST(Novel, IsReadFromItsComment) {
  const auto recipe =
      told({{"Software", "NovelAI"}, {"Comment", R"({"prompt": "a cat", "steps": 28, "height": 832,
      "width": 1216, "scale": 5.0, "seed": 77, "sampler": "k_euler", "uc": "blurry"})"}});
  EXPECT_EQ(text_of(recipe),
            "format: NovelAI\nprompt: a cat\nnegative: blurry\nseed: 77\nsteps: 28\n"
            "sampler: k_euler\nguidance (CFG scale): 5.0\nwidth: 1216\nheight: 832");
}

TEST(ForeignRecipe, IsNothingWherePicturesSayNothing) {
  EXPECT_FALSE(foreign_recipe_of({}));
  EXPECT_FALSE(foreign_recipe_of(
      {.parameters = "", .json = "", .others = {{"Software", "GIMP"}, {"Comment", "{}"}}}));
  for (const auto* broken : {"{", "[1]", "\"x\"", "null", "7"}) {
    EXPECT_FALSE(foreign_recipe_of(
        {.parameters = "",
         .json = "",
         .others = {{"invokeai_metadata", broken}, {"sd-metadata", broken}, {"Comment", broken}}}));
  }
}

}  // namespace
}  // namespace imagine::recipes
