#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <new>
#include <thread>

#include "cli/command.h"
#include "core/check.h"
#include "train/ranks.h"

namespace imagine::cli {
namespace {

constexpr int kDone = 0, kBadInput = 2, kUnusableFile = 3, kOutOfResources = 4, kInterrupted = 130;

/// Of several processes that train together one speaks: the first, unless another alone failed.
int fail(const std::exception& error, int code) {
  if (train::Ranks::follows()) {
    if (code == kInterrupted) return code;
    std::this_thread::sleep_for(std::chrono::seconds(2));
  }
  std::cerr << "imagine: " << error.what() << std::endl;
  if (code != kInterrupted) train::Ranks::abandon(code);
  return code;
}

/// Runs the subcommand that the arguments name.
int parse_and_run(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
    check<InputError>(!app.get_subcommands().empty(),
                      "expected a command, see `imagine --help`, got none");
    return kDone;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    check<InputError>(!app.get_subcommands().empty(),
                      "expected a command, see `imagine --help`, got \"", argv[1], "\"");
    return fail(error, kBadInput);
  }
}

}  // namespace

int run(int argc, char** argv) {
  CLI::App app("Pictures from text by cascaded diffusion. `imagine COMMAND --help` shows examples.",
               "imagine");
  app.require_subcommand(0, 1);
  app.set_version_flag("--version", "imagine 0.1.0");
  for (auto* add : {add_generate, add_edit, add_upscale, add_info, add_train, add_grow, add_distill,
                    add_dreambooth, add_dataset, add_import, add_bench, add_evaluate, add_judge,
                    add_matcher, add_plan})
    add(app);
  try {
    return parse_and_run(app, argc, argv);
  } catch (const Interrupted& error) {
    return fail(error, kInterrupted);
  } catch (const InputError& error) {
    return fail(error, kBadInput);
  } catch (const ResourceError& error) {
    return fail(error, kOutOfResources);
  } catch (const std::bad_alloc& error) {
    return fail(error, kOutOfResources);
  } catch (const std::exception& error) {
    return fail(error, kUnusableFile);
  }
}

}  // namespace imagine::cli
