/// What launchers of several processes tell each of them, against what MPI knows.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace imagine::train {

/// The value of an environment variable; nullopt where it is not set.
using Variables = std::function<std::optional<std::string>(const std::string& name)>;

/// Those of this process as they are now. MPI_Init may set others: Open MPI, where nobody started
/// it, makes PMIX_RANK 0.
Variables present_environment();

/// One of the processes that were started together, as far as launchers tell.
struct LaunchedProcess {
  std::int64_t rank = 0, size = 1;  ///< 0 <= rank < size
  std::int64_t neighbours = 1;      ///< how many are on this machine, this one counted
};

/// By the variables that check_launcher() knows; no MPI is asked. Alone where nothing tells.
LaunchedProcess launched_process(const Variables& variables);

/// Which of the tasks of a Slurm array this is: each is a job of its own, and may be launched as
/// several processes. The first of one where this is none.
LaunchedProcess array_task(const Variables& variables);

/// Whether a launcher that speaks to MPI's library says that it started others too, or may have.
/// Slurm's srun is one only where it was told to be (--mpi).
bool is_one_of_several(const Variables& variables);

/// InputError, which says what to do, where this process was started as one of more (or fewer)
/// processes than the `size` that MPI's library `mpi` knows of: by another MPI's launcher, or by
/// srun without PMI, each of them takes itself for the only one. The launcher's own variables
/// count (Open MPI, all that speak PMI or PMIx, MVAPICH, IBM's JSM, PALS, Flux); without any of
/// them those of a Slurm step, not those of an allocation. 1 <= size.
void check_launcher(int size, const std::string& mpi, const Variables& variables);

}  // namespace imagine::train
