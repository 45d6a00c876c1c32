#include "cli/drawing.h"

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <sstream>

#include "cli/interrupt.h"
#include "cli/picture_file.h"
#include "core/fields.h"
#include "io/atomic_file.h"
#include "io/image_file.h"

namespace imagine::cli {
namespace {

namespace fs = std::filesystem;

/// The prompt as a part of a file's name: letters of any script and digits, 48 bytes at most.
std::string slug(const std::string& prompt) {
  constexpr std::size_t kMost = 48;
  const auto continues = [](unsigned char c) { return (c & 0xC0) == 0x80; };  // within UTF-8
  std::string name;
  for (const unsigned char c : prompt) {
    if (name.size() >= kMost && !continues(c)) break;
    if (c >= 0x80 || std::isalnum(c)) {
      name += char(std::tolower(c));
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  while (!name.empty() && name.back() == '-') name.pop_back();
  return name.empty() ? "picture" : name;
}

io::ImageFormat format_of(const Drawing& drawing) {
  if (!drawing.format.empty()) return io::image_format(drawing.format);
  const auto extension = fs::path(drawing.output).extension().string();
  return extension.empty() ? io::ImageFormat::png : io::image_format(extension.substr(1));
}

std::string extension_of(io::ImageFormat format) {
  switch (format) {
    case io::ImageFormat::jpeg:
      return ".jpg";
    case io::ImageFormat::webp:
      return ".webp";
    default:
      return ".png";
  }
}

/// Tries with a file that goes away again.
void check_writable(const fs::path& path) {
  try {
    io::AtomicFile probe(path);
  } catch (const ResourceError& error) {
    throw InputError(concat("--output: expected a file that can be written, got ", error.what()));
  }
}

/// The path, or where something is there the first free one of PATH-2, PATH-3 ...
fs::path free_path(const fs::path& path) {
  auto free = path;
  for (int n = 2; fs::exists(free); ++n) {
    free.replace_filename(concat(path.stem().string(), "-", n, path.extension().string()));
  }
  return free;
}

/// "pictures 9-16 of 20  ", or nothing where there is one.
std::string pictures_of(const Progress& p) {
  if (p.pictures == 1) return {};
  const auto last = p.together > 1 ? concat("-", p.picture + p.together) : "";
  return concat(last.empty() ? "picture " : "pictures ", p.picture + 1, last, " of ", p.pictures,
                "  ");
}

OnProgress progress_to(ProgressLine& line) {
  return [&line, pace = Pace()](const Progress& p) mutable {
    line.show(concat(pictures_of(p), p.stage, "  step ", p.step, "/", p.steps, "  ",
                     time_left(pace.seconds_left(p.step, p.steps))));
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

std::string default_model() {
  const char* folder = std::getenv("IMAGINE_MODEL");
  return folder ? folder : IMAGINE_MODEL_FOLDER;
}

void add_computation_options(CLI::App& command, PipelineOptions& options) {
  command.add_option(
      "--text-encoder", options.text_encoder,
      "a T5 in place of the model's own text encoder: its folder, or its safetensors or GGUF file");
  command.add_option("--dtype", options.dtype, "of the computation; auto: what is faster here")
      ->check(CLI::IsMember({"auto", "bf16", "fp32"}))
      ->capture_default_str();
  command.add_option("--device", options.device, "where it runs")
      ->check(CLI::IsMember({"cpu", "cuda"}))
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
          "low-rank changes (LoRA) to the first stage's weights, as diffusers, PEFT, kohya and "
          "`train` write them: a FILE or PEFT's FOLDER, or FILE:0.8; may be given again")
      ->allow_extra_args(false);
  command.add_flag_callback(
      "--full", [&options] { options.quick = false; },
      "draw with the base itself in its many steps, not with its quick network; so do --steps, "
      "--sampler, --guidance, --negative and --lora");
}

void add_drawing_options(CLI::App& command, Drawing& drawing) {
  drawing.model = default_model();
  drawing.pipeline.upscaler = IMAGINE_MODEL_FOLDER;
  command.add_option("-o,--output", drawing.output,
                     "file, or folder for several; else the present folder");
  command
      .add_option("--seed", drawing.request.seed, "of the noise: the same seed, the same picture")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1} << 53))
      ->capture_default_str();
  command.add_option("--size", drawing.request.size,
                     "side in pixels: one of the sizes of the model; else its default");
  command
      .add_option("--steps", drawing.steps,
                  "steps of each stage, or smart50, fast27 ... of DeepFloyd IF; one value for all "
                  "stages, or one for each: 16,8,2")
      ->check(each_steps());
  command
      .add_option("--guidance", drawing.guidance,
                  "how strongly the prompt pulls, 1: not at all; one value, or one for each stage")
      ->check(each_number(0, 50));
  command.add_option(
      "--sampler", drawing.sampler,
      "how noise becomes a picture: dpm++, dpm++3m, unipc, heun, euler; of DeepFloyd "
      "IF also ddpm, ddim, and ...-karras; one value, or one for each stage");
  command
      .add_option("--noise-level", drawing.noise_level,
                  "noise that super-resolution puts on what it enlarges: 0 to 1, of DeepFloyd IF 0 "
                  "to 999; one value, or one for each stage")
      ->check(each_number(0, 999));
  command.add_option("--format", drawing.format, "png, jpeg or webp; else told by the file's name");
  command
      .add_option("--model", drawing.model,
                  "folder of a model: ours, or DeepFloyd IF's as diffusers has it")
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
                     "what the picture is pushed away from");
  command.add_flag(
      "--clean-caption", drawing.request.clean_caption,
      "drop addresses, markup and codes from the prompt, as for DeepFloyd IF's training");
  add_network_options(command, drawing.pipeline);
}

void add_strength_option(CLI::App& command, Drawing& drawing) {
  command
      .add_option("--strength", drawing.strength,
                  "how much is drawn anew, above 0 to 1: all; one value, or one for each stage")
      ->check(each_number(0, 1));
}

void check_output(const Drawing& drawing) {
  format_of(drawing);
  const fs::path path = drawing.output;
  if (path.empty() || fs::is_directory(path)) return check_writable(path / "picture.png");
  const auto parent = path.has_parent_path() ? path.parent_path() : fs::path(".");
  check<InputError>(fs::is_directory(parent),
                    "--output: expected a file in an existing folder, got ", drawing.output);
  check<InputError>(path.has_extension(),
                    "--output: expected a folder that exists or a file named "
                    "*.png, *.jpg or *.webp, got ",
                    drawing.output);
  check_writable(path);
}

Source read_source(const std::string& path) {
  return {.image = io::flatten(io::decode_image(io::read_file(path), path)), .name = path};
}

Request request_of(const Drawing& drawing, ProgressLine& line) {
  auto request = drawing.request;
  request.steps = split(drawing.steps);
  request.sampler = split(drawing.sampler);
  request.guidance = numbers(drawing.guidance);
  request.noise_level = numbers(drawing.noise_level);
  request.strength = numbers(drawing.strength);
  request.on_progress = progress_to(line);
  return request;
}

fs::path path_for(const Drawing& drawing, const Picture& picture, bool single) {
  const fs::path output = drawing.output;
  const auto made = picture.recipe.task == "upscale"
                        ? concat(fs::path(picture.recipe.image).stem().string(), "-",
                                 picture.image.width, "x", picture.image.height)
                        : concat(slug(picture.recipe.prompt), "-", picture.recipe.seed);
  if (output.empty() || fs::is_directory(output)) {
    return free_path(output / concat(made, extension_of(format_of(drawing))));
  }
  if (single) return output;
  return free_path(output.parent_path() /
                   concat(output.stem().string(), "-", made, output.extension().string()));
}

void write(const Picture& picture, const fs::path& path, const Drawing& drawing) {
  const auto file = picture_file(picture, format_of(drawing));
  io::write_file(path, file.bytes);
  for (const auto& note : file.notes) {
    std::cerr << concat("imagine: ", path.string(), ": ", note, '\n');
  }
  if (!drawing.json) {
    std::cout << path.string() << std::endl;
    return;
  }
  auto json = to_json(picture.recipe);
  json["file"] = path.string();
  std::cout << json.dump() << std::endl;
}

}  // namespace imagine::cli
