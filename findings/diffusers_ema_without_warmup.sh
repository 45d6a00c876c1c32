#!/usr/bin/env bash
# An average of weights without warm-up warms up for ninety thousand steps.
#
# diffusers 0.42.1, seen 2026-11-29. EMAModel(decay=0.9999, use_ema_warmup=False), which is the default, does not use
# 0.9999 but min(0.9999, (1 + n) / (10 + n)), and copies the weights in the first step. After 1000 steps the average is one over
# some hundred steps. The option chooses between this warm-up and another. A training that is to be
# compared with another program's, or continued by it, has to know.
#
# Output seen:
#   decay in step 10: 0.526316
#   decay in step 1000: 0.991080
#   decay in step 10000: 0.999101
#   decay in step 89991: 0.999900
#   old weights left after 1000 steps: 0.000000, with 0.9999: 0.904833
. "$(dirname "$0")/python_with.bash"
python_with torch==2.13.0 numpy==2.4.6 diffusers==0.42.1 transformers==5.24.0
HF_HUB_OFFLINE=1 "$python" - <<'P' 2>/dev/null
import torch
from diffusers.training_utils import EMAModel

DECAY = 0.9999
weight = torch.nn.Parameter(torch.ones(1))
average = EMAModel([weight], decay=DECAY, use_ema_warmup=False)
for step in (10, 1000, 10000, 89991):
    decay = average.get_decay(step)
    print(f"decay in step {step}: {decay:.6f}")
    assert decay == min(DECAY, step / (step + 9))
with torch.no_grad():
    weight.zero_()
for _ in range(1000):
    average.step([weight])
left = average.shadow_params[0].item()
print(f"old weights left after 1000 steps: {left:.6f}, with 0.9999: {DECAY**1000:.6f}")
assert left == 0
P
