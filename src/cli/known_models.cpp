#include "cli/known_models.h"

#include <cerrno>
#include <cstring>
#include <iostream>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/drawing.h"
#include "cli/programs.h"
#include "core/check.h"
#include "hub/catalogue.h"
#include "hub/listener.h"

namespace imagine::cli {
namespace {

namespace fs = std::filesystem;

/// Of the model and of those that it needs, what is not here.
std::uint64_t missing_bytes(const hub::Model& model) {
  auto bytes = model.bytes;
  for (const auto& name : model.needs) {
    const auto* needed = hub::catalogued(name);
    if (needed && !hub::found_model(name)) bytes += needed->bytes;
  }
  return bytes;
}

bool is_wanted(const hub::Model& model) {
  if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) return false;
  std::cerr << "imagine: " << model.name << " is not here yet: " << model.about << ", licence "
            << model.licence << ".\nFetch about " << hub::shown_bytes(missing_bytes(model))
            << " now? [y/N] " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

void pull(const std::string& name) {
  auto program = program_beside(kWorkshopProgram).string();
  std::string command = "pull", model = name;
  char* arguments[] = {program.data(), command.data(), model.data(), nullptr};
  pid_t child = 0;
  const int failed = posix_spawn(&child, program.c_str(), nullptr, nullptr, arguments, environ);
  check<ResourceError>(failed == 0, program, ": cannot be run: ", std::strerror(failed));
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  const bool done = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  check<Interrupted>(done, name, ": was not fetched; imagine pull ", name, " goes on");
}

/// The folder, unless something is left to do before it draws: an InputError says what.
fs::path drawable(const hub::Model& model, const fs::path& folder) {
  const bool is_done = fs::exists(folder / "transformer" / "config.json");
  check<InputError>(model.afterwards.empty() || is_done, "--model ", model.name, ": ",
                    folder.string(), " is ", model.afterwards);
  return folder;
}

}  // namespace

fs::path model_folder_of(const std::string& model) {
  const bool is_embedded = fs::path(default_model()).filename() == model;
  if (is_embedded && !fs::exists(model)) return default_model();
  const auto* known = fs::exists(model) ? nullptr : hub::catalogued(model);
  if (!known) return model;
  if (const auto found = hub::found_model(model)) return drawable(*known, *found);
  check<InputError>(is_wanted(*known), "--model ", model, ": is not here yet; imagine pull ", model,
                    " fetches it: about ", hub::shown_bytes(missing_bytes(*known)), ", licence ",
                    known->licence,
                    known->afterwards.empty() ? "" : concat("; then it is ", known->afterwards));
  pull(model);
  const auto found = hub::found_model(model);
  check<InputError>(found.has_value(), "--model ", model, ": expected the model to be here now, ",
                    "found none");
  return drawable(*known, *found);
}

}  // namespace imagine::cli
