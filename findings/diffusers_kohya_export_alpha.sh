#!/usr/bin/env bash
# A LoRA that is written for kohya's programs has another strength than it was trained with.
#
# diffusers 0.42.1 with peft 0.21.2, seen 2026-11-29. convert_state_dict_to_kohya, which is there for other programs
# to read, is given the tensors alone and writes alpha = rank for each layer, so scale 1, without a warning. Here
# alpha 16 of rank 2 comes back as 2 of 2: an eighth of the strength. Only a LoRA with alpha = rank
# survives.
#
# Output seen:
#   trained with alpha / rank: 16 / 2
#   in the file: 2 / 2
#   loaded by diffusers with scale: 1.0
. "$(dirname "$0")/python_with.bash"
python_with torch==2.13.0 numpy==2.4.6 diffusers==0.42.1 peft==0.21.2 transformers==5.24.0 safetensors==0.8.0
HF_HUB_OFFLINE=1 "$python" - "$folder" <<'P' 2>/dev/null
import sys

from diffusers import DDPMScheduler, IFPipeline, UNet2DConditionModel
from diffusers.utils import convert_state_dict_to_kohya
from peft import LoraConfig, get_peft_model_state_dict
from safetensors.torch import save_file

NAME, ALPHA, RANK = "kohya.safetensors", 16, 2

def network():
    return UNet2DConditionModel(
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

trained = network()
trained.add_adapter(LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules=["to_q"]))
tensors = {f"unet.{name}": tensor for name, tensor in get_peft_model_state_dict(trained).items()}
tensors = convert_state_dict_to_kohya(tensors)
save_file(tensors, f"{sys.argv[1]}/{NAME}")
(alpha,) = {tensor.item() for name, tensor in tensors.items() if name.endswith(".alpha")}
(rank,) = {tensor.shape[0] for name, tensor in tensors.items() if name.endswith(".lora_down.weight")}

others = ("tokenizer", "text_encoder", "safety_checker", "feature_extractor", "watermarker")
pipeline = IFPipeline(
    unet=network(), scheduler=DDPMScheduler(), requires_safety_checker=False, **dict.fromkeys(others)
)
pipeline.load_lora_weights(sys.argv[1], weight_name=NAME)
layers = [module for module in pipeline.unet.modules() if hasattr(module, "scaling")]
(scale,) = {scale for layer in layers for scale in layer.scaling.values()}
print(f"trained with alpha / rank: {ALPHA} / {RANK}")
print(f"in the file: {alpha} / {rank}")
print(f"loaded by diffusers with scale: {scale}")
assert (alpha, rank, scale) == (2, 2, 1.0)
P
