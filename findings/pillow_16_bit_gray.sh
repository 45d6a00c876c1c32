#!/usr/bin/env bash
# A 16-bit gray PNG read for training is white.
#
# Pillow 13.0.0, seen 2026-11-28. convert("RGB") and convert("L") of a 16-bit gray picture cut every value to 255
# instead of dividing by 257: a ramp of 256 grays becomes black in one pixel and white in all others. No
# warning. (Depth maps and scans are 16-bit gray; a 16-bit RGB PNG is read to 8 bits rightly.)
#
# Output seen:
#   mode I;16, grays in the file: 256
#   grays after convert("RGB"): 2
. "$(dirname "$0")/python_with.bash"
python_with numpy==2.4.6 pillow==13.0.0
"$python" - <<'P'
import io
import numpy
from PIL import Image

ramp = numpy.arange(256, dtype=numpy.uint16).reshape(16, 16) * 257
file = io.BytesIO()
Image.fromarray(ramp).save(file, "PNG")
picture = Image.open(file)
before = len(numpy.unique(numpy.array(picture)))
after = len(numpy.unique(numpy.array(picture.convert("RGB"))))
print(f"mode {picture.mode}, grays in the file: {before}")
print(f'grays after convert("RGB"): {after}')
assert (picture.mode, before, after) == ("I;16", 256, 2)
P
