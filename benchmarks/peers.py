#!/usr/bin/env python3
"""Times what others would run for what `imagine bench` times, with random weights; prints one JSON object.

  peers.py unet CONFIG        one evaluation of a U-Net of DeepFloyd IF by diffusers; a batch of 2 is a guided step
  peers.py encoder [CONFIG]   one reading of 2 prompts of 77 tokens (--batch, --tokens) by a T5 of transformers; else T5-v1.1-large's sizes
  peers.py train [CONFIG]     one update of the base network (hybrid.py) in plain PyTorch; CONFIG: of `imagine train`
  peers.py cascade FOLDER     one picture by diffusers' IF pipelines with the networks of FOLDER/stage1 and stage2, guided

benchmarks/compare runs it and says which versions it needs (requirements.txt).
"""

import argparse
import contextlib
import json
import os
import resource
import statistics
import time
from pathlib import Path

import torch

TOKENS, WORDS = 77, 32  # of a prompt to a T5, of a caption in training


def config_of(path):
    """A configuration without the keys that are diffusers' own notes."""
    return {key: value for key, value in json.loads(Path(path).read_text()).items() if not key.startswith("_")}


def unet_of(path, dtype):
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(**config_of(path)).eval().to(dtype, memory_format=torch.channels_last)


def compiled(network, args):
    if args.mode == "eager":
        return network
    import torch._inductor.config as inductor

    inductor.freezing = not args.trains
    return torch.compile(network)


def unet(args):
    network = unet_of(args.config, args.type)
    size = args.size or network.config.sample_size
    noisy = torch.randn(args.batch, network.config.in_channels, size, size, dtype=args.type).to(memory_format=torch.channels_last)
    states = torch.randn(args.batch, TOKENS, network.config.encoder_hid_dim, dtype=args.type)
    told = {"encoder_hidden_states": states, "return_dict": False}
    if network.config.class_embed_type:
        told["class_labels"] = torch.full((args.batch,), 250)
    run, when = compiled(network, args), torch.full((args.batch,), 500)
    return lambda: run(noisy, when, **told)


def encoder(args):
    from transformers import T5Config, T5EncoderModel

    large = {"vocab_size": 32128, "d_model": 1024, "d_kv": 64, "d_ff": 2816, "num_layers": 24, "num_heads": 16,
             "feed_forward_proj": "gated-gelu"}
    config = T5Config(**(config_of(args.config) if args.config else large))
    network = T5EncoderModel(config).eval().to(args.type)
    ids = torch.randint(0, config.vocab_size, (args.batch, args.tokens))
    run, mask = compiled(network, args), torch.ones(args.batch, args.tokens, dtype=torch.long)
    return lambda: run(ids, attention_mask=mask)


def train(args):
    from hybrid import Hybrid

    network = Hybrid(**(config_of(args.config).get("base", {}) if args.config else {})).to(memory_format=torch.channels_last)
    run = compiled(network, args)
    optimizer = torch.optim.AdamW(network.parameters(), 1e-4, betas=(0.9, 0.95), weight_decay=0.01, fused=True)
    pictures = torch.rand(args.batch, 3, network.size, network.size) * 2 - 1
    states, mask = torch.randn(args.batch, WORDS, network.text_width), torch.ones(args.batch, WORDS, dtype=torch.bool)

    def lower():
        return torch.autocast("cpu", args.type) if args.dtype == "bf16" else contextlib.nullcontext()

    def update():
        t = torch.sigmoid(torch.randn(args.batch))
        part = t.view(-1, 1, 1, 1)
        noisy = part * pictures + (1 - part) * torch.randn_like(pictures)
        with lower():
            clean = run(noisy, t, states, mask, torch.rand(args.batch) < 0.1).float()
        loss = ((clean - pictures) / (1 - part).clamp(min=0.05)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()

    return update


def cascade(args):
    from diffusers import DDPMScheduler, IFPipeline, IFSuperResolutionPipeline

    networks = [unet_of(Path(args.config) / stage / "unet" / "config.json", args.type) for stage in ("stage1", "stage2")]
    noise = {"beta_schedule": "squaredcos_cap_v2"}
    learned = {**noise, "variance_type": "learned_range", "thresholding": True, "dynamic_thresholding_ratio": 0.95}
    without = dict.fromkeys(("tokenizer", "text_encoder", "safety_checker", "feature_extractor", "watermarker"))
    without["requires_safety_checker"] = False
    first = IFPipeline(unet=networks[0], scheduler=DDPMScheduler(sample_max_value=1.5, **learned), **without)
    second = IFSuperResolutionPipeline(unet=networks[1], scheduler=DDPMScheduler(**learned),
                                       image_noising_scheduler=DDPMScheduler(**noise), **without)
    for pipeline in (first, second):
        pipeline.set_progress_bar_config(disable=True)
    shape = (1, TOKENS, networks[0].config.encoder_hid_dim)
    asked = {"prompt_embeds": torch.randn(shape, dtype=args.type), "negative_prompt_embeds": torch.randn(shape, dtype=args.type),
             "num_inference_steps": args.steps, "output_type": "pt"}
    size = networks[1].config.sample_size
    return lambda: second(image=first(**asked).images, height=size, width=size, **asked)


WORK = {"unet": unet, "encoder": encoder, "train": train, "cascade": cascade}


def seconds_of(work, runs):
    """Of each run; two before them are not counted, one where a run is long."""
    started = time.perf_counter()
    work()
    if time.perf_counter() - started < 10:
        work()
    seconds = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return seconds


def report(what, args, seconds):
    print(json.dumps({"what": what, "mode": f"{args.mode} {args.dtype}", "median_ms": round(1e3 * statistics.median(seconds), 2),
                      "min_ms": round(1e3 * min(seconds), 2), "runs": args.runs, "threads": torch.get_num_threads(),
                      "torch": torch.__version__, "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))


def measure(work, args):
    """Runs `work`, which makes a function of the arguments, as often as they say and reports its times."""
    args.type = torch.bfloat16 if args.dtype == "bf16" else torch.float32
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    with torch.set_grad_enabled(args.trains):
        report(args.what, args, seconds_of(work(args), args.runs))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=list(WORK))
    parser.add_argument("config", nargs="?")
    parser.add_argument("--dtype", choices=["bf16", "fp32"], default="fp32")
    parser.add_argument("--mode", choices=["eager", "compile"], default="eager")
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--tokens", type=int, default=TOKENS, help="of a prompt to the encoder")
    parser.add_argument("--size", type=int, help="side of the U-Net's pictures; else its own")
    parser.add_argument("--steps", type=int, default=10, help="of each stage of the cascade")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    args = parser.parse_args()
    if args.what in ("unet", "cascade") and not args.config:
        parser.error(f"{args.what}: expected a configuration or folder, got none")
    args.trains = args.what == "train"
    measure(WORK[args.what], args)


if __name__ == "__main__":
    main()
