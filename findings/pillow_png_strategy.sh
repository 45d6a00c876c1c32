#!/usr/bin/env bash
# A photograph's PNG is written in a fifth of the time, as large, where zlib is told to look for less.
#
# Pillow 13.0.0 with zlib 1.2.13, scikit-image 0.26.0 for its photographs, seen 2026-11-30. Image.save() writes a PNG with zlib's usual
# strategy. With compress_type=3 (Z_RLE: repeats of the byte before, nothing else) the same pixels, filtered alike, take a fraction of the
# time and as many bytes within one in a hundred: what PNG's filters leave of a photograph holds no longer repeats. (Drawings and
# screenshots do hold them, and grow by a tenth.)
#
# Output seen:
#   astronaut: usual 424520 bytes, run lengths 421858: 0.99 of the bytes in 0.16 of the time
#   coffee: usual 449225 bytes, run lengths 450871: 1.00 of the bytes in 0.25 of the time
#   chelsea: usual 220782 bytes, run lengths 223357: 1.01 of the bytes in 0.15 of the time
. "$(dirname "$0")/python_with.bash"
python_with numpy==2.4.6 pillow==13.0.0 scikit-image==0.26.0
"$python" - <<'P'
import io
import statistics
import time

import skimage.data
from PIL import Image


def written(picture, **options):
    times = []
    for _ in range(5):
        file = io.BytesIO()
        begun = time.perf_counter()
        picture.save(file, "PNG", **options)
        times.append(time.perf_counter() - begun)
    return statistics.median(times), len(file.getvalue())


for name in ("astronaut", "coffee", "chelsea"):
    picture = Image.fromarray(getattr(skimage.data, name)())
    usual, usual_size = written(picture)
    runs, runs_size = written(picture, compress_type=3)
    print(f"{name}: usual {usual_size} bytes, run lengths {runs_size}: {runs_size / usual_size:.2f} of the bytes in {runs / usual:.2f} of the time")
    assert runs_size <= 1.02 * usual_size and runs < 0.6 * usual
P
