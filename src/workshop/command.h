/// The commands of those who train, measure and make data; with those that draw they are the whole
/// program.
#pragma once

#include "cli/command.h"

namespace imagine::workshop {

void add_train(CLI::App& app);
void add_grow(CLI::App& app);
void add_distill(CLI::App& app);
void add_dreambooth(CLI::App& app);
void add_dataset(CLI::App& app);
void add_import(CLI::App& app);
void add_bench(CLI::App& app);
void add_evaluate(CLI::App& app);
void add_judge(CLI::App& app);
void add_matcher(CLI::App& app);
void add_plan(CLI::App& app);
void add_pull(CLI::App& app);
void add_models(CLI::App& app);
void add_serve(CLI::App& app);

/// All commands.
cli::Program program();

}  // namespace imagine::workshop
