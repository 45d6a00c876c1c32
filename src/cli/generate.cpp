#include <CLI/CLI.hpp>
#include <cmath>

#include "cli/command.h"
#include "cli/drawing.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/same_style.h"
#include "core/check.h"

namespace imagine::cli {
namespace {

struct GenerateArguments {
  Drawing drawing;
  std::vector<std::string> prompts;
  bool grid = false;
  PromptFileDrawing file;  ///< but for what it draws, which is `drawing`
  GenerateHelpers helpers = {};
};

std::vector<Request> requests_of(const GenerateArguments& arguments) {
  std::vector<Request> requests;
  for (const auto& prompt : arguments.prompts) {
    requests.push_back(request_of(arguments.drawing));
    set_prompt(requests.back(), prompt, arguments.drawing);
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
  const auto& make_sheet = arguments.helpers.make_sheet;
  check<ConfigError>(bool(make_sheet), "--grid: expected imagine-workshop to make it");
  sheet.image = make_sheet(images, prompts, columns);
  sheet.recipe.request.count = count;
  write(sheet, arguments.drawing, true);
}

/// Shards of all that stands in a file.
void run_prompt_file(const GenerateArguments& arguments) {
  const auto& [drawing, prompts, grid, file, helpers] = arguments;
  check<InputError>(prompts.empty(), "--prompts: expected all prompts in the file, got \"",
                    prompts.empty() ? "" : prompts.front(), "\" beside it");
  check<InputError>(!grid, "--grid: expected prompts of the command line, got --prompts");
  check<InputError>(!drawing.control.same_style,
                    "--same-style: expected prompts of the command line, got ",
                    "--prompts; --style-from gives them all a picture's look");
  check<InputError>(!drawing.random_seed,
                    "--seed: expected a number with --prompts, as all "
                    "processes need the same, got random");
  check<InputError>(!drawing.output.empty(),
                    "--prompts: expected --out FOLDER for the shards, got none");
  check<ConfigError>(bool(helpers.draw_prompt_file),
                     "--prompts: expected imagine-workshop to draw them");
  auto all = file;
  all.drawing = drawing;
  watch_interrupts();
  helpers.draw_prompt_file(all);
}

void run_generate(const GenerateArguments& arguments) {
  if (!arguments.file.prompts.empty()) return run_prompt_file(arguments);
  if (arguments.prompts.empty()) throw CLI::RequiredError("PROMPT");
  check_output(arguments.drawing);
  watch_interrupts();
  if (arguments.grid) return write_grid(arguments);
  const bool single = arguments.prompts.size() == 1 && arguments.drawing.request.count == 1;
  DrawingSession session(arguments.drawing);
  const auto write_one = [&](std::size_t, Picture picture) {
    return write(std::move(picture), arguments.drawing, single);
  };
  if (arguments.drawing.control.same_style) {
    constexpr double kOfASet = 0.8;  // nearer than a look that a single picture takes on
    auto style = style_of(arguments.drawing.control);
    style.weight = arguments.drawing.control.style_weight.value_or(kOfASet);
    return draw_in_one_style(session, requests_of(arguments), style, write_one);
  }
  session.draw(requests_of(arguments), write_one);
}

void add_prompt_file_options(CLI::App& command, GenerateArguments& arguments) {
  constexpr const char* kGroup = "Prompts of a file";
  auto& file = arguments.file;
  auto* prompts =
      command
          .add_option("--prompts", file.prompts,
                      "draw each line of this file, into tar shards (WebDataset) in the folder "
                      "--out")
          ->type_name("FILE")
          ->group(kGroup);
  command.add_option("--per-shard", file.per_shard, "prompts in each shard")
      ->check(between(1, 1'000'000))
      ->capture_default_str()
      ->needs(prompts)
      ->group(kGroup);
  auto* rank = command
                   .add_option("--rank", file.rank,
                               "which of the processes this is, from 0 on, where no mpirun, srun "
                               "or Slurm array tells ...")
                   ->check(at_least(0))
                   ->group(kGroup);
  auto* ranks = command.add_option("--ranks", file.ranks, "... of how many")
                    ->check(at_least(1))
                    ->group(kGroup);
  rank->needs(prompts)->needs(ranks);
  ranks->needs(rank);
  command
      .add_option("--threads", arguments.drawing.computation.engine.threads,
                  "processor cores to compute on; 0: all, or with --prompts the part of one of "
                  "the processes on this machine")
      ->check(at_least(0))
      ->capture_default_str();
  command.add_flag("--exclusive", arguments.drawing.request.exclusive,
                   "no picture shares an evaluation with another: with the same --threads the same "
                   "bits, whatever is drawn beside it");
}

}  // namespace

void add_generate(CLI::App& app, const GenerateHelpers& helpers) {
  auto* command = app.add_subcommand("generate", "Draw pictures from a prompt");
  auto arguments = std::make_shared<GenerateArguments>();
  arguments->helpers = helpers;
  command->add_option(
      "PROMPT", arguments->prompts,
      "what to draw, in English or Italian, in quotes; -: what stands on standard input");
  add_drawing_options(*command, arguments->drawing);
  add_prompt_options(*command, arguments->drawing);
  command
      ->add_option("--aspect", arguments->drawing.request.aspect,
                   "width to height of the pictures, 3:2; --size says how many pixels, sides are "
                   "multiples of what the model can draw (default: 1:1)")
      ->type_name("RATIO");
  command
      ->add_option_function<std::string>(
          "--aspect-method",
          [arguments](const std::string& name) {
            arguments->drawing.request.aspect_method = value_named<AspectMethod>(name);
          },
          "whole: at once, of about as many pixels; windows: in squares that overlap, so that the "
          "shorter side is as long as a square's: panoramas (default: whole where the model can)")
      ->check(one_of(all_names<AspectMethod>()));
  auto* grid = command->add_flag("--grid", arguments->grid, "one sheet of all pictures");
  command
      ->add_flag("--same-style", arguments->drawing.control.same_style,
                 "a set in one look: the first picture's, which all others take on, with a "
                 "--style-weight of 0.8 unless it is said otherwise")
      ->excludes(grid)
      ->excludes("--style-from")
      ->group("Control");
  add_prompt_file_options(*command, *arguments);
  command->footer([arguments] { return defaults_of(arguments->drawing.model); });
  command->footer(
      "A prompt is one argument, in quotes; several are drawn together. One that begins "
      "with\n"
      "a dash stands behind --. The embedded encoder reads 48 tokens of it, DeepFloyd IF's 77.\n\n"
      "--prompts draws a file of them into tar shards. Any number of processes may draw into one\n"
      "folder; what was interrupted goes on with the same command. Prompt i, from 0, has the "
      "seeds\n"
      "from seed + i * count on. docs/cluster.md tells more.\n\n"
      "Examples:\n"
      "  imagine generate \"a photo of a red apple on grass\" -o apple.png\n"
      "  imagine generate \"three blue spheres on sand\" -n 16 --grid -o spheres.png\n"
      "  imagine generate \"a corgi on a bike\" --model IF --steps smart50,smart27 --guidance 7,4\n"
      "  imagine generate \"una foto di una carota\" --size 1024 --seed 7 -o carota.webp\n"
      "  imagine generate \"two red cubes on grass\" --aspect 3:2 --seed random\n"
      "  imagine generate \"green cones on sand\" --aspect 4:1 --aspect-method windows -o "
      "panorama.png\n"
      "  imagine generate \"two bodies on grass\" --thing \"0.1,0.4,0.3,0.4: a red cube\" \\\n"
      "    --thing \"0.6,0.4,0.3,0.4: a blue sphere\"\n"
      "  imagine generate \"a house on grass\" --sketch house.png --palette \"#a0522d,#87ceeb\"\n"
      "  imagine generate \"a lemon on a green background\" \"a key\" \"a car\" --same-style -o "
      "set/\n"
      "  imagine generate --prompts prompts.txt --out shards -n 4\n"
      "  mpirun -n 8 imagine generate --prompts prompts.txt --out shards --format webp");
  command->callback([arguments] {
    // Of several (a file has more) the first may be read, and the encoder be gone, before the
    // others are asked for.
    arguments->drawing.computation.engine.keep_text_encoder = arguments->prompts.size() != 1;
    run_generate(*arguments);
  });
}

}  // namespace imagine::cli
