#include "train/launchers.h"

#include <algorithm>
#include <array>
#include <map>
#include <unistd.h>
#include <utility>
#include <vector>

#include "core/check.h"
#include "core/number.h"

namespace imagine::train {
namespace {

/// How many processes there are, which of them this is and how many are on its machine, as a
/// launcher tells; empty: it does not.
struct Launcher {
  std::string size, rank, neighbours = {};
};

/// Those that set what they tell in each process themselves.
const std::array<Launcher, 7> kLaunchers = {
    {{"OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_LOCAL_SIZE"},
     {"PMI_SIZE", "PMI_RANK", "MPI_LOCALNRANKS"},
     {"MV2_COMM_WORLD_SIZE", "MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_LOCAL_SIZE"},
     {"JSM_NAMESPACE_SIZE", "JSM_NAMESPACE_RANK", "JSM_NAMESPACE_LOCAL_SIZE"},
     {"FLUX_JOB_SIZE", "FLUX_TASK_RANK"},
     {"", "PALS_RANKID", "PALS_LOCAL_SIZE"},
     {"", "PMIX_RANK"}}};

/// A batch script and an allocation's shell are steps with numbers from here on.
constexpr std::int64_t kFirstReservedStep = 0xfffffff0;

/// The variable's number; nullopt where it has none.
std::optional<std::int64_t> number_in(const Variables& variables, const std::string& name) {
  const auto text = name.empty() ? std::nullopt : variables(name);
  return text ? whole_number(*text) : std::nullopt;
}

/// Slurm's variables within a step of srun's; none in an allocation's shell, whose SLURM_NTASKS
/// says what a step would have.
Launcher slurm_step(const Variables& variables) {
  auto step = number_in(variables, "SLURM_STEP_ID");
  if (!step) step = number_in(variables, "SLURM_STEPID");
  if (step && *step >= kFirstReservedStep) return {};
  for (const char* size : {"SLURM_STEP_NUM_TASKS", "SLURM_NTASKS", "SLURM_NPROCS"}) {
    const bool tells_of_step = step || std::string(size) == "SLURM_STEP_NUM_TASKS";
    if (tells_of_step && variables(size)) {
      return {size, "SLURM_PROCID", "SLURM_STEP_TASKS_PER_NODE"};
    }
  }
  return {"", step ? "SLURM_PROCID" : ""};
}

/// The first number of what may be a list: "4(x2),3" are four on two machines, three on another.
std::int64_t first_number_in(const Variables& variables, const std::string& name) {
  const auto text = name.empty() ? std::nullopt : variables(name);
  const auto number = text ? whole_number(text->substr(0, text->find_first_of("(,"))) : 0;
  return std::max<std::int64_t>(1, number.value_or(1));
}

[[noreturn]] void refuse(const std::string& told, int size, const std::string& mpi) {
  throw InputError(concat("ranks: expected MPI to join the processes that were started together, ",
                          "got ", size, " joined and ", told, "; this program uses ", mpi,
                          ": start it with that one's mpirun, or in Slurm with `srun --mpi=pmix`; ",
                          "what is to train alone beside others, with `mpirun -n 1`"));
}

}  // namespace

Variables present_environment() {
  std::map<std::string, std::string> variables;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const auto end = text.find('=');
    if (end != text.npos) variables.emplace(text.substr(0, end), text.substr(end + 1));
  }
  return [variables = std::move(variables)](const std::string& name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

LaunchedProcess launched_process(const Variables& variables) {
  std::vector<Launcher> launchers(kLaunchers.begin(), kLaunchers.end());
  launchers.push_back(slurm_step(variables));
  for (const auto& launcher : launchers) {
    const auto rank = number_in(variables, launcher.rank);
    if (!rank || *rank < 0) continue;
    const auto size = number_in(variables, launcher.size).value_or(1);
    return {.rank = *rank,
            .size = std::max(size, *rank + 1),
            .neighbours = first_number_in(variables, launcher.neighbours)};
  }
  return {};
}

LaunchedProcess array_task(const Variables& variables) {
  const auto task = number_in(variables, "SLURM_ARRAY_TASK_ID");
  if (!task) return {};
  const auto size = first_number_in(variables, "SLURM_ARRAY_TASK_COUNT");
  const auto step = first_number_in(variables, "SLURM_ARRAY_TASK_STEP");
  const auto first = number_in(variables, "SLURM_ARRAY_TASK_MIN").value_or(0);
  const auto rank = std::max<std::int64_t>(0, *task - first) / step;
  return {.rank = rank % size, .size = size};  // numbers as in 1,5,9 may leave some out
}

bool is_one_of_several(const Variables& variables) {
  return std::ranges::any_of(kLaunchers, [&](const Launcher& launcher) {
    const auto count = number_in(variables, launcher.size);
    return count ? *count > 1 : number_in(variables, launcher.rank).has_value();
  });
}

void check_launcher(int size, const std::string& mpi, const Variables& variables) {
  const auto number = [&](const std::string& name) { return number_in(variables, name); };
  std::string differs;
  for (const auto& launcher : kLaunchers) {
    const auto count = number(launcher.size);
    if (count == size) return;  // others may have started this launcher
    if (count && differs.empty()) differs = concat(launcher.size, '=', *count);
  }
  if (!differs.empty()) refuse(differs, size, mpi);
  const auto check_rank = [&](const std::string& name) {
    const auto rank = number(name);
    if (rank && *rank >= size) refuse(concat(name, '=', *rank), size, mpi);
  };
  for (const auto& launcher : kLaunchers) check_rank(launcher.rank);
  const auto step = slurm_step(variables);
  const auto tasks = number(step.size);
  if (tasks && *tasks != size) refuse(concat(step.size, '=', *tasks), size, mpi);
  check_rank(step.rank);
}

}  // namespace imagine::train
