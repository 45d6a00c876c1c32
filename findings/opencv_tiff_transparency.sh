#!/usr/bin/env bash
# OpenCV multiplies the colours of a TIFF by its transparency, and those of a PNG not.
#
# opencv-python-headless 5.0.0.93 with Pillow 13.0.0, seen 2026-11-29. imread and imdecode read an 8-bit TIFF by libtiff's RGBA
# interface, which multiplies: also with IMREAD_UNCHANGED, and where IMREAD_COLOR then drops the alpha. The same
# picture as a PNG or lossless WebP keeps its colours, as all three do with Pillow. A cut-out saved as TIFF is
# black around and dark at its edges; pasted by its alpha once more, its edges are too dark.
#
# Output seen (red, green, blue[, alpha] of a half transparent pixel 200, 100, 50, 128):
#   PNG: Pillow [200, 100, 50, 128], colour [200, 100, 50], unchanged [200, 100, 50, 128]
#   WebP: Pillow [200, 100, 50, 128], colour [200, 100, 50], unchanged [200, 100, 50, 128]
#   TIFF: Pillow [200, 100, 50, 128], colour [100, 50, 25], unchanged [100, 50, 25, 128]
. "$(dirname "$0")/python_with.bash"
python_with numpy==2.4.6 pillow==13.0.0 opencv-python-headless==5.0.0.93
"$python" - <<'P'
import io

import cv2
import numpy
from PIL import Image

PIXEL = [200, 100, 50, 128]
seen = {}
for name, options in (("PNG", {}), ("WebP", {"lossless": True}), ("TIFF", {})):
    file = io.BytesIO()
    Image.new("RGBA", (8, 8), tuple(PIXEL)).save(file, name, **options)
    content = numpy.frombuffer(file.getvalue(), numpy.uint8)
    pillow = list(Image.open(file).getpixel((0, 0)))
    colour = cv2.imdecode(content, cv2.IMREAD_COLOR)[0, 0][::-1].tolist()
    unchanged = cv2.imdecode(content, cv2.IMREAD_UNCHANGED)[0, 0][[2, 1, 0, 3]].tolist()
    print(f"{name}: Pillow {pillow}, colour {colour}, unchanged {unchanged}")
    seen[name] = (pillow, colour, unchanged)
assert seen["PNG"] == seen["WebP"] == (PIXEL, PIXEL[:3], PIXEL)
assert seen["TIFF"] == (PIXEL, [100, 50, 25], [100, 50, 25, 128])
P
