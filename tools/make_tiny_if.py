#!/usr/bin/env python3
"""Makes a tiny random DeepFloyd IF in diffusers' layout, and what diffusers computes with it.

Usage: make_tiny_if.py SPIECE_MODEL OUT. Needs diffusers 0.42.1, transformers 5.23.0, torch 2.13.0.
tests/data/tiny-if-3-levels was made with tests/data/tiny-if/stage1/tokenizer/spiece.model.

Its networks differ from tests/data/tiny-if in all that a config can say: three levels, heads of
several widths, attentions that read the text alone, one time activation for all blocks, T5 1.0.
Expected numbers come from fp64 with noise drawn in fp32; "floor" in expected.json tells how far
diffusers' own fp32 is from them, which no other fp32 program can be held to be below.
"""

import json
import shutil
import sys
from pathlib import Path

import torch
from diffusers import (
    DDIMScheduler,
    DDPMScheduler,
    DPMSolverMultistepScheduler,
    HeunDiscreteScheduler,
    IFImg2ImgPipeline,
    IFImg2ImgSuperResolutionPipeline,
    IFInpaintingPipeline,
    IFInpaintingSuperResolutionPipeline,
    IFPipeline,
    IFSuperResolutionPipeline,
    UNet2DConditionModel,
    UniPCMultistepScheduler,
)
from diffusers.pipelines import deepfloyd_if
from diffusers.schedulers import scheduling_ddpm
from PIL import Image
from safetensors.torch import save_file
from transformers import T5Config, T5EncoderModel, T5Tokenizer

PROMPT = "a green cone to the left of a yellow cylinder"
TEXT_WIDTH = 24
FIXED = {"variance_type": "fixed_small"}  # diffusers drops the learned variance only then
SAMPLERS = {
    "ddpm": lambda config: DDPMScheduler.from_config(config),
    "ddim": lambda config: DDIMScheduler.from_config({**config, **FIXED}),
    "dpm++": lambda config: DPMSolverMultistepScheduler.from_config(config),
    "dpm++3m": lambda config: DPMSolverMultistepScheduler.from_config(config, solver_order=3),
    "dpm++-karras": lambda config: DPMSolverMultistepScheduler.from_config(config, use_karras_sigmas=True),
    "unipc": lambda config: UniPCMultistepScheduler.from_config({**config, **FIXED}),
    "heun": lambda config: HeunDiscreteScheduler.from_config({**config, **FIXED}),
}


def draw_noise_in_fp32():
    draw = scheduling_ddpm.randn_tensor

    def rounded(shape, generator=None, device=None, dtype=None, layout=None):
        return draw(shape, generator=generator, device=device, dtype=torch.float32).to(dtype)

    pipelines = [getattr(deepfloyd_if, name) for name in dir(deepfloyd_if) if name.startswith("pipeline_if")]
    for module in (*pipelines, scheduling_ddpm):
        module.randn_tensor = rounded


def edited():
    """A picture that is not square and larger than both stages, and a mask that cuts through pixels of theirs."""
    ramp = torch.stack(torch.meshgrid(torch.linspace(0, 3, 44), torch.linspace(0, 4, 60), indexing="ij"))
    waves = torch.stack([torch.sin(2 * ramp[0]) + 1, torch.cos(ramp[1] * ramp[0]) + 1, torch.sin(ramp.sum(0)) + 1], -1)
    mask = torch.zeros(44, 60)
    mask[13:, 21:49] = 255
    return Image.fromarray((waves * 127.5).byte().numpy()), Image.fromarray(mask.byte().numpy())


def unet(**own):
    common = dict(
        act_fn="gelu", addition_embed_type="text", addition_embed_type_num_heads=3, block_out_channels=(16, 24, 32),
        cross_attention_dim=32, cross_attention_norm="group_norm", encoder_hid_dim=TEXT_WIDTH,
        encoder_hid_dim_type="text_proj", mid_block_type="UNetMidBlock2DSimpleCrossAttn", norm_num_groups=8, out_channels=6,
        resnet_time_scale_shift="scale_shift",
        down_block_types=("ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D", "SimpleCrossAttnDownBlock2D"),
        up_block_types=("SimpleCrossAttnUpBlock2D", "SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"))
    network = UNet2DConditionModel(**{**common, **own})
    for parameter in network.parameters():  # biases and norms too: fresh ones are all 0 or 1
        parameter.data += 0.05 * torch.randn_like(parameter)
    return network.eval()


def networks():
    torch.manual_seed(11)
    text = T5EncoderModel(T5Config(
        vocab_size=1100, d_model=TEXT_WIDTH, d_kv=6, d_ff=40, num_layers=2, num_heads=4, feed_forward_proj="relu",
        relative_attention_num_buckets=12, relative_attention_max_distance=40, dropout_rate=0.0)).eval()
    first = unet(sample_size=16, in_channels=3, layers_per_block=(1, 2, 1), attention_head_dim=(4, 8, 16),
                 only_cross_attention=(True, False, True), mid_block_only_cross_attention=False)
    second = unet(sample_size=32, in_channels=6, layers_per_block=(2, 1, 1), attention_head_dim=8, only_cross_attention=True,
                  class_embed_type="timestep", resnet_skip_time_act=True, time_embedding_act_fn="gelu", time_embedding_dim=48,
                  resnet_out_scale_factor=1.4142, mid_block_scale_factor=1.4142, act_fn="silu")
    return text, first, second


def pipelines(parts, tokenizer):
    text, first, second = parts
    none = dict(safety_checker=None, feature_extractor=None, watermarker=None, requires_safety_checker=False)
    learned = dict(beta_schedule="squaredcos_cap_v2", thresholding=True, dynamic_thresholding_ratio=0.95, variance_type="learned_range")
    base = IFPipeline(tokenizer=tokenizer, text_encoder=text, unet=first, scheduler=DDPMScheduler(sample_max_value=1.5, **learned), **none)
    upscaler = IFSuperResolutionPipeline(
        tokenizer=tokenizer, text_encoder=text, unet=second, scheduler=DDPMScheduler(sample_max_value=1.0, **learned),
        image_noising_scheduler=DDPMScheduler(beta_schedule="squaredcos_cap_v2"), **none)
    for pipe in (base, upscaler):
        pipe.set_progress_bar_config(disable=True)
    return base, upscaler


def runs(base, upscaler, config, first=None):
    """name -> picture [1, 3, S, S]; the second stage enlarges `first`, else what the first one drew.

    `config` is the first scheduler's as its file has it: one in memory would forget what is a class's default.
    """
    def generator():
        return torch.Generator().manual_seed(7)

    told, untold = base.encode_prompt(PROMPT, clean_caption=False)
    text = dict(prompt_embeds=told, negative_prompt_embeds=untold, output_type="pt")
    results = {"text": told}
    for name, make in SAMPLERS.items():
        base.scheduler = make(config)
        results[f"stage1.{name}"] = base(num_inference_steps=6, guidance_scale=2.0, generator=generator(), **text).images
    base.scheduler = DDPMScheduler.from_config(config)
    coarse = results["stage1.ddpm"] if first is None else first.to(told.dtype)
    results["stage2.ddpm"] = upscaler(image=coarse, num_inference_steps=3, guidance_scale=1.5, noise_level=120, generator=generator(),
                                      **text).images
    return results


def edits(base, upscaler, config):
    """The same of pictures that are edited: all over, and within a mask."""
    image, mask = edited()

    def generator():
        return torch.Generator().manual_seed(7)

    told, untold = base.encode_prompt(PROMPT, clean_caption=False)
    common = dict(prompt_embeds=told, negative_prompt_embeds=untold, output_type="pt")
    results = {}

    def run(name, pipeline, parts, method="ddpm", **own):
        pipe = pipeline(**{**parts, "scheduler": SAMPLERS[method](config if pipeline in FIRST else parts["scheduler"].config)})
        pipe.set_progress_bar_config(disable=True)
        results[name] = pipe(generator=generator(), **common, **own).images

    first, second = ({**pipe.components, "requires_safety_checker": False} for pipe in (base, upscaler))
    FIRST = (IFImg2ImgPipeline, IFInpaintingPipeline)
    vary = dict(image=image, num_inference_steps=6, guidance_scale=2.0, strength=0.7)
    part = dict(image=image, mask_image=mask, num_inference_steps=6, guidance_scale=2.0)
    run("edit.stage1", FIRST[0], first, **vary)
    run("edit.stage1.mask", FIRST[1], first, strength=1.0, **part)
    run("edit.stage1.mask.dpm++", FIRST[1], first, "dpm++", strength=0.9, **part)
    coarse = results["edit.stage1"].clamp(-1, 1)
    larger = dict(image=coarse, original_image=image, num_inference_steps=5, guidance_scale=1.5)
    run("edit.stage2", IFImg2ImgSuperResolutionPipeline, second, strength=0.8, noise_level=120, **larger)
    run("edit.stage2.mask", IFInpaintingSuperResolutionPipeline, second, strength=0.8, noise_level=0, mask_image=mask, **larger)
    return results


def main():
    vocabulary, out = sys.argv[1], Path(sys.argv[2])
    draw_noise_in_fp32()
    (out / "vocabulary").mkdir(parents=True)
    shutil.copy(vocabulary, out / "vocabulary" / "spiece.model")
    tokenizer = T5Tokenizer.from_pretrained(out / "vocabulary")
    parts = networks()
    base, upscaler = pipelines(parts, tokenizer)
    with torch.no_grad():
        base.save_pretrained(out / "stage1")
        upscaler.save_pretrained(out / "stage2")
        config = json.loads((out / "stage1" / "scheduler" / "scheduler_config.json").read_text())
        for part in parts:
            part.double()
        exact = runs(base, upscaler, config)
        exact |= edits(base, upscaler, config)
        for part in parts:
            part.float()
        rounded = runs(base, upscaler, config, exact["stage1.ddpm"])
        rounded |= edits(base, upscaler, config)
    for name, picture in zip(("edited", "mask"), edited()):
        picture.save(out / f"{name}.png")
    for stage in ("stage1", "stage2"):
        shutil.rmtree(out / stage / "tokenizer")
        (out / stage / "tokenizer").mkdir()
        shutil.copy(vocabulary, out / stage / "tokenizer" / "spiece.model")
    shutil.rmtree(out / "stage2" / "text_encoder")  # the first stage's serves both
    shutil.rmtree(out / "stage2" / "tokenizer")
    shutil.rmtree(out / "vocabulary")
    save_file({name: tensor.float().contiguous() for name, tensor in exact.items()}, out / "expected.safetensors")
    floor = {name: (rounded[name].double() - exact[name]).abs().max().item() for name in exact}
    (out / "expected.json").write_text(json.dumps({"prompt": PROMPT, "seed": 7, "floor": floor}, indent=1) + "\n")
    print(json.dumps(floor, indent=1))


if __name__ == "__main__":
    main()
