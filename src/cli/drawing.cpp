#include "cli/drawing.h"

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <iterator>
#include <random>
#include <sstream>

#include "cli/options.h"
#include "core/check.h"
#include "core/names.h"
#include "core/number.h"
#include "hub/catalogue.h"
#include "imagine/styles.h"

namespace imagine::cli {
namespace {

namespace fs = std::filesystem;

/// Of the first six, that whose noise the embedded model puts things on white by: of the 64 prompts
/// of docs/ordinary-prompts.txt 47 (at seed 0, 41 of them are on black). Its card shows all.
constexpr std::uint64_t kUsualSeed = 2;

/// The values of a list separated by commas.
std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> values;
  std::istringstream rest(list);
  for (std::string value; std::getline(rest, value, ',');) values.push_back(value);
  return values;
}

template <class Value>
Value value_of(const std::string& text) {
  return std::stod(text);
}

template <>
Steps value_of(const std::string& text) {
  if (const auto count = whole_number(text)) return *count;
  return *value_named<TimestepList>(text);
}

template <>
SamplerName value_of(const std::string& text) {
  return *value_named<SamplerName>(text);
}

template <>
KnownRegion value_of(const std::string& text) {
  return *value_named<KnownRegion>(text);
}

std::string joined(const std::vector<std::string>& names) { return CLI::detail::join(names, ", "); }

/// A list whose values all pass `check`, which answers what it expected. `option` is told where
/// CLI11 does not: of a hidden one.
CLI::Validator each(const std::function<std::string(const std::string&)>& check,
                    const std::string& option = {}) {
  return CLI::Validator(
      [check, option](const std::string& list) {
        if (list.empty() || list.back() == ',') return option + "expected a value, got none";
        for (const auto& value : split(list)) {
          if (const auto expected = check(value); !expected.empty()) {
            return concat(option, "expected ", expected, ", got ", value);
          }
        }
        return std::string();
      },
      "LIST");
}

CLI::Validator each_number(double low, double high) {
  return each([=](const std::string& value) {
    double number = 0;
    const bool is_number = CLI::detail::lexical_cast(value, number);
    const bool fits = is_number && low <= number && number <= high;
    return fits ? std::string() : concat(low, " to ", high);
  });
}

CLI::Validator each_steps() {
  return each([](const std::string& value) {
    const auto count = whole_number(value);
    const bool fits =
        count ? 1 <= *count && *count <= 1000 : value_named<TimestepList>(value).has_value();
    return fits ? std::string() : concat("1 to 1000 or one of ", joined(all_names<TimestepList>()));
  });
}

/// Names of an enumeration.
template <Named Value>
CLI::Validator each_name(const std::string& option = {}) {
  return each(
      [](const std::string& value) {
        if (value_named<Value>(value)) return std::string();
        const auto meant = nearest(value, all_names<Value>());
        return concat("one of ", joined(all_names<Value>()),
                      meant ? concat(" (did you mean ", *meant, "?)") : std::string());
      },
      option);
}

/// An option whose values, one or one for each stage, go to `list`.
template <class Value>
CLI::Option* add_list(CLI::App& command, const std::string& name, std::vector<Value>& list,
                      const std::string& help) {
  return command.add_option_function<std::string>(
      name,
      [&list](const std::string& text) {
        list.clear();
        for (const auto& value : split(text)) list.push_back(value_of<Value>(value));
      },
      help);
}

/// A whole number up to 2^53, or any of 2^32 where chance shall choose.
void read_seed(const std::string& text, Drawing& drawing) {
  constexpr auto kLargest = std::int64_t{1} << 53;  // what every reader of JSON keeps whole
  drawing.random_seed = text == "-1" || text == "random";
  if (drawing.random_seed) {
    drawing.request.seed = std::random_device()();
    return;
  }
  const auto number = whole_number(text);
  if (!number || *number < 0 || *number > kLargest) {
    throw CLI::ValidationError(
        concat("--seed: expected 0 to ", kLargest, ", -1 or random, got ", text));
  }
  drawing.request.seed = std::uint64_t(*number);
}

/// "FILE", or "FILE:WEIGHT"; a folder alike.
LoraUse lora_use_of(const std::string& text) {
  check<InputError>(!text.empty(), "--lora: expected FILE or FILE:WEIGHT, got nothing");
  LoraUse use{.file = text};
  const auto colon = text.rfind(':');
  if (colon == text.npos || fs::exists(text)) return use;
  const bool is_number = CLI::detail::lexical_cast(text.substr(colon + 1), use.weight);
  check<InputError>(is_number && std::isfinite(use.weight),
                    "--lora: expected FILE or FILE:WEIGHT, got ", text);
  use.file = text.substr(0, colon);
  return use;
}

/// The argument, or what stands on standard input where it is "-".
std::string prompt_of(const std::string& argument) {
  if (argument != "-") return argument;
  std::string text(std::istreambuf_iterator<char>(std::cin), {});
  for (const char end : {'\n', '\r'}) {  // of its last line
    if (text.ends_with(end)) text.pop_back();
  }
  return text;
}

}  // namespace

std::string default_model() {
  const char* folder = std::getenv("IMAGINE_MODEL");
  return folder ? folder : embedded_model().string();
}

void add_computation_options(CLI::App& command, Computation& computation) {
  auto& [model, engine] = computation;
  command
      .add_option(
          "--text-encoder", model.text_encoder,
          "a T5 in place of the model's own text encoder: its folder, or its safetensors or "
          "GGUF file")
      ->type_name("PATH");
  command
      .add_option(
          "--dtype", engine.dtype,
          "of the computation; auto: the faster of bf16 and fp32 here; int8: bytes where the "
          "network can, MiniT2I's: the fastest, a little coarser")
      ->check(one_of({"auto", "bf16", "fp32", "int8"}))
      ->capture_default_str();
  command.add_option("--device", engine.device, "where it runs")
      ->check(one_of({"cpu", "cuda"}))
      ->capture_default_str();
  engine.text_cache = default_text_cache();
  command.add_flag_callback(
      "--no-cache", [&computation] { computation.engine.text_cache.clear(); },
      "keep nothing of what a large text encoder made of the prompts in ~/.cache/imagine");
}

void add_network_options(CLI::App& command, NetworkChoice& network) {
  command
      .add_option_function<std::vector<std::string>>(
          "--lora",
          [&network](const std::vector<std::string>& texts) {
            std::ranges::transform(texts, std::back_inserter(network.loras), lora_use_of);
          },
          "LoRA: low-rank changes to the first stage's weights, as diffusers, PEFT, kohya and "
          "`train` write them: a FILE or PEFT's FOLDER, or FILE:0.8 for a part of them; may be "
          "given "
          "again")
      ->type_name("FILE");
  command.add_flag(
      "--full", network.full,
      "draw with the base itself in its many steps, not with the network that was distilled from "
      "it "
      "(the student); other sampling settings than the student's, and LoRA, do the same");
}

void add_drawing_options(CLI::App& command, Drawing& drawing) {
  drawing.request.seed = kUsualSeed;
  drawing.model = default_model();
  drawing.computation.model.upscaler = embedded_model();
  command
      .add_option(
          "-o,--output,--out", drawing.output,
          "file *.png, *.jpg or *.webp, which is replaced where it is there, or a folder; what "
          "is not there is made; else the current folder")
      ->type_name("PATH");
  command
      .add_option_function<std::string>(
          "--seed", [&drawing](const std::string& text) { read_seed(text, drawing); },
          "of the noise: the same seed, the same picture; -1 or random: another one each time")
      ->type_name("N")
      ->default_str(std::to_string(drawing.request.seed));
  command.add_option("--size", drawing.request.size,
                     "side in pixels, one of the model's sizes (below)");
  auto& stages = drawing.stages;
  add_list(
      command, "--steps", stages.steps,
      "denoising steps of each stage, or smart50, fast27 ... of DeepFloyd IF; one value for "
      "all stages, or one for each: 16,2,2 (the model's own: below). A distilled network draws "
      "where neither these nor --sampler nor --guidance are given")
      ->check(each_steps());
  add_list(command, "--guidance", stages.guidance,
           "guidance scale (CFG scale): how strongly the prompt pulls, 1: no guidance; one "
           "value, or "
           "one for each stage (the model's own: below)")
      ->check(each_number(0, 100));
  add_list(command, "--sampler", stages.sampler,
           "sampler (scheduler): dpm++, dpm++3m, unipc, heun, euler; of DeepFloyd IF also "
           "ddpm, ddim, "
           "and ...-karras; one value, or one for each stage (the model's own: below)")
      ->check(each_name<SamplerName>());
  add_list(command, "--t-min", stages.t_min,
           "of a student of MiniT2I: it draws as if guided from this noise level, 0 to 1 ...")
      ->check(each_number(0, 1));
  add_list(command, "--t-max", stages.t_max, "... to this one")->check(each_number(0, 1));
  add_list(command, "--noise-level", stages.noise_level,
           "noise conditioning augmentation: noise that super-resolution puts on what it enlarges, "
           "0 to 1, of DeepFloyd IF 0 to 999; one value, or one for each stage")
      ->check(each_number(0, 999));
  command
      .add_option("--format", drawing.format,
                  "of the files in a folder; a file's name tells its own (default: png)")
      ->check(one_of({"png", "jpg", "jpeg", "webp"}));
  command
      .add_option("--model", drawing.model,
                  "a model by name, as `imagine models` lists them, or the folder of one: ours, "
                  "MiniT2I's, or DeepFloyd IF's as diffusers has it")
      ->type_name("FOLDER")
      ->capture_default_str();
  add_computation_options(command, drawing.computation);
  command.add_flag("--json", drawing.json, "print one JSON object for each picture");
}

void add_prompt_options(CLI::App& command, Drawing& drawing) {
  command
      .add_option("-n,--count", drawing.request.count,
                  "pictures of each prompt, seeds seed, seed+1 ...")
      ->check(between(1, 10'000))
      ->capture_default_str();
  command.add_option("--negative", drawing.request.negative,
                     "negative prompt: what the picture is pushed away from");
  command.add_flag(
      "--clean-caption", drawing.request.clean_caption,
      "drop addresses, markup and codes from the prompt, as for DeepFloyd IF's training");
  add_word_options(command, drawing.words);
  add_control_options(command, drawing.control);
  std::vector<std::string> styles;
  for (const auto& style : named_styles()) styles.emplace_back(style.name);
  command
      .add_option("--style", drawing.style,
                  "a look that has a name: words that are put around the prompt; the embedded "
                  "model knows the first four")
      ->check(one_of(styles));
  add_network_options(command, drawing.network);
}

void add_edit_options(CLI::App& command, Drawing& drawing) {
  add_list(command, "--strength", drawing.stages.strength,
           "denoising strength: how much is drawn anew, above 0 to 1: all; 0.5 keeps shapes and "
           "ground, 0.9 little; one value, or one for each stage (default: 0.7; with a mask 1)")
      ->check(each_number(0, 1));
  auto& known_region = drawing.stages.known_region;
  add_list(
      command, "--known-region", known_region,
      "inpainting: how what the mask keeps lies beside what is denoised: clean, as DeepFloyd "
      "IF's pipelines have it, or noised like the rest, for better seams; one value, or one for "
      "each stage (default: noised; of DeepFloyd IF clean)")
      ->check(each_name<KnownRegion>());
  add_list(command, "--kept", known_region, "former name of --known-region")
      ->check(each_name<KnownRegion>("--kept: "))
      ->group("");  // hidden
}

void set_prompt(Request& request, const std::string& prompt, const Drawing& drawing) {
  request.prompt = prompt_of(prompt);
  if (!drawing.style.empty()) apply_style(request, drawing.style);
}

std::string defaults_of(const std::string& folder, Task task) {
  try {
    const auto model = Model::open(hub::found_model(folder).value_or(folder));
    const auto& info = model->info();
    std::string sizes, stages;
    if (task != Task::upscale) {
      for (const int size : info.sizes) sizes += concat(sizes.empty() ? "" : ", ", size);
    }
    for (const auto& stage : info.stages) {
      if (task == Task::upscale && !stage.enlarges) continue;
      if (task == Task::upscale) sizes += concat(sizes.empty() ? "" : ", ", stage.size);
      for (const auto& [used_for, inpaints, settings] : stage.defaults) {
        if (used_for != task) continue;
        std::string which = inpaints ? " with a mask" : "";
        const bool draws = task == Task::generate;
        if (draws && settings.network == StageNetwork::distilled) which += " (distilled network)";
        if (draws && settings.network == StageNetwork::base) which += " (base, --full)";
        stages +=
            concat("  ", stage.size, " pixels", which, ": --steps ", to_json(settings.steps).dump(),
                   " --sampler ", name_of(settings.sampler), " --guidance ", settings.guidance,
                   task == Task::edit ? concat(" --strength ", settings.strength) : "", '\n');
      }
    }
    const auto usual =
        task == Task::upscale ? std::string() : concat(" (default: ", info.default_size, ")");
    return concat("Sizes of ", info.name, ": ", sizes, usual,
                  ". What its stages do unless told otherwise:\n", stages);
  } catch (const Error&) {
    return "Sizes and settings are those of the model.\n";  // which other commands say why it lacks
  }
}

Request request_of(const Drawing& drawing) {
  const auto& [steps, sampler, guidance, t_min, t_max, noise_level, strength, known_region] =
      drawing.stages;
  auto request = drawing.request;
  request.loras = drawing.network.loras;
  set_words(request, drawing.words);
  set_control(request, drawing.control);
  const auto count =
      std::max({std::size_t(1), steps.size(), sampler.size(), guidance.size(), t_min.size(),
                t_max.size(), noise_level.size(), strength.size(), known_region.size()});
  const auto spread = [&](const char* name, const auto& list, auto StageOptions::*member) {
    check<InputError>(list.size() <= 1 || list.size() == count, "--", name,
                      ": expected one value, or ", count, " as the other lists have, got ",
                      list.size());
    for (std::size_t i = 0; i < count && !list.empty(); ++i) {
      request.stages[i].*member = list[list.size() == 1 ? 0 : i];
    }
  };
  request.stages.resize(count);
  if (drawing.network.full) {
    for (auto& stage : request.stages) stage.network = StageNetwork::base;
  }
  spread("steps", steps, &StageOptions::steps);
  spread("sampler", sampler, &StageOptions::sampler);
  spread("guidance", guidance, &StageOptions::guidance);
  spread("t-min", t_min, &StageOptions::t_min);
  spread("t-max", t_max, &StageOptions::t_max);
  spread("noise-level", noise_level, &StageOptions::noise_level);
  spread("strength", strength, &StageOptions::strength);
  spread("known-region", known_region, &StageOptions::known_region);
  return request;
}

}  // namespace imagine::cli
