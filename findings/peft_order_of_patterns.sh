#!/usr/bin/env bash
# A LoRA with two patterns for alpha has another strength after it was saved and loaded.
#
# peft 0.21.2, seen 2026-11-28. Of alpha_pattern, the first key that matches a layer's name holds. Saving
# sorts the keys, and ".*" sorts before every letter: an exception that was written before the general
# pattern stands after it in adapter_config.json, and no longer holds. Nothing is said, as alpha has no shape
# that could disagree. diffusers' save_lora_adapter sorts them in its metadata too.
#
# Output seen:
#   trained with scales: {'down.to_q': 2.0, 'mid.to_q': 8.0}
#   loaded with scales: {'down.to_q': 2.0, 'mid.to_q': 2.0}
. "$(dirname "$0")/python_with.bash"
python_with torch==2.13.0 numpy==2.4.6 peft==0.21.2 transformers==5.24.0 safetensors==0.8.0
HF_HUB_OFFLINE=1 "$python" - "$folder" <<'P' 2>/dev/null
import sys

from peft import LoraConfig, PeftModel, get_peft_model
from torch import nn

def network():
    return nn.ModuleDict({name: nn.ModuleDict({"to_q": nn.Linear(4, 4)}) for name in ("down", "mid")})

def scales_of(model):
    layers = model.base_model.model.named_modules()
    return {name: layer.scaling["default"] for name, layer in layers if hasattr(layer, "scaling")}

patterns = {"mid.to_q": 16, ".*to_q": 4}
saved = get_peft_model(network(), LoraConfig(r=2, target_modules=["to_q"], alpha_pattern=patterns))
saved.save_pretrained(sys.argv[1])
loaded = PeftModel.from_pretrained(network(), sys.argv[1])
print(f"trained with scales: {scales_of(saved)}")
print(f"loaded with scales: {scales_of(loaded)}")
assert scales_of(saved) == {"down.to_q": 2.0, "mid.to_q": 8.0}
assert scales_of(loaded) == {"down.to_q": 2.0, "mid.to_q": 2.0}
P
