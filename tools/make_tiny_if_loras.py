#!/usr/bin/env python3
"""Makes low-rank changes of tests/data/tiny-if's first stage as several programs write them, and what diffusers draws with them.

Usage: make_tiny_if_loras.py OUT              writes the files, expected.json and expected.safetensors
       make_tiny_if_loras.py --check OURS PNG  draws with a file that `imagine train` wrote; PNG: what `imagine generate` drew with it

Needs diffusers 0.42.1, peft 0.21.2, transformers 5.24.0, torch 2.13.0. tests/data/tiny-if-loras was made with it. For --check:
  imagine generate --model tests/data/tiny-if/stage1 --size 32 --dtype fp32 --steps 3 --guidance 1 --seed 7 --lora OURS -o PNG PROMPT
with the PROMPT below.
"""

import json
import re
import sys
from pathlib import Path

import numpy
import torch
from diffusers import IFPipeline, UNet2DConditionModel
from diffusers.utils.state_dict_utils import convert_state_dict_to_kohya
from peft import LoraConfig, PeftModel, get_peft_model
from peft.utils import get_peft_model_state_dict
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file, save_file

STAGE = Path(__file__).resolve().parent.parent / "tests" / "data" / "tiny-if" / "stage1"
PROMPT = "a red cube on top of a blue sphere"
STEPS, GUIDANCE, SEED = 3, 1.0, 7
PLACES = r"(mid_block|down_blocks\.1)\.attentions\.0\."
ATTENTION = PLACES + r"(to_q|to_k|to_v|to_out\.0)"
ADDED = PLACES + r"(to_q|add_k_proj|add_v_proj)"
MIXED = r"mid_block\.(attentions\.0\.(to_q|to_out\.0|add_v_proj)|resnets\.0\.(conv1|time_emb_proj))|conv_in|up_blocks\.0\.resnets\.1\.conv_shortcut"

# What a LoraConfig says of each file; all have alpha beside the rank.
CONFIGS = {
    "alpha": dict(r=2, lora_alpha=6, target_modules=ADDED),
    "patterns": dict(r=3, lora_alpha=9, target_modules=MIXED, use_rslora=True,
                     rank_pattern={"to_q": 2, r"resnets\.\d.*": 1}, alpha_pattern={"mid_block.attentions.0.to_q": 5, r"^conv_in": 14}),
    "bare": dict(r=2, lora_alpha=5.5, target_modules=MIXED),
    "bias": dict(r=2, lora_alpha=5, target_modules=MIXED, lora_bias=True),
    "dora": dict(r=2, lora_alpha=5, target_modules=MIXED, use_dora=True),
    "peft": dict(r=2, lora_alpha=6, target_modules=MIXED, rank_pattern={"conv1|conv_in": 3}, alpha_pattern={r".*attentions.*to_out\.0": 1}),
    "peft-dora": dict(r=2, lora_alpha=5, target_modules=ATTENTION, use_dora=True, use_rslora=True),
    "kohya": dict(r=2, lora_alpha=5, target_modules=MIXED.replace("add_v_proj", "to_v")),
    "kohya-added": dict(r=2, lora_alpha=5, target_modules=ADDED, alpha_pattern={"mid_block.attentions.0.to_q": 9}),
    "processors": dict(r=2, lora_alpha=2, target_modules=ADDED + r"|mid_block\.attentions\.0\.to_out\.0"),
}
# By name: what is given to --lora one after the other.
RUNS = {name: [(name, 1.0)] for name in CONFIGS} | {
    "dora.half": [("dora", 0.5)],
    "alpha.dora": [("alpha", 0.8), ("dora", 0.7)],
    "dora.alpha": [("dora", 0.7), ("patterns", 1.2)],
}


def network():
    return UNet2DConditionModel.from_pretrained(STAGE / "unet")


def fill(module, spread):
    """Random numbers for what a training would have taught."""
    for name, parameter in module.named_parameters():
        if "lora_magnitude_vector" in name:
            parameter.data *= 1 + 0.2 * torch.randn_like(parameter)
        elif "lora_" in name:
            parameter.data = spread * torch.randn_like(parameter)


def prefixed(tensors):
    return {f"unet.{name}": tensor.contiguous() for name, tensor in tensors.items()}


def as_kohya(tensors, config):
    """diffusers' converter writes the rank as every alpha; kohya's scripts write the alpha. Half of them are whole numbers here."""
    result = convert_state_dict_to_kohya(prefixed(tensors))
    for index, name in enumerate(sorted(name for name in result if name.endswith(".alpha"))):
        dotted = [layer for layer in config.alpha_pattern if layer.replace(".", "_") in name]
        alpha = config.alpha_pattern[dotted[0]] if dotted else config.lora_alpha
        result[name] = torch.tensor(alpha, dtype=(torch.float32, torch.int64)[index % 2])
    return result


def as_processors(tensors):
    """The names of diffusers 0.17, whose attention processors held the changes."""
    result = {}
    for name, tensor in prefixed(tensors).items():
        attention, leaf, part = re.fullmatch(r"(.*\.attentions\.\d)\.(\w+)(?:\.0)?\.lora_([AB])\.weight", name).groups()
        result[f"{attention}.processor.{leaf}_lora.{'down' if part == 'A' else 'up'}.weight"] = tensor
    return result


def write(name, out):
    """The file or folder for --lora."""
    config = LoraConfig(**CONFIGS[name], init_lora_weights=True if CONFIGS[name].get("lora_bias") else "gaussian")
    spread = 0.25 if config.target_modules.startswith(ADDED) else 0.1  # attentions change a picture less than convolutions
    if name.startswith("peft"):
        model = get_peft_model(network(), config)
        fill(model, spread)
        model.save_pretrained(out / name)
        (out / name / "README.md").unlink()
        return
    unet = network()
    unet.add_adapter(config)
    fill(unet, spread)
    tensors, file = get_peft_model_state_dict(unet), f"{name}.safetensors"
    if name == "bare":
        unet.save_lora_adapter(out, weight_name=file)
    elif name.startswith("kohya"):
        save_file(as_kohya(tensors, config), out / file)
        save_file(prefixed(tensors), out / f"{name}.renamed", metadata=metadata_of(config))
    elif name == "processors":
        save_file(as_processors(tensors), out / file)
        save_file(prefixed(tensors), out / f"{name}.renamed")
    else:
        IFPipeline.save_lora_weights(out, unet_lora_layers=tensors, unet_lora_adapter_metadata=config.to_dict(), weight_name=file)


def metadata_of(config):
    said = {f"unet.{key}": list(value) if isinstance(value, set) else value for key, value in config.to_dict().items()}
    return {"format": "pt", "lora_adapter_metadata": json.dumps(said)}


def load(unet, pipe, name, out):
    """As diffusers 0.42 loads it. Of add_k_proj it refuses kohya's names and drops its own old ones, and of kohya's alphas it takes
    the most common for all attentions: such changes are loaded under the names and with the config that it writes today. It reads the metadata only of
    a file that weight_name names."""
    renamed = out / f"{name}.renamed"
    if name == "bare":
        unet.load_lora_adapter(out, prefix=None, adapter_name=name, weight_name="bare.safetensors")
    elif name in ("kohya-added", "processors"):
        unet.load_lora_adapter(load_file(renamed), prefix="unet", adapter_name=name, metadata=said_in(renamed))
    else:
        pipe.load_lora_weights(out / f"{name}.safetensors", adapter_name=name)


def said_in(file):
    with safe_open(file, "pt") as opened:
        text = opened.metadata() and opened.metadata().get("lora_adapter_metadata")
    return json.loads(text) if text else None


def draw(pipe):
    text, _ = pipe.encode_prompt(PROMPT, clean_caption=False, do_classifier_free_guidance=False)
    return pipe(prompt_embeds=text, num_inference_steps=STEPS, guidance_scale=GUIDANCE, output_type="pt",
                generator=torch.Generator().manual_seed(SEED)).images


def pipeline(unet, parts):
    pipe = IFPipeline(**{**parts, "unet": unet}, requires_safety_checker=False)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def drawn(loras, parts, out):
    if loras[0][0].startswith("peft"):
        return draw(pipeline(PeftModel.from_pretrained(network(), out / loras[0][0]).eval().base_model.model, parts))
    pipe = pipeline(network(), parts)
    for name, _ in loras:
        load(pipe.unet, pipe, name, out)
    pipe.unet.set_adapters([name for name, _ in loras], [weight for _, weight in loras])
    return draw(pipe)


def bytes_of(picture):
    return ((picture[0] / 2 + 0.5).clamp(0, 1).permute(1, 2, 0).numpy() * 255).round().astype(numpy.uint8)


def parts_of():
    return IFPipeline.from_pretrained(STAGE, safety_checker=None, feature_extractor=None, watermarker=None,
                                      requires_safety_checker=False).components


def check(ours, png):
    pipe = pipeline(network(), parts_of())
    plain = bytes_of(draw(pipe)).astype(int)
    pipe.load_lora_weights(ours)
    picture = bytes_of(draw(pipe)).astype(int)
    expected = numpy.asarray(Image.open(png).convert("RGB")).astype(int)
    print(f"diffusers with {ours}: at most {abs(picture - expected).max()} of 255 from {png}, {abs(plain - expected).max()} without the changes")
    return abs(picture - expected).max() <= 1


def main():
    if sys.argv[1] == "--check":
        with torch.no_grad():
            sys.exit(0 if check(*sys.argv[2:]) else 1)
    out = Path(sys.argv[1])
    out.mkdir(parents=True)
    torch.manual_seed(3)
    for name in CONFIGS:
        write(name, out)
    parts = parts_of()
    with torch.no_grad():
        plain = draw(pipeline(network(), parts))
        pictures = {}
        for name, loras in RUNS.items():
            pictures[name] = drawn(loras, parts, out)
            far = abs(bytes_of(pictures[name]).astype(int) - bytes_of(plain)).max()
            print(f"{name}: at most {far} of 255 from the picture without changes")
    for renamed in out.glob("*.renamed"):
        renamed.unlink()
    save_file({name: picture.contiguous() for name, picture in pictures.items()}, out / "expected.safetensors")
    path = {name: name if name.startswith("peft") else f"{name}.safetensors" for name in CONFIGS}
    said = {"prompt": PROMPT, "steps": STEPS, "guidance": GUIDANCE, "seed": SEED,
            "runs": {name: [{"file": path[part], "weight": weight} for part, weight in loras] for name, loras in RUNS.items()}}
    (out / "expected.json").write_text(json.dumps(said, indent=1) + "\n")


if __name__ == "__main__":
    main()
