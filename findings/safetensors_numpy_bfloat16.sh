#!/usr/bin/env bash
# Whether safetensors.numpy reads bfloat16 depends on an import that it does not make.
#
# safetensors 0.8.0 with ml_dtypes 0.6.0, seen 2026-11-29. numpy has no bfloat16 of its own and learns the name when somebody
# imports ml_dtypes (JAX does). safetensors.numpy looks the name up and leaves the import to others: with ml_dtypes
# installed, load is a TypeError or works by what else the program has imported. float8, which it saves, it
# does not load again in either case: that name numpy never learns as an attribute.
#
# Output seen:
#   bfloat16 before the import: TypeError
#   bfloat16 after the import: loaded
#   float8_e4m3fn after the import: AttributeError
. "$(dirname "$0")/python_with.bash"
python_with safetensors==0.8.0 numpy==2.4.6 ml_dtypes==0.6.0
"$python" - "$folder" <<'P'
import subprocess
import sys
from pathlib import Path

import ml_dtypes
import numpy
from safetensors.numpy import save_file

LOAD = "from safetensors.numpy import load_file; load_file(sys.argv[1])"
seen = {}
for kind, first, when in (
    ("bfloat16", "import sys", "before"),
    ("bfloat16", "import sys, ml_dtypes", "after"),
    ("float8_e4m3fn", "import sys, ml_dtypes", "after"),
):
    path = Path(sys.argv[1]) / f"{kind}.safetensors"
    save_file({"weight": numpy.ones(4, getattr(ml_dtypes, kind))}, path)
    run = subprocess.run([sys.executable, "-c", f"{first}\n{LOAD}", path], capture_output=True, text=True)
    what = f"{kind} {when} the import"
    seen[what] = "loaded" if run.returncode == 0 else run.stderr.splitlines()[-1].split(":")[0]
    print(f"{what}: {seen[what]}")
assert list(seen.values()) == ["TypeError", "loaded", "AttributeError"]
P
