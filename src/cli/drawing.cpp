#include "cli/drawing.h"

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <iterator>
#include <random>
#include <sstream>

#include "cascade/model_folder.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "core/check.h"
#include "core/number.h"
#include "io/file.h"
#include "io/image_file.h"

namespace imagine::cli {
namespace {

namespace fs = std::filesystem;

/// Of the first six, that whose noise the embedded model puts things on white by: of the 64 prompts
/// of docs/ordinary-prompts.txt 47 (at seed 0, 41 of them are on black). Its card shows all.
constexpr std::uint64_t kUsualSeed = 2;

/// "  pictures 9-16 of 20", or nothing where there is one.
std::string pictures_of(const Progress& p) {
  if (p.pictures == 1) return {};
  const auto last = p.together > 1 ? concat("-", p.picture + p.together) : "";
  return concat(last.empty() ? "  picture " : "  pictures ", p.picture + 1, last, " of ",
                p.pictures);
}

/// The time left is that of the stage's steps; once some pictures are done, that of the others.
OnProgress progress_to(ProgressLine& line) {
  return [&line, steps = Pace(), pictures = Pace()](const Progress& p) mutable {
    const auto left_of_stage = steps.seconds_left(p.step, p.steps);
    const auto left_of_all = pictures.seconds_left(p.picture, p.pictures);
    const auto left = time_left(p.picture > 0 ? left_of_all : left_of_stage);
    line.show(concat(p.stage, "  step ", p.step, "/", p.steps, left.empty() ? "" : "  ", left,
                     pictures_of(p)));
    return !interrupted();
  };
}

/// The values of a list separated by commas.
std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> values;
  std::istringstream rest(list);
  for (std::string value; std::getline(rest, value, ',');) values.push_back(value);
  return values;
}

std::vector<double> numbers(const std::string& list) {
  std::vector<double> values;
  for (const auto& value : split(list)) values.push_back(std::stod(value));
  return values;
}

/// A list whose values all pass `check`, which answers what it expected.
CLI::Validator each(const std::function<std::string(const std::string&)>& check) {
  return CLI::Validator(
      [check](const std::string& list) {
        if (list.empty() || list.back() == ',') return std::string("expected a value, got none");
        for (const auto& value : split(list)) {
          if (const auto expected = check(value); !expected.empty()) {
            return concat("expected ", expected, ", got ", value);
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

/// A name of a list of timesteps begins with a letter; the model tells which it knows.
CLI::Validator each_steps() {
  return each([](const std::string& value) {
    std::int64_t number = 0;
    const bool is_name = !value.empty() && std::isalpha(static_cast<unsigned char>(value[0]));
    const bool fits =
        is_name || (CLI::detail::lexical_cast(value, number) && 1 <= number && number <= 1000);
    return fits ? std::string() : std::string("1 to 1000 or the name of a list");
  });
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
  LoraUse use{.file = text};
  const auto colon = text.rfind(':');
  if (colon == text.npos || fs::exists(text)) return use;
  const bool is_number = CLI::detail::lexical_cast(text.substr(colon + 1), use.weight);
  check<InputError>(is_number && std::isfinite(use.weight),
                    "--lora: expected FILE or FILE:WEIGHT, got ", text);
  use.file = text.substr(0, colon);
  return use;
}

}  // namespace

std::string embedded_model() { return IMAGINE_MODEL_FOLDER; }

std::string default_model() {
  const char* folder = std::getenv("IMAGINE_MODEL");
  return folder ? folder : embedded_model();
}

void add_computation_options(CLI::App& command, PipelineOptions& options) {
  command
      .add_option(
          "--text-encoder", options.text_encoder,
          "a T5 in place of the model's own text encoder: its folder, or its safetensors or "
          "GGUF file")
      ->type_name("PATH");
  command.add_option("--dtype", options.dtype, "of the computation; auto: what is faster here")
      ->check(one_of({"auto", "bf16", "fp32"}))
      ->capture_default_str();
  command.add_option("--device", options.device, "where it runs")
      ->check(one_of({"cpu", "cuda"}))
      ->capture_default_str();
  command.add_flag_callback(
      "--no-cache", [&options] { options.cache = false; },
      "keep nothing of what a large text encoder made of the prompts in ~/.cache/imagine");
}

void add_network_options(CLI::App& command, PipelineOptions& options) {
  command
      .add_option_function<std::vector<std::string>>(
          "--lora",
          [&options](const std::vector<std::string>& texts) {
            std::ranges::transform(texts, std::back_inserter(options.loras), lora_use_of);
          },
          "LoRA: low-rank changes to the first stage's weights, as diffusers, PEFT, kohya and "
          "`train` write them: a FILE or PEFT's FOLDER, or FILE:0.8 for a part of them; may be "
          "given "
          "again")
      ->type_name("FILE");
  command.add_flag_callback(
      "--full", [&options] { options.quick = false; },
      "draw with the base itself in its many steps, not with its quick network (the student that "
      "was "
      "distilled from it); other settings of sampling than the quick network's, and LoRA, do the "
      "same");
}

void add_drawing_options(CLI::App& command, Drawing& drawing) {
  drawing.request.seed = kUsualSeed;
  drawing.model = default_model();
  drawing.pipeline.upscaler = embedded_model();
  command
      .add_option("-o,--output", drawing.output,
                  "file *.png, *.jpg or *.webp, or a folder; what is not there is made; else the "
                  "current folder")
      ->type_name("PATH");
  command
      .add_option_function<std::string>(
          "--seed", [&drawing](const std::string& text) { read_seed(text, drawing); },
          "of the noise: the same seed, the same picture; -1 or random: another one each time")
      ->type_name("N")
      ->default_str(std::to_string(drawing.request.seed));
  command.add_option("--size", drawing.request.size,
                     "side in pixels, one of the model's sizes (below)");
  command
      .add_option(
          "--steps", drawing.steps,
          "denoising steps of each stage, or smart50, fast27 ... of DeepFloyd IF; one value for "
          "all stages, or one for each: 16,2,2 (the model's own: below)")
      ->check(each_steps());
  command
      .add_option("--guidance", drawing.guidance,
                  "guidance scale (CFG scale): how strongly the prompt pulls, 1: no guidance; one "
                  "value, or "
                  "one for each stage (the model's own: below)")
      ->check(each_number(0, 50));
  command
      .add_option("--sampler", drawing.sampler,
                  "sampler (scheduler): dpm++, dpm++3m, unipc, heun, euler; of DeepFloyd IF also "
                  "ddpm, ddim, "
                  "and ...-karras; one value, or one for each stage (the model's own: below)")
      ->type_name("LIST");
  command
      .add_option(
          "--noise-level", drawing.noise_level,
          "noise conditioning augmentation: noise that super-resolution puts on what it enlarges, "
          "0 to 1, of DeepFloyd IF 0 to 999; one value, or one for each stage")
      ->check(each_number(0, 999));
  command
      .add_option("--format", drawing.format,
                  "of the files in a folder; a file's name tells its own (default: png)")
      ->check(one_of({"png", "jpg", "jpeg", "webp"}));
  command
      .add_option("--model", drawing.model,
                  "folder of a model: ours, or DeepFloyd IF's as diffusers has it")
      ->type_name("FOLDER")
      ->capture_default_str();
  add_computation_options(command, drawing.pipeline);
  command.add_flag("--json", drawing.json, "print one JSON object for each picture");
}

void add_prompt_options(CLI::App& command, Drawing& drawing) {
  command
      .add_option("-n,--count", drawing.request.count,
                  "pictures of each prompt, seeds seed, seed+1 ...")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  command.add_option("--negative", drawing.request.negative,
                     "negative prompt: what the picture is pushed away from");
  command.add_flag(
      "--clean-caption", drawing.request.clean_caption,
      "drop addresses, markup and codes from the prompt, as for DeepFloyd IF's training");
  add_network_options(command, drawing.pipeline);
}

void add_strength_option(CLI::App& command, Drawing& drawing) {
  command
      .add_option(
          "--strength", drawing.strength,
          "denoising strength: how much is drawn anew, above 0 to 1: all; one value, or one for "
          "each stage (default: 0.7; with a mask 1)")
      ->check(each_number(0, 1));
}

Source read_source(const std::string& path) {
  return {.image = io::flatten(io::decode_image(io::read_file(path), path)), .name = path};
}

std::string prompt_of(const std::string& argument) {
  if (argument != "-") return argument;
  std::string text(std::istreambuf_iterator<char>(std::cin), {});
  for (const char end : {'\n', '\r'}) {  // of its last line
    if (text.ends_with(end)) text.pop_back();
  }
  return text;
}

std::string defaults_of(const std::string& folder, bool enlarging) {
  try {
    const auto model = cascade::read_model_file(folder);
    std::string sizes, stages;
    for (const auto& stage : model.stages) {
      if (enlarging && stage.network == cascade::kHybrid) continue;
      sizes += concat(sizes.empty() ? "" : ", ", stage.size);
      const auto say = [&](const char* what, const cascade::SamplingOptions& sampling) {
        stages += concat("  ", stage.size, " pixels", what, ": --steps ", sampling.steps,
                         " --sampler ", sampling.sampler, " --guidance ", sampling.guidance, '\n');
      };
      if (stage.quick.exists()) say(" (quick network)", stage.quick.sampling);
      say(stage.quick.exists() ? " (base, --full)" : "", stage.sampling);
    }
    const auto usual = enlarging ? std::string() : concat(" (default: ", model.default_size, ")");
    return concat("Sizes of ", model.name, ": ", sizes, usual,
                  ". What its stages do unless told otherwise:\n", stages);
  } catch (const Error&) {
    return "Sizes and settings are those of the model.\n";  // which other commands say why it lacks
  }
}

Request request_of(const Drawing& drawing, ProgressLine& line) {
  auto request = drawing.request;
  request.steps = split(drawing.steps);
  request.sampler = split(drawing.sampler);
  request.guidance = numbers(drawing.guidance);
  request.noise_level = numbers(drawing.noise_level);
  request.strength = numbers(drawing.strength);
  request.on_progress = progress_to(line);
  request.on_cut = [&line](const CutPrompt& cut) {
    line.note(concat("imagine: the text encoder reads ", cut.read, " of the ", cut.tokens,
                     " tokens of the prompt; what comes after them is not drawn"));
  };
  return request;
}

}  // namespace imagine::cli
