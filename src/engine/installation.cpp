#include "engine/installation.h"

#include <cstdlib>
#include <vector>

#include "engine/text_states.h"
#include "imagine/engine.h"
#include "imagine/model.h"

namespace imagine {

namespace fs = std::filesystem;

fs::path engine::models_folder() {
  if (const char* data = std::getenv("IMAGINE_DATA")) return fs::path(data) / "models";
  std::error_code unknown;
  const auto program = fs::read_symlink("/proc/self/exe", unknown);
  const auto beside = program.parent_path().parent_path() / "share" / "imagine";
  for (const auto& data : {beside, fs::path(IMAGINE_INSTALLED_DATA)}) {
    if (fs::exists(data / "models", unknown)) return data / "models";
  }
  return fs::path(IMAGINE_SOURCES) / "models";
}

fs::path embedded_model() { return engine::models_folder() / "imagine-small"; }

fs::path default_text_cache() { return engine::TextStates::default_folder(); }

}  // namespace imagine
