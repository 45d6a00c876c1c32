#!/usr/bin/env python3
"""Runs of several sizes and budgets, and of one setting against another: what docs/scaling.md is made of.

    tools/scaling_study.py configs study --shards dataset --device cuda   # writes study/*.json
    for run in study/*.json; do ./imagine train "$run"; done
    tools/scaling_study.py report study --plot docs/scaling.svg           # tables, the fit, the plot

Needs numpy for the report and matplotlib for the plot.
"""

import argparse
import json
from pathlib import Path

WEIGHTS = {"scene": 0.42, "photo": 0.29, "render": 0.19, "flat": 0.06, "emoji": 0.02, "drawing": 0.02}
SIZES = {  # width, depth, heads, stem; parameters and GFLOP to learn from a picture of 32x32, by `imagine plan`
    "1.6 M": (128, 4, 2, 32, 1_551_084, 0.500),
    "4.4 M": (192, 6, 3, 48, 4_420_572, 1.480),
    "9.6 M": (256, 8, 4, 64, 9_603_532, 3.275),
    "29.7 M": (384, 12, 6, 96, 29_662_380, 10.567),
}
BUDGETS = [21_000, 70_000, 210_000]  # pictures shown
BATCH = 256
NOISE = -0.7  # of the held-out loss in every run


def phase(views, resolution, first, last, noise=NOISE):
    return dict(views=max(1, round(views / BATCH - 0.5)) * BATCH, resolution=resolution, batch=BATCH, learning_rate=first,
                final_learning_rate=last, noise_mean=noise, weights=WEIGHTS)


def falling(views, resolution, rate, noise=NOISE):
    """Half of the views at the rate, and half in which it falls to 0."""
    return [phase(views / 2, resolution, rate, rate, noise), phase(views / 2, resolution, rate, 0, noise)]


def settings():
    """What is compared: name -> phases and what else differs. The last phase's noise is that of the held-out loss."""
    views = 105_000
    measured = [phase(BATCH, 32, 0, 0)]
    return {
        "reference": dict(phases=falling(views, 32, 1e-3)),
        "another seed": dict(phases=falling(views, 32, 1e-3), seed=8),
        "rate 2e-3": dict(phases=falling(views, 32, 2e-3)),
        "rate 5e-4": dict(phases=falling(views, 32, 5e-4)),
        "AdamW, rate 1e-3": dict(phases=falling(views, 32, 1e-3), optimizer={"kind": "adamw"}),
        "AdamW, rate 4e-4": dict(phases=falling(views, 32, 4e-4), optimizer={"kind": "adamw"}),
        "noise mean -0.3": dict(phases=falling(views, 32, 1e-3, -0.3) + measured),
        "noise mean -1.2": dict(phases=falling(views, 32, 1e-3, -1.2) + measured),
        "64x64 alone": dict(phases=falling(84_000, 64, 1e-3)),
        "32x32, then 64x64": dict(phases=[phase(126_000, 32, 1e-3, 1e-3), phase(42_000, 64, 1e-3, 0)]),
    }


def file_name(name):
    return name.replace(" ", "-").replace(",", "")


def write_configs(folder, shards, device):
    def write(name, size="9.6 M", **own):
        width, depth, heads, stem, *_ = SIZES[size]
        config = dict(stage="base", out=str(folder / file_name(name)), shards=shards, device=device, seed=7,
                      base=dict(size=64, stem=stem, width=width, depth=depth, heads=heads, text_depth=2),
                      optimizer={"kind": "muon"}, warm_up=60, checkpoint_minutes=60, preview_minutes=60)
        (folder / f"{file_name(name)}.json").write_text(json.dumps(config | own, indent=1))

    folder.mkdir(parents=True, exist_ok=True)
    for name, own in settings().items():
        write(name, **own)
    for size in SIZES:
        for views in BUDGETS:
            write(f"{size} {views}", size, phases=falling(views, 32, 1e-3))


def result(folder, name):
    """Views and held-out loss at the end of a run."""
    last = json.loads((folder / file_name(name) / "log.jsonl").read_text().splitlines()[-1])
    return last["views"], last["held_out_loss"]


def fitted(points):
    """loss = floor + a / parameters^alpha + b / views^beta (Hoffmann et al. 2022, eq. 10), by relative least squares."""
    import numpy as np
    parameters, views, loss = (np.array(column, float) for column in zip(*points))
    best = None
    for alpha in np.arange(0.05, 1.51, 0.01):
        for beta in np.arange(0.05, 1.51, 0.01):
            columns = np.stack([np.ones_like(loss), parameters**-alpha, views**-beta], 1) / loss[:, None]
            scale = columns.max(0)
            solved = np.linalg.lstsq(columns / scale, np.ones_like(loss), rcond=None)[0] / scale
            error = float(((columns @ solved - 1) ** 2).sum())
            if (solved >= 0).all() and (best is None or error < best[0]):
                best = error, alpha, beta, *solved
    return best


def draw(points, path):
    import matplotlib
    matplotlib.use("svg")
    import matplotlib.pyplot as plt
    matplotlib.rcParams["svg.hashsalt"] = "imagine"
    figure, axes = plt.subplots(figsize=(6.4, 4))
    for size, (*_, gflop) in SIZES.items():
        rows = [(views * gflop / 1e6, loss) for name, views, loss in points if name == size]
        axes.plot(*zip(*rows), marker="o", label=size)
    axes.set(xscale="log", yscale="log", xlabel="operations of the training, PFLOP", ylabel="held-out loss at 32x32")
    ticks = [0.12, 0.15, 0.2, 0.25, 0.3]
    axes.set_yticks(ticks, [str(tick) for tick in ticks])
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend(title="parameters")
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def report(folder, plot):
    print("| setting | pictures | held-out loss |\n|---|---|---|")
    for name in settings():
        views, loss = result(folder, name)
        print(f"| {name} | {views:,} | {loss:.4f} |")
    points = [(size, *result(folder, f"{size} {views}")) for size in SIZES for views in BUDGETS]
    print("\n| parameters | " + " | ".join(f"{views:,} pictures" for views in BUDGETS) + " |\n|---|---|---|---|")
    for size in SIZES:
        print(f"| {size} | " + " | ".join(f"{loss:.4f}" for name, _, loss in points if name == size) + " |")
    late = [(SIZES[size][4], views, loss) for size, views, loss in points if views > BUDGETS[0]]
    error, alpha, beta, floor, a, b = fitted(late)
    print(f"\nWithout the smallest budget: {floor:.4f} + {a:.4g} / parameters^{alpha:.2f} + {b:.4g} / views^{beta:.2f}, "
          f"root mean square error {100 * (error / len(late)) ** 0.5:.1f} %")
    if plot:
        draw(points, plot)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    configs = commands.add_parser("configs", help="write the configs")
    configs.add_argument("folder", type=Path)
    configs.add_argument("--shards", default="dataset")
    configs.add_argument("--device", default="cuda")
    reported = commands.add_parser("report", help="read the runs")
    reported.add_argument("folder", type=Path)
    reported.add_argument("--plot", type=Path)
    arguments = parser.parse_args()
    if arguments.command == "configs":
        write_configs(arguments.folder, arguments.shards, arguments.device)
    else:
        report(arguments.folder, arguments.plot)


if __name__ == "__main__":
    main()
