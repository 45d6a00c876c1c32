#include "train/ranks.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <mpi.h>
#include <sched.h>
#include <thread>

#include <torch/utils.h>

#include "core/check.h"
#include "train/launchers.h"

namespace imagine::train {
namespace {

bool joined = false;

void check_mpi(int result, const char* what) {
  if (result == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  MPI_Error_string(result, text.data(), &length);
  throw Error(concat("ranks: ", what, ": ", std::string(text.data(), std::size_t(length))));
}

/// "Open MPI v4.1.4"
std::string library() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  MPI_Get_library_version(text.data(), &length);
  const std::string_view all(text.data(), std::size_t(length));
  return std::string(all.substr(0, all.find_first_of(",\n")));
}

/// Calls `move(data, count)` for pieces that MPI can count. Values on another device go through the
/// memory of this one.
template <class Move>
void in_pieces(const Tensor& values, const char* what, const Move& move) {
  constexpr int64_t kMost = 1 << 28;
  const auto here = values.cpu().contiguous();
  check<Error>(here.scalar_type() == torch::kFloat, "ranks: ", what, ": expected fp32 values");
  auto* data = here.data_ptr<float>();
  for (int64_t done = 0; done < here.numel(); done += kMost) {
    check_mpi(move(data + done, int(std::min(kMost, here.numel() - done))), what);
  }
  if (!here.is_same(values)) values.copy_(here);
}

}  // namespace

Ranks::Ranks() {
  // Joining costs time and opens sockets, and fails where this MPI does not know the launcher.
  const auto variables = present_environment();
  const bool joins = is_one_of_several(variables);
  if (joins) join();
  check_launcher(size_, library(), variables);
  joined = joins;
}

void Ranks::join() {
  int already = 0, provided = 0;
  MPI_Initialized(&already);
  if (!already) {
    check_mpi(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided), "joining");
  } else {
    MPI_Query_thread(&provided);
  }
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  check<Error>(provided >= MPI_THREAD_SERIALIZED,
               "ranks: expected an MPI that threads may use in turn");
  MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
  MPI_Comm_size(MPI_COMM_WORLD, &size_);
  meet_neighbours();
  if (already) return;  // who initialized it finalizes it
  std::atexit([] {
    int finalized = 0;
    MPI_Finalized(&finalized);
    if (!finalized) MPI_Finalize();
  });
}

void Ranks::meet_neighbours() {
  MPI_Comm machine;
  check_mpi(MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &machine),
            "joining");
  MPI_Comm_size(machine, &neighbours_);
  MPI_Comm_rank(machine, &place_);
  cpu_set_t cores;
  CPU_ZERO(&cores);
  sched_getaffinity(0, sizeof(cores), &cores);
  check_mpi(MPI_Allreduce(MPI_IN_PLACE, &cores, int(sizeof(cores)), MPI_BYTE, MPI_BOR, machine),
            "joining");
  cores_together_ = CPU_COUNT(&cores);
  MPI_Comm_free(&machine);
}

Ranks& Ranks::all() {
  static Ranks ranks;
  return ranks;
}

int Ranks::share_of_cores(int cores) const {
  if (size_ == 1) return cores;
  return std::clamp(cores_together_ / neighbours_, 1, cores);
}

void Ranks::reduce(const Tensor& values, int owner) const {
  if (size_ == 1) return;
  wait();
  in_pieces(values, "summing", [&](float* data, int count) {
    const bool receives = rank_ == owner;
    return MPI_Reduce(receives ? MPI_IN_PLACE : data, receives ? data : nullptr, count, MPI_FLOAT,
                      MPI_SUM, owner, MPI_COMM_WORLD);
  });
}

void Ranks::broadcast(const Tensor& values, int owner) const {
  if (size_ == 1) return;
  wait();
  in_pieces(values, "sending", [&](float* data, int count) {
    return MPI_Bcast(data, count, MPI_FLOAT, owner, MPI_COMM_WORLD);
  });
}

std::vector<double> Ranks::sums(std::vector<double> values) const {
  if (size_ == 1) return values;
  wait();
  const auto count = int(values.size());
  // Summed in one place: an all-reduce may round differently on each rank.
  check_mpi(MPI_Reduce(rank_ == 0 ? MPI_IN_PLACE : values.data(), values.data(), count, MPI_DOUBLE,
                       MPI_SUM, 0, MPI_COMM_WORLD),
            "summing");
  check_mpi(MPI_Bcast(values.data(), count, MPI_DOUBLE, 0, MPI_COMM_WORLD), "sending");
  return values;
}

void Ranks::check_same(const std::string& what, const std::string& text) const {
  if (size_ == 1) return;
  auto length = std::uint64_t(text.size());
  MPI_Bcast(&length, 1, MPI_UINT64_T, 0, MPI_COMM_WORLD);
  auto first = text;
  first.resize(length);
  check_mpi(MPI_Bcast(first.data(), int(length), MPI_CHAR, 0, MPI_COMM_WORLD), "sending to all");
  std::vector<double> differs(std::size_t(size_), 0.0);
  differs[std::size_t(rank_)] = first == text ? 0 : 1;
  const auto all = sums(differs);
  const auto found = std::ranges::find(all, 1.0);
  check<ConfigError>(found == all.end(), "ranks: expected the same ", what,
                     " everywhere, got another ", "on rank ", found - all.begin(),
                     " than on rank 0");
}

/// MPI's own waiting keeps a core busy, which the ranks that still compute may need: this comes
/// before everything that needs all of them.
void Ranks::wait() const {
  if (size_ == 1) return;
  constexpr auto kAtOnce = std::chrono::milliseconds(1);
  MPI_Request request;
  check_mpi(MPI_Ibarrier(MPI_COMM_WORLD, &request), "waiting");
  const auto start = std::chrono::steady_clock::now();
  for (int done = 0; !done;) {
    check_mpi(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "waiting");
    if (done || std::chrono::steady_clock::now() - start < kAtOnce) continue;
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
}

bool Ranks::follows() { return joined && all().rank() > 0; }

void Ranks::abandon(int code) {
  if (joined && all().size() > 1) MPI_Abort(MPI_COMM_WORLD, code);
}

}  // namespace imagine::train
