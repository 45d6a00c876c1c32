/// Commands that tests give a shell, as of processes that MPI's launcher starts.
#pragma once

#include <array>
#include <cstdio>
#include <string>
#include <sys/wait.h>

namespace imagine {

struct Ended {
  int code;
  std::string said;  // on both streams
};

/// Runs the command to its end; as root too, with more processes than cores, on no other machine.
inline Ended shell(const std::string& command) {
  const std::string environment =
      "export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 "
      "OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_plm_rsh_agent=; ";
  auto* pipe = ::popen((environment + "{ " + command + "; } 2>&1").c_str(), "r");
  std::string said;
  std::array<char, 4096> part;
  while (const auto count = std::fread(part.data(), 1, part.size(), pipe)) {
    said.append(part.data(), count);
  }
  return {.code = WEXITSTATUS(::pclose(pipe)), .said = said};
}

}  // namespace imagine
