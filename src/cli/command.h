/// A subcommand: `add` puts its options and its callback on the app.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "imagine/image.h"

namespace CLI {
class App;
}

namespace imagine::cli {

struct PromptFileDrawing;  // drawing.h

/// Pictures on one sheet, each above its caption, in that many columns.
using MakeSheet = std::function<Image(const std::vector<Image>& images,
                                      const std::vector<std::string>& captions, int columns)>;

/// What `generate` does with libraries that a picture is not to wait for. Where one is empty
/// another program is to be asked for it; the help tells of it all the same.
struct GenerateHelpers {
  MakeSheet make_sheet = {};                                            ///< --grid
  std::function<void(const PromptFileDrawing&)> draw_prompt_file = {};  ///< --prompts
};

void add_generate(CLI::App& app, const GenerateHelpers& helpers = {});
void add_edit(CLI::App& app);
void add_upscale(CLI::App& app);
void add_info(CLI::App& app);
/// Hidden, for tools/install: they print what they know of the other commands.
void add_completion(CLI::App& app);
void add_manual(CLI::App& app);

/// What makes a program.
struct Program {
  std::function<void(CLI::App&)> add_commands;
  /// Whether another process speaks for this one, unless this one alone failed.
  std::function<bool()> follows = [] { return false; };
  /// After a failure that was told: ends what goes on in other processes.
  std::function<void(int code)> abandon = [](int) {};
};

/// The app with the program's commands, and the help of the whole.
void add_commands(CLI::App& app, const Program& program);

/// Parses the arguments, runs the subcommand, and turns errors into one line and an exit code:
/// 0 done, 2 bad arguments or input, 3 unusable file or model, 4 out of memory or disk,
/// 130 interrupted.
int run(int argc, char** argv, const Program& program);

}  // namespace imagine::cli
