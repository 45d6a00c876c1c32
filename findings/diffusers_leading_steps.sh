#!/usr/bin/env bash
# With more steps, a sampler begins in the middle of the noise.
#
# diffusers 0.42.1, seen 2026-11-29. timestep_spacing="leading", the default of DDPM, DDIM and PNDM, makes steps of one whole
# number of training steps and counts them from the clean end. What does not divide is missing at the noisy
# end: 501 steps of 1000 are those from 500 down, and pure noise is given to the network as half noise. DPM-Solver and UniPC
# divide by one step more: 100 steps begin at 900, 500 at 500, and 1000 are a thousand times step 0. Nothing is said.
#
# Output seen (the first step of 1000, and how many are different):
#   DDIM, 100 steps: 990 (100 different)
#   DDIM, 500 steps: 998 (500 different)
#   DDIM, 501 steps: 500 (501 different)
#   UniPC, 100 steps: 900 (100 different)
#   UniPC, 500 steps: 500 (500 different)
#   UniPC, 1000 steps: 0 (1 different)
. "$(dirname "$0")/python_with.bash"
python_with torch==2.13.0 numpy==2.4.6 diffusers==0.42.1 transformers==5.24.0
HF_HUB_OFFLINE=1 "$python" - <<'P' 2>/dev/null
from diffusers import DDIMScheduler, UniPCMultistepScheduler

seen = []
for name, kind, counts in (("DDIM", DDIMScheduler, (100, 500, 501)), ("UniPC", UniPCMultistepScheduler, (100, 500, 1000))):
    for count in counts:
        scheduler = kind(num_train_timesteps=1000, timestep_spacing="leading")
        scheduler.set_timesteps(count)
        steps = scheduler.timesteps.tolist()
        assert len(steps) == count
        seen.append((steps[0], len(set(steps))))
        print(f"{name}, {count} steps: {seen[-1][0]} ({seen[-1][1]} different)")
assert seen == [(990, 100), (998, 500), (500, 501), (900, 100), (500, 500), (0, 1)]
P
