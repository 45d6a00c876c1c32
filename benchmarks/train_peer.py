#!/usr/bin/env python3
"""Updates of the network in hybrid.py in plain PyTorch, in any batch and type; prints a JSON line for each mode.

  train_peer.py PEERS_FOLDER --batch 24 --dtype fp32 --modes eager,compile

PEERS_FOLDER holds peers.py and hybrid.py; the update is peers.py's, which knows batch 64 in bf16 alone.
"""

import argparse
import contextlib
import statistics
import sys

import torch


def update_of(run, network, batch, dtype):
    """One update with random pictures and texts."""
    optimizer = torch.optim.AdamW(network.parameters(), 4e-4, fused=True)
    x = torch.rand(batch, 3, 64, 64).mul(2).sub(1).to(memory_format=torch.channels_last)
    text, mask = torch.randn(batch, 32, 384), torch.ones(batch, 32, dtype=torch.bool)

    def autocast():
        return torch.autocast("cpu", torch.bfloat16) if dtype == "bf16" else contextlib.nullcontext()

    def update():
        t = torch.sigmoid(0.4 + 1.2 * torch.randn(batch))
        noisy = t.view(-1, 1, 1, 1) * x + (1 - t).view(-1, 1, 1, 1) * torch.randn_like(x)
        with autocast():
            clean = run(noisy, t, text, mask, torch.rand(batch) < 0.1).float()
        loss = (((clean - x) ** 2).mean((1, 2, 3)) / (1 - t).clamp(min=0.05) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()

    return update


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peers", help="folder of peers.py and hybrid.py")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--dtype", choices=["bf16", "fp32"], default="bf16")
    parser.add_argument("--modes", default="eager,compile")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    args = parser.parse_args()
    sys.path.insert(0, args.peers)
    from hybrid import Hybrid
    from peers import report, timed

    torch.set_num_threads(args.threads)
    for mode in args.modes.split(","):
        torch.manual_seed(0)
        network = Hybrid().to(memory_format=torch.channels_last)
        run = torch.compile(network) if mode == "compile" else network
        times = timed(update_of(run, network, args.batch, args.dtype), args.runs)
        report(f"train-hybrid-64-{args.dtype}", mode, times, batch=args.batch,
               images_per_s=round(args.batch / statistics.median(times), 1))


if __name__ == "__main__":
    main()
