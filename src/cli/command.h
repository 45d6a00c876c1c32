/// A subcommand: `add` puts its options and its callback on the app.
#pragma once

namespace CLI {
class App;
}

namespace imagine::cli {

void add_generate(CLI::App& app);
void add_edit(CLI::App& app);
void add_upscale(CLI::App& app);
void add_train(CLI::App& app);
void add_grow(CLI::App& app);
void add_distill(CLI::App& app);
void add_dreambooth(CLI::App& app);
void add_dataset(CLI::App& app);
void add_info(CLI::App& app);
void add_import(CLI::App& app);
void add_bench(CLI::App& app);
void add_evaluate(CLI::App& app);
void add_judge(CLI::App& app);
void add_matcher(CLI::App& app);
void add_plan(CLI::App& app);
/// Hidden, for tools/install: they print what they know of the other commands.
void add_completion(CLI::App& app);
void add_manual(CLI::App& app);

/// All of them, with the help of the whole.
void add_commands(CLI::App& app);

/// Parses the arguments, runs the subcommand, and turns errors into one line and an exit code:
/// 0 done, 2 bad arguments or input, 3 unusable file or model, 4 out of memory or disk,
/// 130 interrupted.
int run(int argc, char** argv);

}  // namespace imagine::cli
