#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <new>
#include <thread>

#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/interrupt.h"
#include "cli/option_places.h"
#include "cli/progress.h"
#include "core/check.h"
#include "imagine/version.h"

namespace imagine::cli {
namespace {

constexpr int kDone = 0, kBadInput = 2, kUnusableFile = 3, kOutOfResources = 4, kInterrupted = 130;

constexpr const char* kWithoutArguments =
    "imagine \"a photo of a red apple on grass\"   draws a picture\n"
    "imagine help                                lists the commands\n";

constexpr const char* kExamples =
    "Examples:\n"
    "  imagine \"a photo of a red apple on grass\" -o apple.png\n"
    "  imagine edit apple.png \"a photo of a lemon on grass\" --strength 0.9\n"
    "  imagine upscale apple.png --size 1024\n"
    "  imagine help generate\n\n"
    "A prompt stands in quotes. With a blank in it, it needs no command; of one word it does:\n"
    "imagine generate apple.";

/// Of several processes that work together one speaks: the first, unless another alone failed.
int fail(const Program& program, const std::exception& error, int code) {
  if (program.follows()) {
    if (code == kInterrupted) return code;
    std::this_thread::sleep_for(std::chrono::seconds(2));
    if (interrupted()) return code;  // their launcher ends all, as another has failed and spoken
  }
  constexpr std::size_t kMostBytes = 2000;  // of what may hold all that was asked for
  auto what = readable(error.what());
  if (what.size() > kMostBytes) what = what.substr(0, kMostBytes) + " ...";
  std::cerr << "imagine: " << without_controls(what) << std::endl;
  if (code != kInterrupted) program.abandon(code);
  return code;
}

/// The subcommand that was parsed last: `dataset encode`.
const CLI::App& innermost(const CLI::App& app) {
  const auto parsed = app.get_subcommands();
  return parsed.empty() ? app : innermost(*parsed.front());
}

/// "Could not convert: --size = big" in our words.
std::string as_expectation(const std::string& message) {
  constexpr std::string_view kBegin = "Could not convert: ", kMiddle = " = ";
  const auto middle = message.find(kMiddle);
  if (!message.starts_with(kBegin) || middle == message.npos) return message;
  return concat(message.substr(kBegin.size(), middle - kBegin.size()), ": expected a number, got ",
                message.substr(middle + kMiddle.size()));
}

/// Runs the subcommand that the arguments name.
int parse_and_run(CLI::App& app, const Program& program,
                  const std::vector<std::string>& arguments) {
  if (arguments.empty()) {
    std::cerr << kWithoutArguments;
    return kBadInput;
  }
  try {
    auto read = read_arguments(app, arguments);
    app.parse(read);
    return kDone;
  } catch (const CLI::RequiredError& error) {
    throw InputError(concat(error.what(), "; ", path_of(innermost(app)), " --help shows examples"));
  } catch (const CLI::ConversionError& error) {
    throw InputError(as_expectation(error.what()));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    return fail(program, error, kBadInput);
  } catch (const InputError& error) {
    throw InputError(in_options(error.what(), innermost(app)));
  }
}

}  // namespace

void add_commands(CLI::App& app, const Program& program) {
  app.require_subcommand(0, 1);
  app.set_help_flag("-h,--help", "show this help");
  app.set_version_flag("--version", concat("imagine ", kVersion), "say which version this is");
  app.footer(kExamples);
  app.formatter(std::make_shared<HelpFormatter>());
  program.add_commands(app);
  take_texts(app);
}

int run(int argc, char** argv, const Program& program) {
  CLI::App app(
      "Pictures from text by cascaded diffusion.\n\n"
      "imagine \"PROMPT\" [OPTIONS] draws a picture; imagine COMMAND --help tells of a command.",
      "imagine");
  add_commands(app, program);
  try {
    const int code = parse_and_run(app, program, {argv + 1, argv + argc});
    std::cout.flush();
    check<ResourceError>(code != kDone || bool(std::cout), "standard output: cannot be written");
    return code;
  } catch (const Interrupted& error) {
    return fail(program, error, kInterrupted);
  } catch (const InputError& error) {
    return fail(program, error, kBadInput);
  } catch (const ResourceError& error) {
    return fail(program, error, kOutOfResources);
  } catch (const std::bad_alloc& error) {
    return fail(program, error, kOutOfResources);
  } catch (const std::filesystem::filesystem_error& error) {
    return fail(program, Error(concat(error.path1().string(), ": ", error.code().message())),
                kUnusableFile);
  } catch (const std::exception& error) {
    return fail(program, error, kUnusableFile);
  }
}

}  // namespace imagine::cli
