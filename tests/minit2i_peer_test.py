"""Holds the PyTorch that `benchmarks/compare --minit2i` times against the numbers of the reference programs.

Usage: minit2i_peer_test.py ROOT. Needs a Python that has what benchmarks/requirements.txt names: the one that runs this, or that of
build/peers; where neither has, nothing is tested and the script says so. Prints what is wrong and exits with 1.
"""

import subprocess
import sys
from pathlib import Path

NEEDED = "import accelerate, numpy, PIL, safetensors.torch, torch, transformers"


def python_with_torch(root):
    """None where there is none."""
    for python in (sys.executable, root / "build/peers/bin/python"):
        if Path(python).exists() and subprocess.run([python, "-c", NEEDED], capture_output=True).returncode == 0:
            return python
    return None


def main():
    root = Path(sys.argv[1]).resolve()
    python = python_with_torch(root)
    if python is None:
        print("minit2i_peer_test: skipped, no Python here has PyTorch and transformers; benchmarks/compare makes one in build/peers")
        return
    done = subprocess.run([python, root / "benchmarks/minit2i_check.py"], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"minit2i_check.py: {done.returncode}\n{done.stdout}{done.stderr[-3000:]}")


if __name__ == "__main__":
    main()
