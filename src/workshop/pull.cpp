#include "hub/pull.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <memory>
#include <string>

#include "cli/interrupt.h"
#include "cli/progress.h"
#include "core/check.h"
#include "hub/overview.h"
#include "workshop/command.h"

namespace imagine::workshop {

using namespace cli;

namespace {

constexpr const char* kPullExamples = R"(Examples:
  imagine models                                   # which names there are
  imagine pull minit2i-b                           # and flan-t5-large beside it
  imagine pull minit2i-b --to models/minit2i-b
  imagine pull ORG/NAME@v1.0:folder --to mine      # any repository, at a tag, one folder of it
  HF_TOKEN=hf_... imagine pull deepfloyd-if        # behind a licence that you accept on its page
CTRL-C ends it within a second; the same command goes on from there.)";

/// Bytes a second since the first of them, and how long the others will take.
class Speed {
 public:
  std::string line(std::uint64_t done, std::uint64_t total) {
    const auto left = time_left(pace_.seconds_left(double(done), double(total)));
    const auto now = std::chrono::steady_clock::now();
    if (!begun_ || done < first_) begun_ = true, first_ = done, since_ = now;
    const double seconds = std::chrono::duration<double>(now - since_).count();
    const auto speed = seconds < 1 ? "" : concat(hub::shown_bytes(rate(done, seconds)), "/s  ");
    return concat(hub::shown_bytes(done), " of ", hub::shown_bytes(total), "  ", speed, left);
  }

 private:
  std::uint64_t rate(std::uint64_t done, double seconds) const {
    return std::uint64_t(double(done - first_) / seconds);
  }

  Pace pace_;
  bool begun_ = false;
  std::uint64_t first_ = 0;
  std::chrono::steady_clock::time_point since_;
};

void pull(const hub::PullOptions& options) {
  const auto settings = hub::Settings::from(hub::process_environment());
  watch_interrupts();
  ProgressLine line(kLongWork);
  Speed speed;
  const hub::Listener listener{
      .note = [&](const std::string& text) { line.note(text); },
      .progress = [&](auto done, auto total) { line.show(speed.line(done, total)); },
      .stop = [] { check<Interrupted>(!interrupted(), "interrupted"); }};
  const auto folder = hub::pull(options, settings, listener);
  line.finish();
  std::cout << folder.string() << '\n';
}

}  // namespace

void add_pull(CLI::App& app) {
  auto options = std::make_shared<hub::PullOptions>();
  auto* command = app.add_subcommand("pull", "Fetch a model's weights from the Hugging Face hub");
  command
      ->add_option("NAME", options->name,
                   "a name that imagine models lists, or ORG/NAME[@REVISION][:FOLDER] of the hub")
      ->required();
  command->add_option("--to", options->to,
                      "the folder to fill; what the model needs comes beside it (in "
                      "$IMAGINE_MODELS or ~/.local/share/imagine/models)");
  command->footer(kPullExamples);
  command->callback([options] { pull(*options); });
}

void add_models(CLI::App& app) {
  auto* command =
      app.add_subcommand("models", "List models that pull knows: licence, size, whether here");
  command->footer("Example:\n  imagine models");
  command->callback([] { std::cout << hub::models_overview(); });
}

}  // namespace imagine::workshop
