"""Makes tests/data/pictures: small files as other programs write them, and what each must look like.

    python3 -m venv venv && venv/bin/pip install pillow==13.0.0 pillow-heif==1.8.1
    venv/bin/python tools/make_pictures.py tests/data/pictures tests/fuzz/seeds/icc

The second folder gets the profiles alone. In the first, beside NAME.EXT lies NAME.EXT.png: what
Pillow reads, its colours taken to sRGB by ImageCms with its defaults. Profiles are written here, byte by byte, so that they are small and nobody's.
"""

import io
import struct
import sys
import zlib
from pathlib import Path

import pillow_heif
from PIL import Image, ImageCms

WIDTH, HEIGHT = 12, 8
D65 = (0.3127, 0.3290)
SRGB = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
DISPLAY_P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
ADOBE_RGB = ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
D50 = (0.9642, 1.0, 0.8249)


# --- profiles (ICC.1:2001-04) ---------------------------------------------------------------------

def times(matrix, vector):
    return [sum(a * b for a, b in zip(row, vector)) for row in matrix]


def inverse(m):
    (a, b, c), (d, e, f), (g, h, i) = m
    det = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    rows = [[e * i - f * h, c * h - b * i, b * f - c * e],
            [f * g - d * i, a * i - c * g, c * d - a * f],
            [d * h - e * g, b * g - a * h, a * e - b * d]]
    return [[v / det for v in row] for row in rows]


def xyz_of(xy):
    x, y = xy
    return [x / y, 1, (1 - x - y) / y]


def colorants(primaries, white):
    """The XYZ of red, green and blue at full, seen under D50 (Bradford)."""
    columns = list(zip(*[xyz_of(xy) for xy in primaries]))
    scale = times(inverse(columns), xyz_of(white))
    bradford = [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
    source, target = times(bradford, xyz_of(white)), times(bradford, D50)

    def adapted(xyz):
        cone = [c * t / s for c, s, t in zip(times(bradford, xyz), source, target)]
        return times(inverse(bradford), cone)

    return [adapted([column[i] * scale[i] for column in columns]) for i in range(3)]


def fixed(values):
    return b"".join(struct.pack(">i", round(v * 65536)) for v in values)


def text_tag(kind, text):
    data = text.encode() + b"\0"
    if kind == b"desc":
        return b"desc\0\0\0\0" + struct.pack(">I", len(data)) + data + bytes(78)
    return b"text\0\0\0\0" + data


def profile(device, space, tags, pcs=b"XYZ "):
    tags = {b"desc": text_tag(b"desc", "test"), b"cprt": text_tag(b"text", "public domain"),
            b"wtpt": b"XYZ \0\0\0\0" + fixed(D50), **tags}
    table, data = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        content += bytes(-len(content) % 4)
        table += name + struct.pack(">II", start + len(data), len(content))
        data += content
    size = start + len(data)
    header = struct.pack(">I4sI", size, b"test", 0x02100000) + device + space + pcs
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + fixed(D50)
    return header + bytes(128 - len(header)) + table + data


def curve(gamma):
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))


def srgb_curve():
    def light(v):
        return v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4
    values = [round(65535 * light(i / 255)) for i in range(256)]
    return b"curv\0\0\0\0" + struct.pack(">I", 256) + struct.pack(">256H", *values)


def rgb_profile(primaries, trc, white=D65):
    tags = {}
    for name, xyz in zip("rgb", colorants(primaries, white)):
        tags[f"{name}XYZ".encode()] = b"XYZ \0\0\0\0" + fixed(xyz)
        tags[f"{name}TRC".encode()] = trc
    return profile(b"mntr", b"RGB ", tags)


def gray_profile(gamma):
    return profile(b"mntr", b"GRAY", {b"kTRC": curve(gamma)})


def cmyk_profile():
    """An imaginary press: a table of 2 x 2 x 2 x 2 inks to Lab. Its black is neutral, as versions of
    Little CMS compensate other ones differently."""
    identity = bytes(range(256))
    nodes = b""
    for i in range(16):
        c, m, y, k = i >> 3 & 1, i >> 2 & 1, i >> 1 & 1, i & 1
        lightness = 250 * (1 - 0.4 * c) * (1 - 0.45 * m) * (1 - 0.1 * y) * (1 - 0.8 * k)
        a = 128 + (1 - k) * (-40 * c + 70 * m)
        b = 128 + (1 - k) * (-45 * c - 5 * m + 85 * y)
        nodes += bytes([round(lightness), min(255, round(a)), min(255, round(b))])
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + fixed([1, 0, 0, 0, 1, 0, 0, 0, 1])
    table += identity * 4 + nodes + identity * 3
    return profile(b"prtr", b"CMYK", {b"A2B0": table}, b"Lab ")


# --- pictures -------------------------------------------------------------------------------------

def colors(mode="RGB"):
    """Smooth, saturated and dark colours, so that each way of going wrong is seen."""
    image = Image.new("RGBA", (WIDTH, HEIGHT))
    for y in range(HEIGHT):
        for x in range(WIDTH):
            image.putpixel((x, y), (x * 255 // (WIDTH - 1), y * 255 // (HEIGHT - 1),
                                    (x * 37 + y * 91) % 256, 60 + 195 * x // (WIDTH - 1)))
    if mode == "L":
        return Image.frombytes("L", (WIDTH, HEIGHT), bytes(i * 255 // 95 for i in range(96)))
    if mode == "CMYK":
        return Image.frombytes("CMYK", (WIDTH, HEIGHT),
                               bytes(v for i in range(96)
                                     for v in (i * 2, 190 - 2 * i, i * 5 % 200, i % 12 * 20)))
    return image if mode == "RGBA" else image.convert(mode)


def smooth():
    """For formats that lose detail."""
    return Image.merge("RGB", [
        Image.linear_gradient("L").resize((64, 48)),
        Image.linear_gradient("L").rotate(90).resize((64, 48)),
        Image.radial_gradient("L").resize((64, 48))])


def seen(image, icc=None):
    """As RGBA in sRGB."""
    icc = icc or image.info.get("icc_profile")
    alpha = image.convert("RGBA").getchannel("A")
    if icc:
        if image.mode in ("RGBA", "LA", "P"):
            image = image.convert("RGB")
        image = ImageCms.profileToProfile(image, ImageCms.ImageCmsProfile(io.BytesIO(icc)),
                                          ImageCms.createProfile("sRGB"), outputMode="RGB")
    result = image.convert("RGBA")
    result.putalpha(alpha)
    return result


class Folder:
    def __init__(self, path):
        self.path = Path(path)
        self.path.mkdir(parents=True, exist_ok=True)

    def add(self, name, data, expected=None):
        (self.path / name).write_bytes(data)
        expected = seen(Image.open(io.BytesIO(data))) if expected is None else expected
        expected.save(self.path / f"{name}.png")

    def save(self, name, image, kind, expected=None, **options):
        data = io.BytesIO()
        image.save(data, kind, **options)
        self.add(name, data.getvalue(), expected)
        return data.getvalue()


def png(header, chunks, rows):
    """A PNG of any kind: rows of packed samples, chunks as (type, data) before the pixels."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    packed = zlib.compress(b"".join(b"\0" + row for row in rows))
    body = b"".join(chunk(*c) for c in [(b"IHDR", header), *chunks, (b"IDAT", packed)])
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


def rgb_png(chunks, depth=8):
    image = colors()
    rows = [image.crop((0, y, WIDTH, y + 1)).tobytes() for y in range(HEIGHT)]
    if depth == 16:
        rows = [bytes(b for v in row for b in (v, v)) for row in rows]
    return png(struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, 2, 0, 0, 0), chunks, rows)


def make_pngs(folder):
    p3, adobe = rgb_profile(DISPLAY_P3, srgb_curve()), rgb_profile(ADOBE_RGB, curve(2.2))
    folder.save("p3.png", colors(), "PNG", icc_profile=p3)
    folder.save("p3-alpha.png", colors("RGBA"), "PNG", icc_profile=p3)
    folder.save("adobe-palette.png", colors().quantize(64), "PNG", icc_profile=adobe)
    folder.save("gray-profile.png", colors("L"), "PNG", icc_profile=gray_profile(1.5))
    folder.save("broken-profile.png", colors(), "PNG", seen(colors()), icc_profile=p3[:200])
    folder.save("unfit-profile.png", colors(), "PNG", seen(colors()), icc_profile=cmyk_profile())
    iccp = (b"iCCP", b"P3\0\0" + zlib.compress(p3))
    folder.add("p3-16.png", rgb_png([iccp], 16), seen(colors(), p3))

    def chromaticities(primaries):
        return b"".join(struct.pack(">I", round(v * 100000)) for xy in (D65, *primaries) for v in xy)
    gamma = (b"gAMA", struct.pack(">I", 45455))
    linear = (b"gAMA", struct.pack(">I", 100000))
    chrm = (b"cHRM", chromaticities(DISPLAY_P3))
    srgb, cicp = (b"sRGB", b"\0"), (b"cICP", bytes([12, 13, 0, 1]))
    folder.add("gamma.png", rgb_png([gamma]), seen(colors()))
    folder.add("linear.png", rgb_png([linear]), seen(colors(), rgb_profile(SRGB, curve(1))))
    folder.add("linear-16.png", rgb_png([linear], 16), seen(colors(), rgb_profile(SRGB, curve(1))))
    folder.add("chromaticities.png", rgb_png([gamma, chrm]), seen(colors(), p3))
    folder.add("srgb-first.png", rgb_png([chrm, srgb, linear]), seen(colors()))
    folder.add("profile-first.png", rgb_png([srgb, linear, iccp]), seen(colors(), p3))
    adobe_iccp = (b"iCCP", b"x\0\0" + zlib.compress(adobe))
    folder.add("cicp-first.png", rgb_png([adobe_iccp, cicp, linear]), seen(colors(), p3))
    folder.save("animated.png", colors("RGBA"), "PNG", seen(colors("RGBA")), save_all=True,
                append_images=[Image.new("RGBA", (WIDTH, HEIGHT), "red")])
    for mode in ("1", "L", "LA", "I;16"):
        image = colors("LA") if mode == "LA" else colors("L").convert(mode)
        expected = seen(colors("L")) if mode == "I;16" else None
        if mode == "I;16":
            image = Image.frombytes("I;16", (WIDTH, HEIGHT),
                                    bytes(b for v in colors("L").tobytes() for b in (v, v)))
        folder.save(f"mode-{mode.replace(';', '')}.png", image, "PNG", expected)
    folder.save("palette-alpha.png", colors("RGBA").quantize(50), "PNG")
    folder.save("palette-key.png", colors().quantize(16), "PNG", transparency=3)
    folder.save("color-key.png", colors(), "PNG", transparency=(0, 0, 0))


def make_jpegs(folder):
    p3, cmyk = rgb_profile(DISPLAY_P3, srgb_curve()), cmyk_profile()
    folder.save("p3.jpg", smooth(), "JPEG", quality=95, icc_profile=p3)
    folder.save("gray-profile.jpg", smooth().convert("L"), "JPEG", icc_profile=gray_profile(1.5))
    folder.save("gray-p3.jpg", smooth().convert("L"), "JPEG", icc_profile=p3,
                expected=seen(Image.open(jpeg_of(smooth().convert("L"))).convert("RGB"), p3))
    ink = colors("CMYK").resize((64, 48))
    data = folder.save("ink.jpg", ink, "JPEG", quality=95)
    at = data.index(b"\xff\xee")
    folder.add("ink-unmarked.jpg", data[:at] + data[at + 16:])
    folder.save("ink-profile.jpg", ink, "JPEG", quality=95, icc_profile=cmyk)
    folder.save("progressive.jpg", smooth(), "JPEG", progressive=True, icc_profile=p3)


def jpeg_of(image):
    data = io.BytesIO()
    image.save(data, "JPEG")
    data.seek(0)
    return data


def make_others(folder):
    p3, adobe = rgb_profile(DISPLAY_P3, srgb_curve()), rgb_profile(ADOBE_RGB, curve(2.2))
    red = Image.new("RGBA", (WIDTH, HEIGHT), "red")
    folder.save("p3.webp", colors("RGBA"), "WEBP", lossless=True, exact=True, icc_profile=p3)
    folder.save("animated.webp", colors("RGBA"), "WEBP", lossless=True, exact=True, save_all=True,
                append_images=[red])
    folder.save("plain.gif", colors().quantize(64), "GIF")
    folder.save("clear.gif", colors().quantize(16), "GIF", transparency=2)
    folder.save("animated.gif", colors().quantize(64), "GIF", save_all=True,
                append_images=[red.convert("P")], duration=100)
    for mode in ("1", "L", "P", "RGB", "RGBA"):
        image = colors().quantize(32) if mode == "P" else colors("L" if mode in "1L" else mode)
        folder.save(f"mode-{mode}.bmp", image.convert(mode), "BMP")
    heif = pillow_heif.register_heif_opener
    heif()
    folder.save("p3.heic", smooth(), "HEIF", quality=90, icc_profile=p3)
    alpha = smooth().convert("RGBA")
    alpha.putalpha(Image.linear_gradient("L").resize((64, 48)))
    folder.save("alpha.heic", alpha, "HEIF", quality=90)
    folder.save("adobe.avif", smooth(), "AVIF", quality=90, icc_profile=adobe)
    folder.save("alpha.avif", alpha, "AVIF", quality=90)
    for kind in ("heic", "avif"):
        exif = Image.Exif()
        exif[0x0112] = 6  # to be turned right by a quarter
        folder.save(f"turned.{kind}", smooth(), "HEIF" if kind == "heic" else "AVIF", quality=90,
                    exif=exif.tobytes(), expected=turned(smooth()))


def turned(image):
    return image.transpose(Image.Transpose.ROTATE_270).convert("RGBA")


def make_tiffs(folder):
    p3, adobe = rgb_profile(DISPLAY_P3, srgb_curve()), rgb_profile(ADOBE_RGB, curve(2.2))
    folder.save("p3.tif", colors(), "TIFF", icc_profile=p3)
    folder.save("adobe-lzw.tif", colors(), "TIFF", icc_profile=adobe, compression="tiff_lzw")
    folder.save("deflate.tif", colors("RGBA"), "TIFF", compression="tiff_adobe_deflate")
    folder.save("alpha-p3.tif", colors("RGBA"), "TIFF", icc_profile=p3)
    folder.save("gray.tif", colors("L"), "TIFF", icc_profile=gray_profile(1.5))
    folder.save("gray-alpha.tif", colors("LA"), "TIFF")
    folder.save("bits.tif", colors("1"), "TIFF", compression="group4")
    folder.save("palette.tif", colors().quantize(32), "TIFF", compression="packbits")
    folder.save("ink.tif", colors("CMYK"), "TIFF")
    folder.save("ink-profile.tif", colors("CMYK"), "TIFF", icc_profile=cmyk_profile())
    folder.save("jpeg.tif", smooth(), "TIFF", compression="jpeg", quality=95)
    folder.save("pages.tif", colors(), "TIFF", save_all=True,
                append_images=[Image.new("RGB", (WIDTH, HEIGHT), "red")])
    folder.save("turned.tif", colors(), "TIFF", tiffinfo={274: 6}, expected=turned(colors()))
    folder.save("big.tif", colors(), "TIFF", big_tiff=True)


def make_profiles(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in (("p3", rgb_profile(DISPLAY_P3, srgb_curve())), ("adobe", rgb_profile(ADOBE_RGB, curve(2.2))),
                       ("gray", gray_profile(1.5)), ("ink", cmyk_profile())):
        (folder / f"{name}.icc").write_bytes(data)


def main():
    folder = Folder(sys.argv[1])
    for make in (make_pngs, make_jpegs, make_others, make_tiffs):
        make(folder)
    make_profiles(Path(sys.argv[2]))


if __name__ == "__main__":
    main()
