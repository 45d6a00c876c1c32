#!/usr/bin/env bash
# torch.set_num_threads(1) in one thread slows threads that do not exist yet.
#
# PyTorch 2.13.0 (CPU), seen 2026-11-28. The number is that of the calling thread, as one would hope: the main
# thread, which has asked before, keeps its own. But it is also kept as the default of every thread that asks for the first time
# afterwards. A worker that wants one core for itself so leaves one core to every thread of a server
# that starts later.
#
# Output seen (OMP_NUM_THREADS=2):
#   a fresh thread before: 2
#   the main thread after another thread set 1: 2
#   a fresh thread after: 1
. "$(dirname "$0")/python_with.bash"
python_with torch==2.13.0 numpy==2.4.6
OMP_NUM_THREADS=2 "$python" - <<'P'
import threading
import torch

def in_a_thread(function):
    result = []
    thread = threading.Thread(target=lambda: result.append(function()))
    thread.start()
    thread.join()
    return result[0]

torch.get_num_threads()  # the main thread asks first, and so has a number of its own
before = in_a_thread(torch.get_num_threads)
in_a_thread(lambda: torch.set_num_threads(1))
main, after = torch.get_num_threads(), in_a_thread(torch.get_num_threads)
print(f"a fresh thread before: {before}")
print(f"the main thread after another thread set 1: {main}")
print(f"a fresh thread after: {after}")
assert (before, main, after) == (2, 2, 1)
P
