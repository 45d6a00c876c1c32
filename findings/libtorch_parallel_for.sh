#!/usr/bin/env bash
# at::parallel_for runs on one thread, by a flag that is not LibTorch's.
#
# LibTorch of PyTorch 2.13.0 (CPU) with g++ 12.2, seen 2026-11-29. The function is a template: it becomes parallel by what
# the including program is compiled with, not by how LibTorch was built. Without -fopenmp, which neither the
# headers ask for nor LibTorch's CMake target adds, it is a plain loop: no warning, right results, at::get_num_threads() still
# says 2, as it is for LibTorch's own operators. One sees it in the time alone. Needs a C++ compiler.
#
# Output seen (threads by at::get_num_threads(), threads that worked):
#   without -fopenmp: 2, 1
#   with -fopenmp: 2, 2
. "$(dirname "$0")/python_with.bash"
python_with torch==2.13.0 numpy==2.4.6
torch=$("$python" -c 'from pathlib import Path; import torch; print(Path(torch.__file__).parent)')
cat >"$folder/threads.cpp" <<'C'
#include <ATen/Parallel.h>

#include <iostream>
#include <mutex>
#include <set>
#include <thread>

int main() {
    at::set_num_threads(2);
    std::mutex mutex;
    std::set<std::thread::id> threads;
    at::parallel_for(0, 1000, 1, [&](int64_t, int64_t) {
        const std::lock_guard lock{mutex};
        threads.insert(std::this_thread::get_id());
    });
    std::cout << at::get_num_threads() << ", " << threads.size() << '\n';
}
C
threads_with() {
  "${CXX:-g++}" -std=c++20 "$@" -I"$torch/include" "$folder/threads.cpp" -o "$folder/threads" \
    -L"$torch/lib" -Wl,-rpath,"$torch/lib" -ltorch_cpu -lc10
  "$folder/threads"
}
if grep -riq openmp "$torch/share/cmake"; then
  echo "LibTorch's CMake files speak of OpenMP now"
  exit 1
fi
without=$(threads_with) with=$(threads_with -fopenmp)
echo "without -fopenmp: $without"
echo "with -fopenmp: $with"
[ "$without / $with" = "2, 1 / 2, 2" ]
