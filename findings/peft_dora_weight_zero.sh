#!/usr/bin/env bash
# A DoRA with weight 0 is not the model without it.
#
# peft 0.21.2, seen 2026-11-28. An adapter's weight (set_scale, which diffusers' set_adapters calls) scales
# the low-rank part. The length that DoRA learned for each row of the matrix stays as it is: with weight 0,
# the rows have the base model's direction and the trained length. A DoRA that is turned down does not fade
# out as a LoRA does; only disabling takes it away. Here a layer learns to give twice its output.
#
# Output seen (largest difference from the base model's output):
#   LoRA: {'weight 1': 1.77, 'weight 0': 0.0, 'disabled': 0.0}
#   DoRA: {'weight 1': 2.05, 'weight 0': 2.05, 'disabled': 0.0}
. "$(dirname "$0")/python_with.bash"
python_with torch==2.13.0 numpy==2.4.6 peft==0.21.2 transformers==5.24.0 safetensors==0.8.0
HF_HUB_OFFLINE=1 "$python" - <<'P' 2>/dev/null
import torch
from peft import LoraConfig, get_peft_model

def differences(dora):
    torch.manual_seed(0)
    x = torch.randn(64, 4)
    network = torch.nn.Sequential(torch.nn.Linear(4, 4, bias=False))
    base = network(x).detach()
    model = get_peft_model(network, LoraConfig(r=2, lora_alpha=2, target_modules=["0"], use_dora=dora))
    optimizer = torch.optim.Adam([parameter for parameter in model.parameters() if parameter.requires_grad], lr=0.01)
    for _ in range(500):
        optimizer.zero_grad()
        (model(x) - 2 * base).square().mean().backward()
        optimizer.step()

    @torch.no_grad()
    def difference():
        return round((model(x) - base).abs().max().item(), 2)

    seen = {"weight 1": difference()}
    model.base_model.model[0].set_scale("default", 0.0)
    seen["weight 0"] = difference()
    with model.disable_adapter():
        seen["disabled"] = difference()
    return seen

lora, dora = differences(False), differences(True)
print(f"LoRA: {lora}")
print(f"DoRA: {dora}")
assert lora["weight 1"] > 1 and lora["weight 0"] == lora["disabled"] == 0
assert dora["weight 1"] > 1 and dora["weight 0"] > 1 and dora["disabled"] == 0
P
