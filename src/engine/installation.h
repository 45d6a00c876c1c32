/// Where Imagine's own data lie.
#pragma once

#include <filesystem>

namespace imagine::engine {

/// The folder of the models that come with the program: of IMAGINE_DATA, else beside the
/// installation that the running program is of, else where it was installed to or built.
std::filesystem::path models_folder();

}  // namespace imagine::engine
