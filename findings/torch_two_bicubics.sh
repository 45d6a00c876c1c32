#!/usr/bin/env bash
# antialias=True changes an enlargement, where there is nothing to antialias.
#
# PyTorch 2.13.0 (CPU), Pillow 13.0.0, seen 2026-11-28. torch.nn.functional.interpolate(mode="bicubic") uses the cubic
# with a = -0.75, and with antialias=True the one with a = -0.5, Pillow's, also when it enlarges. A
# super-resolution stage that was trained on one and is fed the other sees other edges: a white pixel on
# black undershoots by 27 of 255 with the first and by 18 with the others.
#
# Output seen (undershoot beside a white pixel, twice enlarged):
#   torch: -0.1055
#   torch, antialias: -0.0703
#   Pillow: -0.0703
. "$(dirname "$0")/python_with.bash"
python_with torch==2.13.0 numpy==2.4.6 pillow==13.0.0
"$python" - <<'P'
import numpy
import torch
from PIL import Image

row = torch.zeros(1, 1, 1, 7)
row[..., 3] = 1

def enlarged(antialias):
    return torch.nn.functional.interpolate(row, scale_factor=(1, 2), mode="bicubic", antialias=antialias)

pillow = Image.fromarray(row[0, 0].numpy()).resize((14, 1), Image.Resampling.BICUBIC)
seen = [round(float(value), 4) for value in (enlarged(False).min(), enlarged(True).min(), numpy.array(pillow).min())]
for what, value in zip(("torch", "torch, antialias", "Pillow"), seen):
    print(f"{what}: {value}")
assert seen == [-0.1055, -0.0703, -0.0703]
P
