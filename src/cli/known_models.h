/// Models by name: where they lie, and fetching those that are not here.
#pragma once

#include <filesystem>
#include <string>

namespace imagine::cli {

/// The folder that `--model` means: itself, or that of a model which `imagine models` lists. One
/// that is not here is fetched, if somebody is at the terminal who wants it; else an InputError
/// says how.
std::filesystem::path model_folder_of(const std::string& model);

}  // namespace imagine::cli
