/// The processes that train one network together.
#pragma once

#include <string>
#include <vector>

#include "tensor/types.h"

namespace imagine::train {

/// Those that `mpirun -np N` started, else this one alone. All of them must make the same calls in
/// the same order, one thread at a time. An Error where the others cannot be reached, InputError
/// where a launcher started others that MPI does not know of (launchers.h).
class Ranks {
 public:
  /// Joins the others at the first call.
  static Ranks& all();

  int rank() const { return rank_; }
  int size() const { return size_; }
  /// Rank 0 writes files and shows progress.
  bool leads() const { return rank_ == 0; }

  /// The cores that this rank should compute with, of `cores` that its process may use: those that
  /// ranks on one machine may all use are shared out.
  int share_of_cores(int cores) const;
  /// Which of the ranks on its machine this is, from 0.
  int place_on_machine() const { return place_; }

  /// The sum over all ranks of values [n] fp32, in the memory of `owner`.
  void reduce(const Tensor& values, int owner) const;
  /// The values [n] of `owner` in everybody's memory.
  void broadcast(const Tensor& values, int owner) const;
  /// Each value's sum over all ranks: the same bits everywhere.
  std::vector<double> sums(std::vector<double> values) const;
  /// ConfigError, on all ranks, where the text differs from rank 0's.
  void check_same(const std::string& what, const std::string& text) const;
  /// Until all have come here.
  void wait() const;

  /// Whether this is one of several and not the first.
  static bool follows();
  /// Ends all processes with this exit code, where there are others: they cannot be told to stop
  /// while they wait for this one.
  static void abandon(int code);

 private:
  Ranks();
  void join();
  void meet_neighbours();
  int rank_ = 0, size_ = 1;
  int neighbours_ = 1, place_ = 0;  // ranks on this machine, and which of them this is
  int cores_together_ = 0;          // that any of them may use
};

}  // namespace imagine::train
