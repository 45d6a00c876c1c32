#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/drawing.h"
#include "cli/interrupt.h"

namespace imagine::cli {
namespace {

struct UpscaleArguments {
  Drawing drawing;
  std::vector<std::string> files;
};

void run_upscale(const UpscaleArguments& arguments) {
  check_output(arguments.drawing);
  watch_interrupts();
  auto pipeline = Pipeline::open(arguments.drawing.model, arguments.drawing.pipeline);
  ProgressLine line;
  for (const auto& file : arguments.files) {
    auto request = request_of(arguments.drawing, line);
    request.task = Task::upscale;
    request.image = read_source(file);
    pipeline.generate(request, [&](const Picture& picture) {
      line.finish();
      write(picture, path_for(arguments.drawing, picture, arguments.files.size() == 1),
            arguments.drawing);
    });
  }
}

}  // namespace

void add_upscale(CLI::App& app) {
  auto* command = app.add_subcommand("upscale", "Make pictures larger by super-resolution");
  auto arguments = std::make_shared<UpscaleArguments>();
  auto& drawing = arguments->drawing;
  command->add_option("FILE", arguments->files, "PNG, JPEG or WebP, of any shape")->required();
  command->add_option("--prompt", drawing.request.prompt, "what they show, where it helps");
  add_drawing_options(*command, drawing);
  command->footer(
      "The embedded model makes any picture four times larger; with --size 1024 what is smaller "
      "than\n"
      "256 pixels twice. DeepFloyd IF makes the shorter side 256 pixels.\n\n"
      "Examples:\n"
      "  imagine upscale icon.png -o large.png\n"
      "  imagine upscale thumbnails/*.jpg --size 1024 -o folder\n"
      "  imagine upscale face.png --model IF --prompt \"a photo of a face\"");
  command->callback([arguments] { run_upscale(*arguments); });
}

}  // namespace imagine::cli
