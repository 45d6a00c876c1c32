#!/usr/bin/env bash
# A product of bytes takes hundreds of times as long when its left side is signed.
#
# PyTorch 2.13.0 (CPU), seen 2026-11-29 on an Intel Xeon with VNNI whose AMX is hidden. The operator that PyTorch's compiler lowers
# int8 linear layers to, onednn::qlinear_pointwise, takes activations as int8 or as uint8 with a zero point. Both give the same
# sums, and weights are signed in either case. With int8, the natural choice for values around zero, oneDNN has no kernel for VNNI
# (whose instruction multiplies unsigned by signed bytes) and runs its plain loop, in silence. With AMX, which multiplies signed
# bytes too, both are quick: there this script only says so.
#
# Output seen (two cores; times vary):
#   uint8 around 128: 0.1 ms
#   int8: 254.9 ms
#   largest difference of the results: 0
. "$(dirname "$0")/python_with.bash"
python_with torch==2.13.0 numpy==2.4.6
"$python" - <<'P'
import time
from pathlib import Path
import torch

torch.manual_seed(1)
rows, width, out = 64, 512, 512
signed = torch.randint(-127, 128, (rows, width), dtype=torch.int8)
unsigned = (signed.to(torch.int16) + 128).to(torch.uint8)
weight = torch.ops.onednn.qlinear_prepack(torch.randint(-127, 128, (out, width), dtype=torch.int8), [rows, width])
scales, zeros = torch.ones(out), torch.zeros(out, dtype=torch.int64)

def timed(x, zero_point):
    def product():
        return torch.ops.onednn.qlinear_pointwise(x, 1.0, zero_point, weight, scales, zeros, None, 1.0, 0, torch.float32, "none", [], "")
    result = product()
    begun = time.perf_counter()
    product()
    return result, (time.perf_counter() - begun) * 1000

quick, quick_ms = timed(unsigned, 128)
slow, slow_ms = timed(signed, 0)
difference = (quick - slow).abs().max().item()
print(f"uint8 around 128: {quick_ms:.1f} ms")
print(f"int8: {slow_ms:.1f} ms")
print(f"largest difference of the results: {difference:g}")
assert difference == 0
flags = Path("/proc/cpuinfo").read_text().split()
if "amx_int8" in flags or "avx512_vnni" not in flags:
    print("this processor has AMX, or no VNNI: nothing to see here")
else:
    assert slow_ms > 50 * quick_ms
P
