#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "cli/command.h"
#include "cli/drawing.h"
#include "cli/extension.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/output.h"
#include "core/check.h"
#include "imagine/image_file.h"

namespace imagine::cli {
namespace {

struct EditArguments {
  Drawing drawing;
  std::string image, mask, strength_map, extend;
};

void say_what_is_edited(const ModelInfo& info, const Request& request) {
  const auto& source = *request.image;
  const auto& image = source.image;
  if (info.edits_any_shape || image.width == image.height || request.extend) return;
  const int side = std::min(image.width, image.height);
  std::cerr << concat(source.name, ": ", image.width, "x", image.height,
                      "; this model edits squares: the middle ", side, "x", side, '\n');
}

void run_edit(const EditArguments& arguments) {
  check_output(arguments.drawing, {arguments.image, arguments.mask, arguments.strength_map});
  watch_interrupts();
  auto request = request_of(arguments.drawing);
  request.task = Task::edit;
  set_prompt(request, arguments.drawing.request.prompt, arguments.drawing);
  request.image = load_image(arguments.image);
  if (!arguments.mask.empty()) request.mask = load_image(arguments.mask, Transparency::on_black);
  if (!arguments.strength_map.empty()) {
    request.mask = load_image(arguments.strength_map, Transparency::on_black);
    request.mask_use = MaskUse::strength;
  }
  if (!arguments.extend.empty()) request.extend = extension_of(arguments.extend);
  DrawingSession session(arguments.drawing);
  say_what_is_edited(session.info(), request);
  session.draw({request}, [&](std::size_t, Picture picture) {
    write(std::move(picture), arguments.drawing, request.count == 1);
  });
}

}  // namespace

void add_edit(CLI::App& app) {
  auto* command =
      app.add_subcommand("edit", "Draw a picture anew (img2img), or a part of it (inpainting)");
  auto arguments = std::make_shared<EditArguments>();
  auto& drawing = arguments->drawing;
  drawing.computation.engine.keep_text_encoder = false;  // there is one prompt
  command->add_option("IMAGE", arguments->image, kReadFormats)->required();
  command
      ->add_option("PROMPT", drawing.request.prompt,
                   "what it shall show, in quotes; -: what stands on standard input")
      ->required();
  auto* mask =
      command
          ->add_option(
              "--mask", arguments->mask,
              "for inpainting, a picture of the same size: white is drawn anew, black and what "
              "is transparent stays; draw it a little larger than the thing")
          ->type_name("FILE")
          ->check(something());
  command
      ->add_option("--strength-map", arguments->strength_map,
                   "in place of a mask, a grey picture of the same size: how much of each place is "
                   "drawn anew, all where it is white, nothing where it is black")
      ->type_name("FILE")
      ->check(something())
      ->excludes(mask);
  command
      ->add_option(
          "--extend", arguments->extend,
          "outpainting: draws on around the picture, by so much of its width or height on "
          "each side, at most 1: \"right:0.5,left:0.25\", or 0.25 on all; --size counts the whole")
      ->type_name("SIDE:PART,...")
      ->check(something());
  add_edit_options(*command, drawing);
  add_drawing_options(*command, drawing);
  add_prompt_options(*command, drawing);
  command->footer([arguments] { return defaults_of(arguments->drawing.model, Task::edit); });
  command->footer(
      "Examples:\n"
      "  imagine edit apple.png \"a photo of a lemon on grass\" --strength 0.9 -o lemon.png\n"
      "  imagine edit apple.png \"a red apple on snow\" --strength 0.95 -n 4\n"
      "  imagine edit street.png \"a red bus\" --mask bus.png --model IF -o bus.png\n"
      "  imagine edit meadow.png \"a meadow in snow\" --strength-map more-below.png\n"
      "  imagine edit meadow.png \"a wide meadow\" --extend left:0.5,right:0.5 -o wide.png");
  command->callback([arguments] { run_edit(*arguments); });
}

}  // namespace imagine::cli
