#!/usr/bin/env bash
# A seed beyond 32 bits makes the noise of its lower 32.
#
# PyTorch 2.13.0 (CPU), seen 2026-11-29. manual_seed takes 64 bits and initial_seed gives all of them back, but the
# Mersenne Twister of the CPU is set up from the lower 32. Where the number of a request stands above and that of the picture
# below (request << 32 | picture), every request gets the same pictures; -1 and 2^32 - 1 are one seed. Numbers
# from a hash that keep their entropy in the upper half are no seeds at all.
#
# Output seen:
#   seeds 5 and 6: other noise
#   seeds 5 and 2^32 + 5: the same noise
#   seeds 5 and 2^63 + 5: the same noise
#   seeds -1 and 2^32 - 1: the same noise
#   initial_seed after 2^32 + 5: 4294967301
. "$(dirname "$0")/python_with.bash"
python_with torch==2.13.0 numpy==2.4.6
"$python" - <<'P'
import torch

def noise(seed):
    return torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(seed))

seen = []
for what, one, other in (
    ("5 and 6", 5, 6),
    ("5 and 2^32 + 5", 5, 2**32 + 5),
    ("5 and 2^63 + 5", 5, 2**63 + 5),
    ("-1 and 2^32 - 1", -1, 2**32 - 1),
):
    seen.append(torch.equal(noise(one), noise(other)))
    print(f"seeds {what}: {'the same' if seen[-1] else 'other'} noise")
told = torch.Generator().manual_seed(2**32 + 5).initial_seed()
print(f"initial_seed after 2^32 + 5: {told}")
assert seen == [False, True, True, True] and told == 2**32 + 5
P
