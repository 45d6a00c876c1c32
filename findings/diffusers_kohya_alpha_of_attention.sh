#!/usr/bin/env bash
# The attention layers of a kohya LoRA do not get their own alpha.
#
# diffusers 0.42.1 with peft 0.21.2, seen 2026-11-28. A kohya file has an alpha for each layer.
# load_lora_weights takes the commonest for all and lists the others by name; those of attention layers it
# lists as "...attn1.processor.to_q_lora.down.weight", and no layer is called so. All there is to see is a
# RuntimeWarning of PEFT about patterns that match nothing. Feed-forward layers get their own. A file that
# was extracted from a model, with another rank in each layer, is wrong though alpha is the rank everywhere.
#
# Output seen (scales):
#   in the file: {'to_q': 2.0, 'to_k': 1.0, 'to_v': 1.0, 'ff.net.2': 2.0}
#   loaded: {'to_q': 1.0, 'to_k': 1.0, 'to_v': 1.0, 'ff.net.2': 2.0}
#   in the file: {'to_q': 1.0, 'to_k': 1.0, 'to_v': 1.0, 'ff.net.2': 1.0}
#   loaded: {'to_q': 0.25, 'to_k': 1.0, 'to_v': 1.0, 'ff.net.2': 1.0}
. "$(dirname "$0")/python_with.bash"
python_with torch==2.13.0 numpy==2.4.6 diffusers==0.42.1 peft==0.21.2 transformers==5.24.0 safetensors==0.8.0
HF_HUB_OFFLINE=1 "$python" - "$folder" <<'P' 2>/dev/null
import sys

import torch
from diffusers import DDPMScheduler, IFPipeline, UNet2DConditionModel
from safetensors.torch import save_file

NAME = "kohya.safetensors"

def scales(alpha_and_rank):
    unet = UNet2DConditionModel(
        sample_size=8,
        in_channels=3,
        out_channels=3,
        block_out_channels=(8, 16),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=8,
        norm_num_groups=4,
        attention_head_dim=4,
    )
    others = ("tokenizer", "text_encoder", "safety_checker", "feature_extractor", "watermarker")
    pipeline = IFPipeline(
        unet=unet, scheduler=DDPMScheduler(), requires_safety_checker=False, **dict.fromkeys(others)
    )
    block = "mid_block.attentions.0.transformer_blocks.0."
    layers = {"to_q": "attn1.to_q", "to_k": "attn1.to_k", "to_v": "attn1.to_v", "ff.net.2": "ff.net.2"}
    tensors = {}
    for layer, (alpha, rank) in alpha_and_rank.items():
        weight = unet.get_submodule(block + layers[layer]).weight
        name = "lora_unet_" + (block + layers[layer]).replace(".", "_")
        tensors[f"{name}.lora_down.weight"] = torch.ones(rank, weight.shape[1])
        tensors[f"{name}.lora_up.weight"] = torch.ones(weight.shape[0], rank)
        tensors[f"{name}.alpha"] = torch.tensor(float(alpha))
    save_file(tensors, f"{sys.argv[1]}/{NAME}")
    pipeline.load_lora_weights(sys.argv[1], weight_name=NAME)
    in_file = {layer: alpha / rank for layer, (alpha, rank) in alpha_and_rank.items()}
    loaded = {layer: unet.get_submodule(block + layers[layer]).scaling["default_0"] for layer in alpha_and_rank}
    print(f"in the file: {in_file}")
    print(f"loaded: {loaded}")
    return in_file, loaded

in_file, loaded = scales({"to_q": (8, 4), "to_k": (4, 4), "to_v": (4, 4), "ff.net.2": (8, 4)})
assert loaded == {**in_file, "to_q": 1.0}
in_file, loaded = scales({"to_q": (8, 8), "to_k": (2, 2), "to_v": (2, 2), "ff.net.2": (8, 8)})
assert loaded == {**in_file, "to_q": 0.25}
P
