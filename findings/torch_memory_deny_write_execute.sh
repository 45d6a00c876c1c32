#!/usr/bin/env bash
# Where memory may not become code, a convolution of 50 pixels works and one of 51 fails.
#
# PyTorch 2.13.0 (CPU), seen 2026-11-30 on an AMD EPYC with AVX2, Linux 6.18. systemd's MemoryDenyWriteExecute=yes, which hardening
# guides ask for, and prctl(PR_SET_MDWE), used here, refuse pages that were written to be executed. oneDNN compiles its kernels at
# run time. It also has plain loops, but does not fall back on them: "could not create a primitive". Which operators ask oneDNN
# depends on their sizes: small convolutions have loops of PyTorch's own, matrix products in fp32 come ready from MKL. So a hardened
# service starts, answers its health check and draws small pictures, and fails at larger ones. (Where the processor has AVX-512 or
# AMX more operators ask oneDNN, products in bf16 among them.) That convolutions fail is known (pytorch/pytorch, issue 143651).
#
# Output seen:
#   product of 1024 x 1024: as before
#   convolution of 50 x 50: as before
#   convolution of 51 x 51: could not create a primitive
#   two convolutions of 16 x 16 at once: could not create a primitive
#   gelu: could not create a primitive
. "$(dirname "$0")/python_with.bash"
python_with torch==2.13.0 numpy==2.4.6
"$python" - <<'P'
import ctypes
import torch
from torch.nn.functional import gelu

PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN = 65, 1
torch.manual_seed(1)
kernel = torch.randn(8, 8, 3, 3)
operations = {
    "product of 1024 x 1024": lambda x=torch.randn(1024, 1024): x @ x,
    "convolution of 50 x 50": lambda x=torch.randn(1, 8, 50, 50): torch.conv2d(x, kernel),
    "convolution of 51 x 51": lambda x=torch.randn(1, 8, 51, 51): torch.conv2d(x, kernel),
    "two convolutions of 16 x 16 at once": lambda x=torch.randn(2, 8, 16, 16): torch.conv2d(x, kernel),
    "gelu": lambda x=torch.randn(1024): gelu(x),
}

if ctypes.CDLL(None).prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) != 0:
    raise SystemExit("this kernel is older than Linux 6.3: nothing to see here")
told = {}
for name, operation in operations.items():
    try:
        operation()
        told[name] = "as before"
    except RuntimeError as error:
        told[name] = str(error).splitlines()[0]
    print(f"{name}: {told[name]}")
assert [answer == "as before" for answer in told.values()] == [True, True, False, False, False]
P
