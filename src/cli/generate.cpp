#include <CLI/CLI.hpp>
#include <cmath>

#include "cli/command.h"
#include "cli/drawing.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "core/check.h"

namespace imagine::cli {
namespace {

struct GenerateArguments {
  Drawing drawing;
  std::vector<std::string> prompts;
  bool grid = false;
  MakeSheet make_sheet = {};
};

std::vector<Request> requests_of(const GenerateArguments& arguments) {
  std::vector<Request> requests;
  for (const auto& prompt : arguments.prompts) {
    requests.push_back(request_of(arguments.drawing));
    requests.back().prompt = prompt_of(prompt);
  }
  return requests;
}

/// All pictures on one sheet, those of several prompts with their prompts below; with a recipe that
/// makes the sheet again.
void write_grid(const GenerateArguments& arguments) {
  const auto requests = requests_of(arguments);
  const auto count = arguments.drawing.request.count;
  std::vector<std::vector<Picture>> pictures(requests.size());
  DrawingSession(arguments.drawing).draw(requests, [&](std::size_t request, Picture picture) {
    pictures[request].push_back(std::move(picture));
  });
  std::vector<Image> images;
  std::vector<std::string> prompts;
  Picture sheet{.image = {}, .recipe = pictures.front().front().recipe};
  for (auto& of_prompt : pictures) {
    sheet.recipe.prompts.push_back(of_prompt.front().recipe.request.prompt);
    for (auto& picture : of_prompt) {
      prompts.push_back(picture.recipe.request.prompt);
      images.push_back(std::move(picture.image));
    }
  }
  if (requests.size() == 1) prompts.clear();  // all are of that one
  const int columns = int(std::ceil(std::sqrt(double(images.size()))));
  check<ConfigError>(bool(arguments.make_sheet), "--grid: expected imagine-workshop to make it");
  sheet.image = arguments.make_sheet(images, prompts, columns);
  sheet.recipe.request.count = count;
  write(sheet, arguments.drawing, true);
}

void run_generate(const GenerateArguments& arguments) {
  check_output(arguments.drawing);
  watch_interrupts();
  if (arguments.grid) return write_grid(arguments);
  const bool single = arguments.prompts.size() == 1 && arguments.drawing.request.count == 1;
  DrawingSession(arguments.drawing).draw(requests_of(arguments), [&](std::size_t, Picture picture) {
    write(std::move(picture), arguments.drawing, single);
  });
}

}  // namespace

void add_generate(CLI::App& app, const MakeSheet& make_sheet) {
  auto* command = app.add_subcommand("generate", "Draw pictures from a prompt");
  auto arguments = std::make_shared<GenerateArguments>();
  arguments->make_sheet = make_sheet;
  command
      ->add_option(
          "PROMPT", arguments->prompts,
          "what to draw, in English or Italian, in quotes; -: what stands on standard input")
      ->required();
  add_drawing_options(*command, arguments->drawing);
  add_prompt_options(*command, arguments->drawing);
  command
      ->add_option("--aspect", arguments->drawing.request.aspect,
                   "width to height of the pictures, 3:2; --size says how many pixels, sides are "
                   "multiples of what the model can draw (default: 1:1)")
      ->type_name("RATIO");
  command->add_flag("--grid", arguments->grid, "one sheet of all pictures");
  command->footer([arguments] { return defaults_of(arguments->drawing.model); });
  command->footer(
      "A prompt is one argument, in quotes; several are drawn together. One that begins "
      "with\n"
      "a dash stands behind --. The embedded encoder reads 48 tokens of it, DeepFloyd IF's 77.\n\n"
      "Examples:\n"
      "  imagine generate \"a photo of a red apple on grass\" -o apple.png\n"
      "  imagine generate \"three blue spheres on sand\" -n 16 --grid -o spheres.png\n"
      "  imagine generate \"a corgi on a bike\" --model IF --steps smart50,smart27 --guidance 7,4\n"
      "  imagine generate \"una foto di una carota\" --size 1024 --seed 7 -o carota.webp\n"
      "  imagine generate \"two red cubes on grass\" --aspect 3:2 --seed random");
  command->callback([arguments] {
    // Of several the first may be read, and the encoder be gone, before the others are asked for.
    arguments->drawing.computation.engine.keep_text_encoder = arguments->prompts.size() > 1;
    run_generate(*arguments);
  });
}

}  // namespace imagine::cli
