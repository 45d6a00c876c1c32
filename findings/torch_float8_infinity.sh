#!/usr/bin/env bash
# Infinity is 448 in one kind of float8 and infinity in the other.
#
# PyTorch 2.13.0 (CPU) with ml_dtypes 0.6.0, seen 2026-11-29. float8_e4m3fn has no infinity. What is too large for it, infinity included,
# becomes its largest number, 448, where ml_dtypes (JAX, numpy) and PyTorch up to 2.11 give NaN. float8_e5m2 has an infinity and
# overflows to it. A check for finite weights after the conversion so finds an overflow in the second kind and is blind in the first;
# NaN stays NaN in both.
#
# Output seen (of 465, 100000, infinity and NaN):
#   float8_e4m3fn: [448.0, 448.0, 448.0, nan] by torch, [nan, nan, nan, nan] by ml_dtypes
#   float8_e5m2: [448.0, inf, inf, nan] by torch, [448.0, inf, inf, nan] by ml_dtypes
. "$(dirname "$0")/python_with.bash"
python_with torch==2.13.0 numpy==2.4.6 ml_dtypes==0.6.0
"$python" - <<'P'
import ml_dtypes
import numpy
import torch

values = numpy.array([465, 1e5, numpy.inf, numpy.nan], numpy.float32)
seen = []
for name in ("float8_e4m3fn", "float8_e5m2"):
    by_torch = torch.from_numpy(values).to(getattr(torch, name)).float().tolist()
    by_ml_dtypes = values.astype(getattr(ml_dtypes, name)).astype(numpy.float32).tolist()
    print(f"{name}: {by_torch} by torch, {by_ml_dtypes} by ml_dtypes")
    seen += [str(by_torch), str(by_ml_dtypes)]
assert seen == ["[448.0, 448.0, 448.0, nan]", "[nan, nan, nan, nan]"] + 2 * ["[448.0, inf, inf, nan]"]
P
