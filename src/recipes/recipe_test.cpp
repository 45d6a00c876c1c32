#include "recipes/recipe.h"

#include <cstdio>
#include <gmock/gmock.h>

#include "core/fields.h"
#include "core/random.h"
#include "imagine/image_file.h"
#include "recipes/foreign_recipe.h"

namespace imagine::recipes {
namespace {

Recipe some_recipe(const std::string& prompt, const std::string& negative = {}) {
  return {.request = {.prompt = prompt,
                      .negative = negative,
                      .seed = 18446744073709551615u,
                      .size = 256},
          .stages = {{.size = 64, .steps = 16, .guidance = 3.5},
                     {.size = 256, .steps = 2, .noise_level = 0.1}},
          .width = 256,
          .height = 256,
          .model = "imagine-small",
          .dtype = "bf16"};
}

/// What a shell hands to a program as its arguments, each followed by "|".
std::string arguments_of(const std::string& command) {
  const std::string program = "imagine ";
  EXPECT_THAT(command, testing::StartsWith(program));
  auto* pipe = popen(("printf '%s|' " + command.substr(program.size())).c_str(), "r");
  std::string text;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) text += char(c);
  pclose(pipe);
  return text;
}

TEST(RecipeProvenance, IsTheParametersTextThatOtherToolsRead) {
  const std::string settings =
      "Steps: 16, Sampler: DPM++ 2M, CFG scale: 3.5, Seed: 18446744073709551615, Size: 256x256, "
      "Model: imagine-small";
  EXPECT_EQ(provenance_of(some_recipe("a red cube")).parameters, "a red cube\n" + settings);
  EXPECT_EQ(provenance_of(some_recipe("a red cube", "fog")).parameters,
            "a red cube\nNegative prompt: fog\n" + settings);
}

TEST(RecipeCommand, SaysWhatIsWhereAndHowPromptsAreWritten) {
  auto recipe = some_recipe("a (red:1.2) field");
  recipe.request.prompt_syntax = PromptSyntax::a1111;
  recipe.request.region_method = RegionMethod::multidiffusion;
  recipe.request.regions = {
      {{.box = {0, 0.25, 0.5, 0.5}, .prompt = "it's red", .strength = 0.5, .until = 0.6},
       {.box = {0, 0, 0, 0}, .prompt = "grass", .strength = 0.5, .until = 0.6}}};
  const auto command = command_line_of(recipe);
  EXPECT_THAT(arguments_of(command),
              testing::HasSubstr("--prompt-syntax|a1111|--region-method|multidiffusion|--region|"
                                 "0,0.25,0.5,0.5: it's red|--region|background: grass|"
                                 "--region-strength|0.5|--region-until|0.6|"));
  recipe.request.control = Control{
      .layout = {{.box = {.x = 0, .y = 0.25, .width = 0.5, .height = 0.5}, .phrase = "it's red"}},
      .sketch = Source{.image = {}, .name = "a b.png"},
      .palette = {{.colour = "#a0522d", .share = 0.4}, {.colour = "#87ceeb"}},
      .strength = 0.5,
      .until = 0.25};
  recipe.request.style = Style{.picture = {.image = {}, .name = "s.png"}, .weight = 0.7};
  recipe.request.aspect = "4:1", recipe.request.aspect_method = AspectMethod::windows;
  EXPECT_THAT(arguments_of(command_line_of(recipe)),
              testing::HasSubstr("|--style-from|s.png|--style-weight|0.7|--thing|0,0.25,0.5,0.5: "
                                 "it's red|--sketch|a b.png|--palette|#a0522d:0.4,#87ceeb|"
                                 "--control-strength|0.5|--control-until|0.25|"));
  EXPECT_THAT(command_line_of(recipe), testing::HasSubstr("--aspect-method='windows'"));
  recipe.request.prompt = "a <region:0,0.25,0.5,0.5>it's red";
  EXPECT_THAT(command_line_of(recipe), testing::Not(testing::HasSubstr("--region ")));
  EXPECT_THAT(command_line_of(some_recipe("a")), testing::Not(testing::HasSubstr("--region")));
}

/// A picture's file with that recipe inside, and what it says.
Origin told_by(const Recipe& recipe) {
  const Image image{.width = 8, .height = 8, .rgb = std::vector<std::uint8_t>(8 * 8 * 3, 99)};
  return origin_of(encode({.image = image, .recipe = recipe}, ImageFormat::png).bytes, "f.png");
}

TEST(RecipeOrigin, PicturesThatWereSentHaveNoFile) {
  const Source sent{.image = {}, .name = kSent};
  auto recipe = some_recipe("a house");
  recipe.request.task = Task::edit;
  recipe.request.image = sent, recipe.request.mask = sent;
  recipe.request.mask_use = MaskUse::strength;
  recipe.request.style = Style{.picture = sent};
  recipe.request.control = Control{.edges_from = sent, .depth = Source{.image = {}, .name = "d"}};
  const auto command = arguments_of(command_line_of(recipe));
  EXPECT_THAT(command, testing::HasSubstr("|--strength-map=STRENGTH-MAP.png|"));
  EXPECT_THAT(command, testing::HasSubstr(
                           "|--style-from|STYLE-FROM.png|--edges-from|EDGES-FROM.png|--depth|d|"));
  EXPECT_THAT(command, testing::EndsWith("|--|IMAGE.png|a house|"));
  const auto origin = told_by(recipe);
  EXPECT_THAT(origin.text,
              testing::HasSubstr("\n# IMAGE.png, STRENGTH-MAP.png, STYLE-FROM.png, "
                                 "EDGES-FROM.png: sent to the server, to be given again\n"
                                 "imagine edit "));
  const auto json = Json::parse(origin.json);
  EXPECT_EQ(json["stand_ins"],
            Json({"IMAGE.png", "STRENGTH-MAP.png", "STYLE-FROM.png", "EDGES-FROM.png"}));
  EXPECT_EQ(json["image"], "sent to the server");
  const auto plain = told_by(some_recipe("a house"));
  EXPECT_THAT(plain.text, testing::Not(testing::HasSubstr("# ")));
  EXPECT_FALSE(Json::parse(plain.json).contains("stand_ins"));
}

TEST(RecipeProvenance, QuotesValuesSoThatTheyAreReadBack) {
  auto recipe = some_recipe("a cat, black: on\nwhite", "fog, rain");
  Random random(1, "values");
  const std::vector<std::string> parts{",", ":",  "\n", "\"",        "\\", " ", "a",
                                       "è", "猫", "🎨",  "7",         "x",  "{", "}",
                                       "'", "/",  "-",  "Seed: 9, ", "\t", "\r"};
  for (int i = 0; i < 500; ++i) {
    recipe.model.clear();
    for (int k = random.below(8); k >= 0; --k) {
      recipe.model += parts[std::size_t(random.below(int(parts.size())))];
    }
    recipe.request.task = i % 2 == 0 ? Task::generate : Task::edit;
    const auto read = recipe_of_parameters(provenance_of(recipe).parameters);
    EXPECT_EQ(read.model, Json(recipe.model));
    EXPECT_EQ(read.prompt, recipe.request.prompt);
    EXPECT_EQ(read.negative, recipe.request.negative);
    EXPECT_EQ(read.seed, Json(recipe.request.seed));
    EXPECT_EQ(read.settings.size(), i % 2 == 0 ? 0u : 1u) << recipe.model;
  }
  recipe.model = "runs/a, b";
  EXPECT_THAT(provenance_of(recipe).parameters, testing::HasSubstr("Model: \"runs/a, b\""));
}

TEST(RecipeProvenance, TravelsInsideEveryKindOfPicture) {
  const Image image{.width = 8, .height = 8, .rgb = std::vector<std::uint8_t>(8 * 8 * 3, 99)};
  const auto recipe = some_recipe("un caffè 漢字 <\"&\\>\n--seed 3", "fog");
  for (const auto format : {ImageFormat::png, ImageFormat::jpeg, ImageFormat::webp}) {
    const auto bytes = io::encode_image(image, format, provenance_of(recipe));
    const auto back = recipe_of(io::read_provenance(bytes, "picture"), "picture");
    ASSERT_TRUE(back);
    EXPECT_EQ(to_json(*back), to_json(recipe));
  }
}

TEST(RecipeProvenance, OfOtherToolsHoldsNoRecipe) {
  EXPECT_FALSE(recipe_of({.parameters = "a cat\nSteps: 20", .json = ""}, "f.png"));
}

TEST(RecipeProvenance, OfTheFirstPicturesTellsTooLittle) {
  EXPECT_FALSE(recipe_of({.parameters = "", .json = R"({"prompt": "x", "steps": 16})"}, "f.png"));
}

TEST(RecipeProvenance, IsRefusedWhereItIsDamaged) {
  const auto refusal = [](const std::string& json) {
    try {
      recipe_of({.parameters = "", .json = json}, "f.png");
    } catch (const FormatError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_EQ(refusal(R"({"prompt": "x"})"), "accepted");
  EXPECT_THAT(refusal("{"), testing::StartsWith("f.png: expected JSON"));
  EXPECT_THAT(refusal("[]"), testing::StartsWith("f.png: expected a JSON object"));
  EXPECT_THAT(refusal(R"({"dtype": 3})"), testing::StartsWith("f.png: dtype: expected"));
  EXPECT_EQ(refusal(R"({"surprise": 1})"), "f.png: unknown key \"surprise\"");
  EXPECT_THAT(refusal(R"({"loras": "x:1"})"), testing::HasSubstr("loras: expected a JSON array"));
  EXPECT_THAT(refusal(R"({"loras": {"a": "x:1"}})"), testing::HasSubstr("loras: expected"));
  EXPECT_THAT(refusal(R"({"stages": "kept"})"),
              testing::HasSubstr("stages: expected a JSON array"));
  EXPECT_THAT(refusal(R"({"stages": [3]})"), testing::HasSubstr("stages[0]: expected"));
  EXPECT_THAT(refusal(R"({"stages": [{"steps": "9999999999999999999"}]})"),
              testing::HasSubstr("steps: expected"));
}

TEST(RecipeProvenance, OfEarlierPicturesIsReadAsItWasMeant) {
  const auto old = R"({"task": "edit", "image": "a.png", "mask": "", "prompt": "x", "seed": 7,
    "size": 64, "stages": [
      {"size": 64, "network": "", "steps": "smart27", "sampler": "ddpm", "guidance": 7.0,
       "noise_level": 0.0, "strength": 0.5, "kept": ""},
      {"size": 256, "network": "base", "steps": "50", "sampler": "dpm++", "kept": "noised"}],
    "loras": ["my mug.safetensors:0.8"], "model": "m", "dtype": "bf16", "count": 1})";
  const auto recipe = recipe_of({.parameters = "", .json = old}, "f.png");
  ASSERT_TRUE(recipe);
  EXPECT_EQ(recipe->request.image->name, "a.png");
  EXPECT_FALSE(recipe->request.mask);
  EXPECT_EQ(recipe->stages[0].steps, Steps(TimestepList::smart27));
  EXPECT_EQ(recipe->stages[0].strength, 0.5);
  EXPECT_FALSE(recipe->stages[0].network);
  EXPECT_EQ(recipe->stages[1].steps, Steps(50));
  EXPECT_EQ(recipe->stages[1].network, StageNetwork::base);
  EXPECT_EQ(recipe->stages[1].known_region, KnownRegion::noised);
  EXPECT_EQ(recipe->request.loras, (std::vector<LoraUse>{{"my mug.safetensors", 0.8}}));
}

TEST(RecipeCommand, AsksForTheBaseWhereItDrew) {
  auto recipe = some_recipe("x");
  recipe.stages[0].network = StageNetwork::base;
  EXPECT_THAT(arguments_of(command_of(recipe)), testing::HasSubstr("|--full|--|x|"));
  recipe.stages[0].network = StageNetwork::distilled;
  EXPECT_THAT(arguments_of(command_of(recipe)), testing::Not(testing::HasSubstr("--full")));
}

TEST(RecipeCommand, IsReadByAShellAsItIsMeant) {
  const std::string settings =
      "generate|--seed|18446744073709551615|--size|256|--steps|16,2|--guidance|3.5,1.0|--sampler|"
      "dpm++|--noise-level|0.0,0.1|--dtype|bf16|";
  EXPECT_EQ(arguments_of(command_of(some_recipe("a red cube"))), settings + "--|a red cube|");
  for (const std::string text : {"it's", "'", "$HOME `id` $(id)", "\\ \"!*~\n; #", "-n 3"}) {
    EXPECT_EQ(arguments_of(command_of(some_recipe(text, text))),
              settings + "--negative=" + text + "|--|" + text + "|");
    auto all = some_recipe(text);
    all.request.aspect = all.dtype = all.model_folder = all.text_encoder = text;
    all.request.loras = {{text, 0.1234567}};
    EXPECT_THAT(arguments_of(command_of(all)),
                testing::HasSubstr("|--dtype|" + text + "|--model=" + text + "|--text-encoder=" +
                                   text + "|--lora=" + text + ":0.1234567|--|" + text + "|"));
  }
}

TEST(RecipeCommand, OfAnEditNamesThePictureAndWhatWasKept) {
  auto recipe = some_recipe("a dog");
  recipe.request.task = Task::edit;
  recipe.request.image = Source{.image = {}, .name = "my cat.png"};
  recipe.request.mask = Source{.image = {}, .name = "m.png"};
  recipe.stages[0].strength = 0.7, recipe.stages[0].known_region = KnownRegion::clean;
  recipe.stages[1].known_region = KnownRegion::noised;
  const auto command = arguments_of(command_of(recipe));
  EXPECT_THAT(command, testing::StartsWith("edit|--seed|"));
  EXPECT_THAT(command,
              testing::HasSubstr("|--strength|0.7,1.0|--known-region|clean,noised|--mask=m.png|"));
  EXPECT_THAT(command, testing::EndsWith("|--|my cat.png|a dog|"));
  EXPECT_THAT(provenance_of(recipe).parameters, testing::EndsWith(", Denoising strength: 0.7"));
}

TEST(RecipeCommand, NamesTheFolderOfAModelThatIsNotTheProgramsOwn) {
  auto recipe = some_recipe("a cat");
  recipe.model = "own-pictures";
  EXPECT_THAT(arguments_of(command_of(recipe)), testing::Not(testing::HasSubstr("--model")));
  recipe.model_folder = "runs/own pictures/model";
  EXPECT_THAT(arguments_of(command_of(recipe)),
              testing::HasSubstr("|--model=runs/own pictures/model|"));
  recipe.model_folder.clear(), recipe.model = "IF/published";  // as older recipes have it
  EXPECT_THAT(arguments_of(command_of(recipe)), testing::HasSubstr("|--model=IF/published|"));
}

TEST(RecipeCommand, OfAnUpscalingMayLackAPrompt) {
  auto recipe = some_recipe("");
  recipe.request.task = Task::upscale;
  recipe.request.image = Source{.image = {}, .name = "cat.png"};
  EXPECT_THAT(arguments_of(command_of(recipe)), testing::EndsWith("|bf16|--|cat.png|"));
  recipe.request.prompt = "a cat";
  EXPECT_THAT(arguments_of(command_of(recipe)),
              testing::EndsWith("|bf16|--prompt=a cat|--|cat.png|"));
}

TEST(RecipeCommand, OfASheetMakesTheSheet) {
  auto recipe = some_recipe("a cat");
  recipe.request.count = 4, recipe.prompts = {"a cat"};
  EXPECT_THAT(arguments_of(command_of(recipe)), testing::EndsWith("|--count|4|--grid|--|a cat|"));
  recipe.request.count = 1, recipe.prompts = {"a cat", "it's a dog", "--seed"};
  EXPECT_THAT(arguments_of(command_of(recipe)),
              testing::EndsWith("|--count|1|--grid|--|a cat|it's a dog|--seed|"));
}

TEST(RecipeCommand, NamesTheFolderOfAModelThatHasNoName) {
  auto recipe = some_recipe("x");
  recipe.model = "./models/IF's";
  EXPECT_THAT(arguments_of(command_of(recipe)), testing::HasSubstr("|--model=./models/IF's|--|x|"));
  recipe.request.loras = {{"my mug.safetensors", 0.8}, {"b", 1}};
  EXPECT_THAT(arguments_of(command_of(recipe)),
              testing::HasSubstr("|--lora=my mug.safetensors:0.8|--lora=b:1|--|x|"));
  recipe.request.loras.clear();
  recipe.request.clean_caption = true;
  EXPECT_THAT(arguments_of(command_of(recipe)), testing::HasSubstr("|--clean-caption|--|x|"));
}

}  // namespace
}  // namespace imagine::recipes
