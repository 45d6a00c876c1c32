#!/usr/bin/env bash
# UniPC's other solver type ends in a picture of NaN with the default schedule.
#
# diffusers 0.42.1, seen 2026-11-28. UniPCMultistepScheduler(solver_type="bh1") takes the step in log signal-to-noise ratio itself, and
# the default final_sigmas_type "zero" makes the last one infinite: infinity times 0. "bh2", the default, does not
# see it. final_sigmas_type="sigma_min" helps.
#
# Output seen:
#   bh2, zero: finite
#   bh1, zero: NaN
#   bh1, sigma_min: finite
. "$(dirname "$0")/python_with.bash"
python_with torch==2.13.0 numpy==2.4.6 diffusers==0.42.1 transformers==5.24.0
HF_HUB_OFFLINE=1 "$python" - <<'P' 2>/dev/null
import torch
from diffusers import UniPCMultistepScheduler

seen = []
for solver, end in (("bh2", "zero"), ("bh1", "zero"), ("bh1", "sigma_min")):
    scheduler = UniPCMultistepScheduler(solver_type=solver, final_sigmas_type=end)
    scheduler.set_timesteps(9)
    x = torch.ones(1, 3, 4, 4)
    for time in scheduler.timesteps:
        x = scheduler.step(0.5 * x, time, x).prev_sample
    seen.append("NaN" if x.isnan().all() else "finite")
    print(f"{solver}, {end}: {seen[-1]}")
assert seen == ["finite", "NaN", "finite"]
P
