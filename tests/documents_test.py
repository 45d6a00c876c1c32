"""Runs the lines of the documents about training of one's own, as they stand there.

Usage: documents_test.py ROOT. Long work is shortened by options at the ends of the lines, and folders that the reader
has are made. Prints what is wrong and exits with 1.
"""

import os
import re
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

# What is put behind a command that would take long.
SHORTENED = {
    "train": "--updates 2",
    "distill": "--views 8 --batch 4",
    "dreambooth": "--views 6 --priors 1 --batch 2",
}
COMMAND = re.compile(r"(?:\./)?imagine (\w+)")


def png(width, height, colour_at):
    """The bytes of a picture whose pixel x, y is colour_at(x, y), three numbers of 0 to 255."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes(v for x in range(width) for v in colour_at(x, y)) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def make_pictures(folder):
    """Pictures of several shapes, each with its caption."""
    folder.mkdir()
    colours = {"red": (200, 30, 30), "green": (30, 160, 60), "blue": (40, 60, 200), "grey": (130, 130, 130)}
    for i, (name, colour) in enumerate(colours.items()):
        width, height = 70 + 11 * i, 96 - 7 * i

        def colour_at(x, y, colour=colour):
            inside = (x - 40) ** 2 + (y - 40) ** 2 < 30**2
            return colour if inside else (235, 235, 225)

        (folder / f"{i}.png").write_bytes(png(width, height, colour_at))
        (folder / f"{i}.txt").write_text(f"a {name} disc on white\n")


def blocks_of(document):
    """The shell blocks of a Markdown file, each a list of lines."""
    text = document.read_text()
    return [block.splitlines() for block in re.findall(r"^```sh\n(.*?)^```$", text, flags=re.M | re.S)]


def shortened(line):
    """The line with less to do, its comment left out."""
    line = line.split(" #")[0].rstrip()
    command = COMMAND.match(line)
    return f"{line} {SHORTENED[command[1]]}" if command and command[1] in SHORTENED else line


class Place:
    """A folder where the documents' paths lead somewhere."""

    def __init__(self, root, folder):
        self.root, self.folder = root, folder
        for name in ("models", "configs", "docs", "tools"):
            (folder / name).symlink_to(root / name)
        program = folder / "imagine"
        program.write_text(f'#!/bin/sh\nexec "{root}/build/release/bin/imagine" "$@"\n')
        program.chmod(0o755)
        self.environment = dict(os.environ, PATH=f"{folder}:{os.environ['PATH']}", IMAGINE_CACHE=str(folder / "cache"))
        self.environment.pop("IMAGINE_MODEL", None)

    def run(self, lines):
        """What the lines print, together; RuntimeError with what they say where one fails."""
        done = subprocess.run(["bash", "-e", "-c", "\n".join(lines)], cwd=self.folder, env=self.environment,
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError("\n".join([*lines, f"expected success, got {done.returncode}:", done.stderr]))
        return done.stdout.splitlines()

    def bytes_of(self, path):
        return (self.folder / path).read_bytes()


def expect(condition, what):
    if not condition:
        raise RuntimeError(what)


def try_next(place, printed):
    """Runs the command that a training ends with; the picture that it draws."""
    told = printed[-1].removeprefix("draw with it: ")
    expect(told.startswith("imagine generate "), f"expected the command that draws, got {printed[-1]}")
    return place.run([told])[-1]


def check_own_pictures(place):
    """From pictures to a model that draws, and to its quick network."""
    make_pictures(place.folder / "FOLDER")
    first, *others = blocks_of(place.root / "docs/own-pictures.md")
    *training, drawing = [shortened(line) for line in first]
    printed = place.run(training)
    expect("runs/own-pictures/model" in printed, f"expected the model's folder, got {printed}")
    mine = place.run([drawing])[-1]
    embedded = place.run([drawing.split(" --model")[0]])[-1]
    expect(place.bytes_of(mine) != place.bytes_of(embedded), f"{mine}: expected a picture of its own")
    try_next(place, printed)
    for block in others:
        printed = place.run([shortened(line) for line in block])
    expect(place.bytes_of(printed[-1]) != place.bytes_of(mine), f"{printed[-1]}: expected the quick network's picture")


def check_fine_tuning(place):
    """One thing from a few pictures; the embedded ones, which POV-Ray made."""
    lines = [line for line in blocks_of(place.root / "docs/fine-tuning.md")[0] if COMMAND.match(line)]
    *training, drawing = [shortened(line) for line in lines]
    changes = place.run(training)
    place.run([drawing])
    try_next(place, changes)


def check_deepfloyd_if(place):
    """Changes of a stage in both layouts: the tests' tiny one stands for the published weights."""
    tiny = place.root / "tests/data/tiny-if"
    (place.folder / "IF").symlink_to(tiny)
    train = "imagine train configs/deepfloyd-if-changes.json --updates 1"
    printed = place.run([train])
    expect("--model IF" in printed[-1] and "--lora" in printed[-1], f"expected --model IF --lora, got {printed[-1]}")
    (place.folder / "IF").unlink()
    (place.folder / "IF").mkdir()
    (place.folder / "IF/IF-I-M-v1.0").symlink_to(tiny / "stage1")
    place.run([train.replace("--updates 1", "--updates 2")])


def check_examples(place, command):
    """What --help shows."""
    told = place.run([f"imagine {command} --help"])
    examples = [line for line in told if line.startswith(f"  imagine {command} ")]
    expect(examples, f"imagine {command} --help: expected examples, got none")
    place.run(examples)


def main():
    root = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        place = Place(root, Path(folder))
        check_own_pictures(place)
        check_fine_tuning(place)
        check_deepfloyd_if(place)
        check_examples(place, "grow")


if __name__ == "__main__":
    try:
        main()
    except RuntimeError as error:
        print(f"documents_test.py: {error}")
        sys.exit(1)
