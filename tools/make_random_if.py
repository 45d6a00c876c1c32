#!/usr/bin/env python3
"""Writes random weights under the true configurations of DeepFloyd IF-I-XL, IF-II-L and T5-v1.1-XXL.

Needs diffusers 0.42.1, transformers 5.23.0, torch. Memory and time of the published models can be
measured with it, their pictures cannot. 20.6 GB in bf16 shards as Hugging Face has them.
"""

import argparse
import json
import shutil
from pathlib import Path

import torch
from diffusers import DDPMScheduler, UNet2DConditionModel
from safetensors.torch import save_file
from transformers import T5Config, T5EncoderModel

SHARD = 5_000_000_000  # bytes


def unet_config(thin, **own):
    attending = own.pop("attending")
    levels = len(own["block_out_channels"])
    plain = levels - attending
    return dict(
        act_fn="gelu", addition_embed_type="text", addition_embed_type_num_heads=64 // thin, attention_head_dim=64 // thin,
        cross_attention_norm="group_norm", encoder_hid_dim=4096 // thin, encoder_hid_dim_type="text_proj",
        mid_block_type="UNetMidBlock2DSimpleCrossAttn", norm_num_groups=32 // thin, out_channels=6,
        resnet_time_scale_shift="scale_shift",
        down_block_types=["ResnetDownsampleBlock2D"] * plain + ["SimpleCrossAttnDownBlock2D"] * attending,
        up_block_types=["SimpleCrossAttnUpBlock2D"] * attending + ["ResnetUpsampleBlock2D"] * plain, **own)


def configs(thin):
    def channels(*all):
        return [c // thin for c in all]

    first = unet_config(thin, sample_size=64, in_channels=3, block_out_channels=channels(704, 1408, 2112, 2816), layers_per_block=3,
                        cross_attention_dim=2816 // thin, attending=3)
    second = unet_config(thin, sample_size=256, in_channels=6, block_out_channels=channels(160, 320, 640, 960, 1280),
                         layers_per_block=[2, 2, 3, 5, 5], cross_attention_dim=1280 // thin, attending=2, class_embed_type="timestep",
                         resnet_skip_time_act=True, time_embedding_act_fn="gelu", time_embedding_dim=1280 // thin,
                         resnet_out_scale_factor=1.4142271248762552, mid_block_scale_factor=1.4142271248762552)
    text = T5Config(vocab_size=32128, d_model=4096 // thin, d_kv=64, d_ff=10240 // thin, num_layers=24, num_heads=64 // thin,
                    feed_forward_proj="gated-gelu", dropout_rate=0.1, tie_word_embeddings=False)
    return text, first, second


class Noise:
    """Normal numbers, drawn once and read from different places: ten billion would take minutes."""

    def __init__(self):
        self.pool = torch.randn(1 << 25).bfloat16()
        self.at = 0

    def like(self, shape):
        count = shape.numel()
        self.at = (self.at + 7919) % (1 << 20)
        pool = self.pool[self.at:]
        return pool.repeat(-(-count // len(pool)))[:count].view(shape)


def value(name, shape, noise):
    if len(shape) < 2:
        return torch.ones(shape, dtype=torch.bfloat16) if name.endswith("weight") else torch.zeros(shape, dtype=torch.bfloat16)
    softer = 64 ** -0.5 if name.endswith(".q.weight") else 1  # T5's attention has no 1/sqrt(d)
    return noise.like(shape) * (softer * shape[1:].numel() ** -0.5)


def save(model, folder, stem, noise):
    """The tensors of a model without memory, in shards of at most SHARD bytes."""
    groups, size = [[]], 0
    for name, tensor in model.state_dict().items():
        bytes_ = 2 * tensor.numel()
        if groups[-1] and size + bytes_ > SHARD:
            groups.append([])
            size = 0
        groups[-1].append((name, tensor.shape))
        size += bytes_
    index = {}
    for i, group in enumerate(groups):
        file = f"{stem}-{i + 1:05}-of-{len(groups):05}.safetensors"
        save_file({name: value(name, shape, noise).contiguous() for name, shape in group}, folder / file)
        index |= {name: file for name, _ in group}
        print(folder / file, flush=True)
    (folder / f"{stem}.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": index}, indent=1))


def write_stage(folder, pipeline, unet, noise):
    for part in ("unet", "scheduler"):
        (folder / part).mkdir(parents=True)
    with torch.device("meta"):
        network = UNet2DConditionModel(**unet)
    (folder / "unet" / "config.json").write_text(json.dumps({"_class_name": "UNet2DConditionModel", **unet}, indent=1))
    save(network, folder / "unet", "diffusion_pytorch_model", noise)
    learned = dict(beta_schedule="squaredcos_cap_v2", thresholding=True, dynamic_thresholding_ratio=0.95, variance_type="learned_range")
    DDPMScheduler(sample_max_value=1.5 if unet["in_channels"] == 3 else 1.0, **learned).save_pretrained(folder / "scheduler")
    if unet["in_channels"] == 6:
        DDPMScheduler(beta_schedule="squaredcos_cap_v2").save_pretrained(folder / "image_noising_scheduler")
    (folder / "model_index.json").write_text(json.dumps({"_class_name": pipeline}))


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("vocabulary", help="a spiece.model")
    parser.add_argument("out", type=Path, help="the folder that is made")
    parser.add_argument("--small", action="store_true", help="the same depth and names with an eighth of the width")
    parser.add_argument("--unets", nargs=2, type=Path, metavar="CONFIG", help="other networks, and a T5 of one layer: to time cascades alone")
    return parser.parse_args()


def network_config(path):
    return {key: value for key, value in json.loads(path.read_text()).items() if not key.startswith("_")}


def main():
    args = parsed()
    out = args.out
    text, first, second = configs(8 if args.small else 1)
    if args.unets:
        first, second = map(network_config, args.unets)
        text.num_layers, text.d_model = 1, first["encoder_hid_dim"]
    torch.manual_seed(1)
    noise = Noise()
    write_stage(out / "stage1", "IFPipeline", first, noise)
    write_stage(out / "stage2", "IFSuperResolutionPipeline", second, noise)
    (out / "stage1" / "text_encoder").mkdir()
    (out / "stage1" / "tokenizer").mkdir()
    shutil.copy(args.vocabulary, out / "stage1" / "tokenizer" / "spiece.model")
    with torch.device("meta"):
        encoder = T5EncoderModel(text)
    (out / "stage1" / "text_encoder" / "config.json").write_text(json.dumps(text.to_dict(), indent=1, default=str))
    save(encoder, out / "stage1" / "text_encoder", "model", noise)


if __name__ == "__main__":
    main()
