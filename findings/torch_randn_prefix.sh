#!/usr/bin/env bash
# The first picture of a batch need not have the noise that it has alone.
#
# PyTorch 2.13.0 (CPU), seen 2026-11-28. torch.randn fills 16 numbers at a time; where the count is no
# multiple of 16, it draws the last 16 of them anew, and with fewer than 16 it uses another algorithm. So
# randn(2, 3, 3, 3)[0] is not randn(1, 3, 3, 3)[0] for one seed, though it is for sides that are multiples
# of 4. "The same seed, the same picture" across batch sizes needs one generator for each picture.
#
# Output seen:
#   [2, 3, 4, 4] begins with [1, 3, 4, 4]: True
#   [2, 3, 3, 3] begins with [1, 3, 3, 3]: False
#   randn(15) begins randn(16): False
#   randn(16) begins randn(17): False
#   randn(16) begins randn(32): True
. "$(dirname "$0")/python_with.bash"
python_with torch==2.13.0 numpy==2.4.6
"$python" - <<'P'
import torch

def noise(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))

seen = {}
for side in (4, 3):
    same = torch.equal(noise(2, 3, side, side)[:1], noise(1, 3, side, side))
    seen[f"[2, 3, {side}, {side}] begins with [1, 3, {side}, {side}]"] = same
for short, long in ((15, 16), (16, 17), (16, 32)):
    seen[f"randn({short}) begins randn({long})"] = torch.equal(noise(short), noise(long)[:short])
for what, same in seen.items():
    print(f"{what}: {same}")
assert list(seen.values()) == [True, False, False, False, True]
P
