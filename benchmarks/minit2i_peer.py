#!/usr/bin/env python3
"""Times MiniT2I in plain PyTorch (minit2i.py) with the weights of a model's folder; prints one JSON object.

  minit2i_peer.py pass FOLDER       one evaluation of the network, the text being read
  minit2i_peer.py draw FOLDER       from a prompt to the bytes of a PNG, the networks being loaded; a student in its few steps
  minit2i_peer.py encoder FOLDER    one reading of a prompt by transformers' T5
  minit2i_peer.py lora FOLDER       one update of low-rank changes (PEFT) to the blocks' linear layers, blocks computed again backward

benchmarks/compare --minit2i runs it and makes such folders.
"""

import argparse
import contextlib
import io
import os

import torch

import minit2i
import minit2i_draw
import peers

PROMPT = "a photo of a red apple on grass"
CHANGED = ["qkv", "attn_proj", "w1", "w2", "w3"]  # layers that low-rank changes are trained of


def pass_(args):
    network = minit2i.load(args.folder, args.type)
    config, run = network.config, peers.compiled(network, args)
    noisy = torch.randn(args.batch, 3, config["image_size"], config["image_size"], dtype=args.type)
    length = network.prefix_tokens + config["prompt_length"]
    text = torch.randn(args.batch, length, config["hidden_size"], dtype=args.type)
    return lambda: run(noisy, text)


def png_of(levels):
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(levels).save(file, "png")
    return file.getvalue()


def draw(args):
    network = minit2i.load(args.folder, args.type)
    config, run = network.config, peers.compiled(network, args)
    shape = (1, 3, config["image_size"], config["image_size"])
    told = minit2i_draw.told_of(network, args.steps)

    def answer(x, text):
        return run(x.to(args.type), text)

    def picture():
        states, mask = minit2i_draw.states_of(args.folder, PROMPT, config["prompt_length"], args.type)
        text, noise = network.read(states, mask, *told), torch.randn(shape)
        if told:
            x = minit2i_draw.student(answer, noise, text, args.steps)
        else:
            both = [text, network.read(*minit2i_draw.nothing(states))]
            x = minit2i_draw.guided(answer, noise, torch.cat(both) if args.batched else both, args.steps, args.guidance)
        return png_of(minit2i_draw.levels(x))

    return picture


def encoder(args):
    _, network = minit2i_draw.text_encoder(args.folder, args.type)
    ids = torch.randint(0, network.config.vocab_size, (args.batch, args.tokens))
    run = peers.compiled(network, args)
    return lambda: run(ids)


class Learner(torch.nn.Module):
    """Text and answer in one call, as a training step needs them."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, noisy, states, mask):
        return self.network(noisy, self.network.read(states, mask))


def lora(args):
    from peft import LoraConfig, get_peft_model

    network = minit2i.load(args.folder, args.type)
    network.recompute = True
    config = network.config
    learner = get_peft_model(Learner(network), LoraConfig(r=args.rank, lora_alpha=args.rank, target_modules=CHANGED)).train()
    run = peers.compiled(learner, args)
    learned = [parameter for parameter in learner.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(learned, 1e-4, fused=True)
    pictures = torch.rand(args.batch, 3, config["image_size"], config["image_size"]) * 2 - 1
    states = torch.randn(args.batch, config["prompt_length"], config["txt_input_size"], dtype=args.type)
    lower = torch.autocast("cpu", args.type) if args.dtype == "bf16" else contextlib.nullcontext()

    def update():
        t = torch.sigmoid(torch.randn(args.batch, 1, 1, 1))
        noisy = t * pictures + minit2i_draw.NOISE * (1 - t) * torch.randn_like(pictures)
        mask = (torch.rand(args.batch, 1) > 0.1).expand(-1, config["prompt_length"])  # one in ten without its text
        with lower:
            clean = run(noisy.to(args.type), states, mask).float()
        loss = ((clean - pictures) / (1 - t).clamp(min=minit2i.VELOCITY_FLOOR)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learned, 1.0)
        optimizer.step()

    return update


WORK = {"pass": pass_, "draw": draw, "encoder": encoder, "lora": lora}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=list(WORK))
    parser.add_argument("folder")
    parser.add_argument("--dtype", choices=["bf16", "fp32"], default="fp32")
    parser.add_argument("--mode", choices=["eager", "compile"], default="eager")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--guidance", type=float, default=2.5)
    parser.add_argument("--batched", action="store_true", help="with and without the prompt in one pass, else one after the other")
    parser.add_argument("--tokens", type=int, default=20, help="of the encoder's prompt")
    parser.add_argument("--rank", type=int, default=16, help="of the low-rank changes")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    args = parser.parse_args()
    args.trains = args.what == "lora"
    peers.measure(WORK[args.what], args)


if __name__ == "__main__":
    main()
