#!/usr/bin/env bash
# Where /proc shows processes alone, PyTorch computes without AVX, several times slower, and comes to other numbers.
#
# PyTorch 2.13.0 (CPU), seen 2026-11-30 on an AMD EPYC with AVX2. systemd's ProcSubset=pid, which hardening guides ask for and which
# is /proc mounted with subset=pid (used here), hides /proc/cpuinfo. PyTorch asks the processor itself which instructions it has
# only after cpuinfo, its library, has read that file: else it takes its plainest kernels. One line on standard error
# tells ("Error in cpuinfo: failed to parse processor information"), and no exception; MKL and oneDNN, which look for themselves,
# are as quick as before, so that products hide what elementwise operators lose. FBGEMM refuses to work at all.
#
# Output seen (one core; times vary):
#   /proc whole: AVX2, gelu 3.6 ms, sigmoid 0.9 ms, FBGEMM packs
#   processes alone: DEFAULT, gelu 42.7 ms, sigmoid 8.1 ms, FBGEMM: Your CPU doesn't support FBGEMM.
#   the same numbers: False
. "$(dirname "$0")/python_with.bash"
python_with torch==2.13.0 numpy==2.4.6
cat >"$folder/look.py" <<'P'
import sys, time, warnings
import torch
from torch.nn.functional import gelu

warnings.simplefilter("ignore")
torch.set_num_threads(1)
torch.manual_seed(1)
x = torch.randn(1_000_000)

def best_ms(operation):
    times = []
    for _ in range(10):
        begun = time.perf_counter()
        operation()
        times.append(time.perf_counter() - begun)
    return min(times) * 1000

try:
    torch.fbgemm_pack_gemm_matrix_fp16(torch.randn(64, 64))
    packs = "FBGEMM packs"
except RuntimeError as error:
    packs = f"FBGEMM: {str(error).splitlines()[0]}"
slow = best_ms(lambda: gelu(x, approximate="tanh"))
print(f"{sys.argv[1]}: {torch.backends.cpu.get_cpu_capability()}, gelu {slow:.1f} ms, sigmoid {best_ms(x.sigmoid):.1f} ms, {packs}")
torch.save({"capability": torch.backends.cpu.get_cpu_capability(), "ms": slow, "numbers": x.sigmoid()}, sys.argv[2])
P
unset ATEN_CPU_CAPABILITY
"$python" "$folder/look.py" "/proc whole" "$folder/whole.pt"
unshare --user --map-root-user --mount --pid --fork sh -c 'mount -t proc -o subset=pid proc /proc && exec "$@"' sh \
  "$python" "$folder/look.py" "processes alone" "$folder/alone.pt" 2>"$folder/told" || { cat "$folder/told" >&2 && exit 1; }
grep -q "failed to parse processor information" "$folder/told"
"$python" - "$folder" <<'P'
import sys
import torch

whole, alone = (torch.load(f"{sys.argv[1]}/{name}.pt") for name in ("whole", "alone"))
print(f"the same numbers: {torch.equal(whole['numbers'], alone['numbers'])}")
assert alone["capability"] == "DEFAULT"
if whole["capability"] == "DEFAULT":
    print("this processor has no AVX2: nothing to see here")
else:
    assert alone["ms"] > 2 * whole["ms"] and not torch.equal(whole["numbers"], alone["numbers"])
P
