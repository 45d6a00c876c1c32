"""PNG files of 8 bits a channel, not interlaced, written and read with the standard library alone."""

import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}  # by colour type


class Picture:
    """Rows of pixels; each pixel is `channels` bytes."""

    def __init__(self, width, height, channels, bytes_):
        self.width, self.height, self.channels, self.bytes = width, height, channels, bytes(bytes_)

    @property
    def size(self):
        return self.width, self.height

    def pixel(self, x, y):
        at = (y * self.width + x) * self.channels
        return tuple(self.bytes[at:at + self.channels])


def painted(width, height, channels, colour_at):
    """A picture whose pixel at (x, y) is colour_at(x, y)."""
    return Picture(width, height, channels, (value for y in range(height) for x in range(width) for value in colour_at(x, y)))


def encoded(picture):
    """The PNG file."""
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    colour_type = next(kind for kind, channels in CHANNELS.items() if channels == picture.channels)
    length = picture.width * picture.channels
    rows = b"".join(b"\0" + picture.bytes[at:at + length] for at in range(0, len(picture.bytes), length))
    header = struct.pack(">IIBBBBB", picture.width, picture.height, 8, colour_type, 0, 0, 0)
    return SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def chunks(file):
    assert file.startswith(SIGNATURE), f"expected a PNG file, got {file[:16]!r}"
    at = len(SIGNATURE)
    while at < len(file):
        length, kind = struct.unpack(">I4s", file[at:at + 8])
        yield kind, file[at + 8:at + 8 + length]
        at += length + 12


def predicted(kind, left, above, corner):
    if kind == 4:
        guess = left + above - corner
        return min((left, above, corner), key=lambda value: abs(guess - value))
    return (0, left, above, (left + above) // 2)[kind]


def decoded(file):
    """The picture in a PNG file."""
    parts = list(chunks(file))
    width, height, depth, colour_type, _, _, interlaced = struct.unpack(">IIBBBBB", parts[0][1])
    assert depth == 8 and not interlaced and colour_type in CHANNELS, f"unexpected PNG: {parts[0][1]!r}"
    step = CHANNELS[colour_type]
    data = zlib.decompress(b"".join(body for kind, body in parts if kind == b"IDAT"))
    length = width * step
    assert len(data) == height * (length + 1), f"expected {height} rows of {length + 1} bytes, got {len(data)} bytes"
    above, rows = bytes(length), []
    for y in range(height):
        kind, line = data[y * (length + 1)], bytearray(data[y * (length + 1) + 1:(y + 1) * (length + 1)])
        for x in range(length if kind else 0):
            left, corner = (line[x - step], above[x - step]) if x >= step else (0, 0)
            line[x] = (line[x] + predicted(kind, left, above[x], corner)) & 255
        rows.append(bytes(line))
        above = rows[-1]
    return Picture(width, height, step, b"".join(rows))


def size_of(file):
    """Width and height of a PNG file that can be read to its end."""
    return decoded(file).size


def largest_difference(one, other, where):
    """Of red, green and blue of two pictures of a size, at the pixels that `where(x, y)` names."""
    assert one.size == other.size, f"expected {one.size}, got {other.size}"
    return max((abs(a - b) for y in range(one.height) for x in range(one.width) if where(x, y)
                for a, b in zip(one.pixel(x, y)[:3], other.pixel(x, y)[:3])), default=0)


def is_jpeg(file):
    return file.startswith(b"\xff\xd8\xff") and file.rstrip(b"\0").endswith(b"\xff\xd9")


def is_webp(file):
    return file[:4] == b"RIFF" and file[8:12] == b"WEBP" and len(file) == 8 + struct.unpack("<I", file[4:8])[0]
