#!/usr/bin/env bash
# Pillow's resize ignores the filter that it was given where the picture has a palette.
#
# Pillow 13.0.0, seen 2026-11-28. resize(..., BICUBIC) of a picture of mode "P" takes the nearest pixel, in silence: GIFs and
# small PNGs among training pictures come out with stairs and aliases, unless they were converted first.
#
# Output seen:
#   colours of an edge, palette: 2
#   colours of an edge, RGB first: 10
. "$(dirname "$0")/python_with.bash"
python_with numpy==2.4.6 pillow==13.0.0
"$python" - <<'P'
import numpy
from PIL import Image

edge = Image.new("P", (2, 1))
edge.putpalette([0, 0, 0, 255, 255, 255])
edge.putpixel((1, 0), 1)

def colours(picture):
    return len(numpy.unique(numpy.array(picture.convert("RGB"))))

palette = colours(edge.resize((16, 1), Image.Resampling.BICUBIC))
rgb = colours(edge.convert("RGB").resize((16, 1), Image.Resampling.BICUBIC))
print(f"colours of an edge, palette: {palette}")
print(f"colours of an edge, RGB first: {rgb}")
assert palette == 2 and rgb > 4
P
