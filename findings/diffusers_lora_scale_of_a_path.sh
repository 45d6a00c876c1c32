#!/usr/bin/env bash
# The same LoRA file has two strengths, by the way its path is given.
#
# diffusers 0.42.1 with peft 0.21.2, seen 2026-11-28. save_lora_adapter writes alpha and rank into the file's metadata. load_lora_adapter
# reads them where it is given the folder and weight_name="....safetensors"; given the file's path alone it
# reads the tensors, leaves the metadata, and takes alpha = rank. With alpha 16 of rank 2 the changes are
# an eighth as strong, and nothing is said.
#
# Output seen:
#   saved with scale: 8.0
#   loaded by path: 1.0
#   loaded by folder and weight_name: 8.0
. "$(dirname "$0")/python_with.bash"
python_with torch==2.13.0 numpy==2.4.6 diffusers==0.42.1 peft==0.21.2 transformers==5.24.0 safetensors==0.8.0
HF_HUB_OFFLINE=1 "$python" - "$folder" <<'P' 2>/dev/null
import sys

import torch
from diffusers import UNet2DConditionModel
from peft import LoraConfig

NAME = "pytorch_lora_weights.safetensors"

def network():
    torch.manual_seed(0)
    return UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(8, 16),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=8,
        norm_num_groups=4,
        attention_head_dim=4,
    )

def scale_of(unet):
    (scale,) = {value for module in unet.modules() if hasattr(module, "scaling") for value in module.scaling.values()}
    return scale

saved, by_path, by_folder = network(), network(), network()
saved.add_adapter(LoraConfig(r=2, lora_alpha=16, target_modules=["to_q"]))
saved.save_lora_adapter(sys.argv[1])
by_path.load_lora_adapter(f"{sys.argv[1]}/{NAME}", prefix=None)
by_folder.load_lora_adapter(sys.argv[1], prefix=None, weight_name=NAME)
print(f"saved with scale: {scale_of(saved)}")
print(f"loaded by path: {scale_of(by_path)}")
print(f"loaded by folder and weight_name: {scale_of(by_folder)}")
assert [scale_of(unet) for unet in (saved, by_path, by_folder)] == [8.0, 1.0, 8.0]
P
