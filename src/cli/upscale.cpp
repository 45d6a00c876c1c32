#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/drawing.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "core/check.h"
#include "imagine/image_file.h"

namespace imagine::cli {
namespace {

struct UpscaleArguments {
  Drawing drawing;
  std::vector<std::string> files;
};

/// What went wrong with some of several files, told at the end.
class Failures {
 public:
  /// Calls `work`; with several files one that cannot be used is no reason to stop.
  template <class Work>
  void collect(const std::string& file, const Work& work) {
    try {
      ++files_;
      work();
    } catch (const FormatError& error) {
      add(file, error.what());
    } catch (const InputError& error) {
      add(file, error.what());
    }
  }

  /// FormatError naming each file.
  void tell() const {
    check<FormatError>(failed_ == 0, failed_, " of ", files_,
                       " pictures were not made: ", reasons_);
  }

 private:
  void add(const std::string& file, const std::string& reason) {
    ++failed_;
    const bool named = reason.starts_with(file);
    const bool known = !named && reason == last_;  // of a setting, not of the file
    if (!known) reasons_ += concat(reasons_.empty() ? "" : "; ", named ? "" : file + ": ", reason);
    last_ = reason;
  }

  int files_ = 0, failed_ = 0;
  std::string reasons_, last_;
};

void run_upscale(const UpscaleArguments& arguments) {
  check_output(arguments.drawing, arguments.files);
  watch_interrupts();
  DrawingSession session(arguments.drawing);
  const bool single = arguments.files.size() == 1;
  const auto enlarge = [&](const std::string& file) {
    auto request = request_of(arguments.drawing);
    request.task = Task::upscale;
    request.image = load_image(file, Transparency::kept);
    session.draw({request}, [&](std::size_t, Picture picture) {
      write(std::move(picture), arguments.drawing, single);
    });
  };
  if (single) return enlarge(arguments.files.front());
  Failures failures;
  for (const auto& file : arguments.files) failures.collect(file, [&] { enlarge(file); });
  failures.tell();
}

}  // namespace

void add_upscale(CLI::App& app) {
  auto* command = app.add_subcommand("upscale", "Make pictures larger by super-resolution");
  auto arguments = std::make_shared<UpscaleArguments>();
  auto& drawing = arguments->drawing;
  command->add_option("FILE", arguments->files, concat(kReadFormats, ", of any shape up to 16:1"))
      ->required();
  command->add_option("--prompt", drawing.request.prompt, "what they show, where it helps");
  add_drawing_options(*command, drawing);
  command->footer([arguments] { return defaults_of(arguments->drawing.model, Task::upscale); });
  command->footer(
      "The embedded model makes any picture four times larger; with --size 1024 what is smaller "
      "than\n"
      "256 pixels twice. Large photographs are drawn in tiles, up to 256 million pixels when they "
      "are\n"
      "enlarged (4000x3000 become 16000x12000). DeepFloyd IF makes the shorter side 256 pixels.\n\n"
      "Examples:\n"
      "  imagine upscale icon.png -o large.png\n"
      "  imagine upscale thumbnails/*.jpg --size 1024 -o folder\n"
      "  imagine upscale face.png --model IF --prompt \"a photo of a face\"");
  command->callback([arguments] { run_upscale(*arguments); });
}

}  // namespace imagine::cli
