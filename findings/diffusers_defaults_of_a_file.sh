#!/usr/bin/env bash
# Which steps UniPC takes in the place of DDIM depends on whether the DDIM was ever saved.
#
# diffusers 0.42.1, seen 2026-11-29. UniPC.from_config(DDIM.config) takes over the fields that somebody set and gives
# the others UniPC's own defaults: which were set, the config remembers. Saving writes every field and forgets that. After
# it, DDIM's default timestep_spacing "leading" counts as wished for, and the same line of code begins
# at 900 of 1000 instead of 999. The DDIM itself is the same before and after.
#
# Output seen (the first of 100 steps):
#   DDIM: 990, UniPC in its place: 999 (linspace)
#   DDIM, saved and loaded: 990, UniPC in its place: 900 (leading)
. "$(dirname "$0")/python_with.bash"
python_with torch==2.13.0 numpy==2.4.6 diffusers==0.42.1 transformers==5.24.0
HF_HUB_OFFLINE=1 "$python" - "$folder" <<'P' 2>/dev/null
import sys

from diffusers import DDIMScheduler, UniPCMultistepScheduler

def first(scheduler):
    scheduler.set_timesteps(100)
    return int(scheduler.timesteps[0])

made = DDIMScheduler()
made.save_pretrained(sys.argv[1])
seen = []
for name, ddim in (("DDIM", made), ("DDIM, saved and loaded", DDIMScheduler.from_pretrained(sys.argv[1]))):
    other = UniPCMultistepScheduler.from_config(ddim.config)
    seen.append((first(ddim), first(other), other.config.timestep_spacing))
    print(f"{name}: {seen[-1][0]}, UniPC in its place: {seen[-1][1]} ({seen[-1][2]})")
assert seen == [(990, 999, "linspace"), (990, 900, "leading")]
P
