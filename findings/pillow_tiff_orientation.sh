#!/usr/bin/env bash
# Pillow turns a TIFF upright by itself, and no JPEG, PNG, WebP or AVIF.
#
# Pillow 13.0.0, seen 2026-11-29. A camera's orientation in the EXIF of a JPEG, PNG, WebP or AVIF is left to the
# program, as everybody knows. A TIFF is turned while it is read and its tag taken away. Its size says so from the
# beginning, but its tag is there until the pixels are: who asks for the tag first and turns by
# it afterwards, turns twice. ImageOps.exif_transpose is right for all five.
#
# Output seen (a picture of 8x4 that is to be turned by a quarter):
#   JPEG: opened 8x4 with tag 6, read 8x4 with tag 6
#   PNG: opened 8x4 with tag 6, read 8x4 with tag 6
#   WebP: opened 8x4 with tag 6, read 8x4 with tag 6
#   AVIF: opened 8x4 with tag 6, read 8x4 with tag 6
#   TIFF: opened 4x8 with tag 6, read 4x8 with tag None
. "$(dirname "$0")/python_with.bash"
python_with pillow==13.0.0
"$python" - <<'P'
import io

from PIL import Image, ImageOps
from PIL.ExifTags import Base

seen = {}
for name in ("JPEG", "PNG", "WebP", "AVIF", "TIFF"):
    exif = Image.Exif()
    exif[Base.Orientation] = 6
    file = io.BytesIO()
    Image.new("RGB", (8, 4)).save(file, name, exif=exif)
    picture = Image.open(file)
    opened = picture.size, picture.getexif().get(Base.Orientation)
    picture.load()
    read = picture.size, picture.getexif().get(Base.Orientation)
    texts = [f"{size[0]}x{size[1]} with tag {tag}" for size, tag in (opened, read)]
    print(f"{name}: opened {texts[0]}, read {texts[1]}")
    assert ImageOps.exif_transpose(Image.open(file)).size == (4, 8)
    seen[name] = opened, read
tiff = seen.pop("TIFF")
assert all(ends == (((8, 4), 6), ((8, 4), 6)) for ends in seen.values())
assert tiff == (((4, 8), 6), ((4, 8), None))
P
