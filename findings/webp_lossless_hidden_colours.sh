#!/usr/bin/env bash
# Lossless WebP loses what lies under a transparent mask.
#
# libwebp as in Pillow 13.0.0, seen 2026-11-28. With lossless=True the colours of fully transparent pixels become 0, unless
# exact=True is asked for (cwebp: -exact). A picture whose alpha channel says what to draw anew
# (inpainting) comes back black where the mask is, though every visible pixel is kept to the bit. PNG
# keeps them.
#
# Output seen:
#   PNG: [200, 0, 0, 0]
#   WebP, lossless: [0, 0, 0, 0]
#   WebP, lossless and exact: [200, 0, 0, 0]
. "$(dirname "$0")/python_with.bash"
python_with numpy==2.4.6 pillow==13.0.0
"$python" - <<'P'
import io
from PIL import Image

masked = Image.new("RGBA", (8, 8), (200, 0, 0, 0))
masked.paste((200, 0, 0, 255), (0, 4, 8, 8))
seen = []
for name, form, options in (
    ("PNG", "PNG", {}),
    ("WebP, lossless", "WEBP", {"lossless": True}),
    ("WebP, lossless and exact", "WEBP", {"lossless": True, "exact": True}),
):
    file = io.BytesIO()
    masked.save(file, form, **options)
    seen.append(list(Image.open(file).convert("RGBA").getpixel((0, 0))))
    print(f"{name}: {seen[-1]}")
assert seen == [[200, 0, 0, 0], [0, 0, 0, 0], [200, 0, 0, 0]]
P
