#!/usr/bin/env bash
# A picture that Pillow made gray keeps the colour profile of what it was, and is saved with it.
#
# Pillow 13.0.0, seen 2026-11-29. convert() hands icc_profile on whatever the new mode, and PNG and TIFF are saved
# with the profile that the picture carries, unasked. convert("L") of a photograph so becomes a gray PNG with an RGB
# profile, which the PNG standard rules out. A loader that brings pictures to sRGB by their profile, as a
# careful one does, stops at it; one that ignores profiles never knows.
#
# Output seen:
#   PNG: mode L, profile for RGB, to sRGB: PyCMSError
#   TIFF: mode L, profile for RGB, to sRGB: PyCMSError
. "$(dirname "$0")/python_with.bash"
python_with pillow==13.0.0
"$python" - <<'P'
import io

from PIL import Image, ImageCms

srgb = ImageCms.createProfile("sRGB")
photograph = io.BytesIO()
Image.new("RGB", (8, 8), (200, 100, 50)).save(photograph, "JPEG", icc_profile=ImageCms.ImageCmsProfile(srgb).tobytes())
for name in ("PNG", "TIFF"):
    file = io.BytesIO()
    Image.open(photograph).convert("L").save(file, name)
    gray = Image.open(file)
    profile = ImageCms.ImageCmsProfile(io.BytesIO(gray.info["icc_profile"]))
    space = profile.profile.xcolor_space.strip()
    try:
        ImageCms.profileToProfile(gray, profile, srgb, outputMode="RGB")
        result = "fine"
    except ImageCms.PyCMSError as error:
        result = type(error).__name__
    print(f"{name}: mode {gray.mode}, profile for {space}, to sRGB: {result}")
    assert (gray.mode, space, result) == ("L", "RGB", "PyCMSError")
P
