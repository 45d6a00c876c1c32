#!/usr/bin/env python3
"""Makes small tars as several programs write them, and what webdataset reads in each.

Usage: make_tars.py OUT. Made tests/data/tars with webdataset 1.0.2, braceexpand 0.1.7, Python 3.11's
tarfile, GNU tar 1.34 and libarchive-tools (bsdtar) 3.6.2; the times and numbers of processes that
the last two leave differ from run to run. expected.json: for each tar its samples in order, as [key,
{extension: [[place, text], ...]}] with the texts between zeros. Hidden names are taken out before
webdataset sees them (select_files): it passes over "._x" but takes "d/._x" for the member "_x" of a
sample "d/". braces.json: names with braces, and what they stand for.
"""

import io
import itertools
import json
import os
import random
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import braceexpand
from webdataset.tariterators import group_by_keys, tar_file_expander

TIME = 1_700_000_000
LONG = "long-" + "n" * 120
FOLDERS = "/".join(["folder-" + "f" * 60] * 3)  # no prefix of ustar holds it
NAMES = [
    "0001.jpg",
    "0001.txt",
    "a.b/c.d.jpg",
    "a.b/c.txt",
    "UPPER.JPG",
    "UPPER.Txt",
    "caff\u00e8/\u732b.jpg",
    "caff\u00e8/\u732b.txt",
]
LONG_NAMES = [f"{LONG}.jpg", f"{LONG}.txt", f"{FOLDERS}/1.jpg", "z.jpg"]
SPLIT_NAMES = ["p" * 90 + "/" + "q" * 90 + end for end in (".jpg", ".txt")]


def contents(name):
    return f"<{name[-40:]}>".encode()


def trimmed(path):
    """Without the zeros that fill the last record, but for the two blocks of the end."""
    data = path.read_bytes()
    last = (len(data.rstrip(b"\0")) + 511) // 512 * 512
    path.write_bytes(data[:last] + bytes(1024))


class Python:
    """Members by Python's tarfile."""

    def __init__(self, path, tar_format, **options):
        self.path = path
        self.tar = tarfile.open(path, "w", format=tar_format, **options)

    def add(self, name, data=None, kind=tarfile.REGTYPE, link="", pax=None, time=TIME):
        info = tarfile.TarInfo(name)
        data = contents(name) if data is None else data
        info.size = len(data) if kind in (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE) else 0
        info.mtime, info.type, info.linkname, info.pax_headers = time, kind, link, pax or {}
        self.tar.addfile(info, io.BytesIO(data))
        return self

    def add_all(self, names):
        for name in names:
            self.add(name)
        return self

    def close(self):
        self.tar.close()
        trimmed(self.path)


def put_folder(folder, names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contents(name))
    for path in [*folder.rglob("*"), folder]:
        os.utime(path, (TIME, TIME))


def by_program(path, command, names, prepare=lambda folder: None, paths=None):
    """Runs `command` in a folder of these files; the paths that are packed follow it."""
    with tempfile.TemporaryDirectory() as folder:
        put_folder(Path(folder), names)
        prepare(Path(folder))
        subprocess.run([*command, "-cf", str(path), *(paths or names)], cwd=folder, check=True)
    trimmed(path)


def gnu(tar_format, *more):
    options = ["--owner=0", "--group=0", "--mode=0644", *more]
    if tar_format == "posix":
        options.append("--pax-option=delete=atime,delete=ctime,exthdr.name=%d/PaxHeaders/%f")
    return ["tar", f"--format={tar_format}", *options]


def bsd(tar_format, *more):
    return ["bsdtar", f"--format={tar_format}", "--uid=0", "--gid=0", "--uname=", "--gname=", *more]


def make_sparse(folder):
    with open(folder / "holes.jpg", "wb") as file:
        file.seek(1 << 16)
        file.write(b"data")
    os.utime(folder / "holes.jpg", (TIME, TIME))


def with_base_256(path):
    """GNU's other way to write a size: a set bit and a number of 95 bits."""
    data = bytearray(path.read_bytes())
    size = int(bytes(data[124:135]), 8)
    data[124:136] = bytes([0x80]) + size.to_bytes(11, "big")
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    path.write_bytes(data)


def make_by_python(out):
    formats = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}
    for name, tar_format in formats.items():
        names = NAMES[2:6] + SPLIT_NAMES if name == "ustar" else NAMES[7:] + LONG_NAMES
        Python(out / f"python-{name}.tar", tar_format).add_all(names).close()
    headers = {"comment": "c0ffee"}  # as git archive leaves
    git = Python(out / "global-header.tar", tarfile.PAX_FORMAT, pax_headers=headers)
    git.add_all(["t/1.jpg", "t/1.txt"]).close()
    Python(out / "base-256.tar", tarfile.GNU_FORMAT).add_all(["1.jpg", "1.txt"]).close()
    with_base_256(out / "base-256.tar")


def make_as_we_write(out):
    """What io::TarWriter has to equal."""
    tar = Python(out / "as-we-write.tar", tarfile.PAX_FORMAT)
    for name in ("0001.txt", "a" * 100, "a" * 101, "b" * 200 + "/" + "c" * 99 + ".jpg"):
        tar.add(name, f"<{name[-4:]}>".encode(), time=0)
    tar.close()


def make_of_a_mac(out):
    mac = Python(out / "mac.tar", tarfile.PAX_FORMAT)
    headers = {
        "LIBARCHIVE.creationtime": "1700000000.5",
        "LIBARCHIVE.xattr.com.apple.provenance": "AQIAvKqZ",
        "SCHILY.xattr.com.apple.provenance": "\x01\x02",
        "SCHILY.fflags": "nodump",
        "mtime": "1700000000.25",
    }
    mac.add("./", kind=tarfile.DIRTYPE).add("./.DS_Store").add("./._.")
    for name in ("1.jpg", "1.txt"):
        mac.add(f"./._{name}", b"\0\5\x16\7 of the file beside").add(f"./{name}", pax=headers)
    mac.add("./sub/._2.jpg").add("./sub/2.jpg", pax=headers)
    mac.add("__MACOSX/._1.jpg").close()


def make_of_names(out):
    passed = Python(out / "passed-over.tar", tarfile.USTAR_FORMAT)
    passed.add_all(["__meta__", "__info__/1.jpg", "____", "folder.d/README", ".hidden"])
    passed.add_all(["1.jpg", "LICENSE", "d/.e.txt", "1.txt", "d/__3__.jpg"])
    passed.add_all(["2.", "2.jpg", "__x__.jpg", "dot/.jpg", "e./g.jpg"]).close()
    apart = Python(out / "apart.tar", tarfile.USTAR_FORMAT)
    apart.add_all(["1.jpg", "2.jpg", "1.txt", "2.txt", "2.json", "sub/2.json", "2.seg.png"]).close()
    windows = Python(out / "backslashes.tar", tarfile.USTAR_FORMAT)
    windows.add_all(["set\\1.jpg", "set\\1.txt", "set\\2.jpg", "set\\2.txt"]).close()
    kinds = Python(out / "kinds.tar", tarfile.GNU_FORMAT)
    kinds.add("d", kind=tarfile.DIRTYPE).add("1.jpg").add("pipe.jpg", kind=tarfile.FIFOTYPE)
    kinds.add("soft.jpg", kind=tarfile.SYMTYPE, link="1.jpg").add("1.txt", kind=tarfile.AREGTYPE)
    kinds.add("hard.jpg", kind=tarfile.LNKTYPE, link="1.jpg").add("2.jpg", kind=tarfile.CONTTYPE)
    kinds.add("device.jpg", kind=tarfile.CHRTYPE).add("2.txt").add("hard.txt").close()


def make_by_programs(out):
    for tar_format in ("v7", "posix"):
        names = NAMES[:2] if tar_format == "v7" else NAMES[4:6] + LONG_NAMES[1:]
        by_program(out / f"gnu-tar-{tar_format}.tar", gnu(tar_format), names)
    for name, tar_format, *options in (
        ("old", "gnu"),
        ("1.0", "posix", "--sparse-version=1.0"),
    ):
        command = gnu(tar_format, "--sparse", *options)
        paths = ["holes.jpg", "holes.txt", "z.jpg"]
        names = ["holes.txt", "z.jpg"]
        by_program(out / f"sparse-{name}.tar", command, names, make_sparse, paths)
    dotted = gnu("gnu", "--sort=name", "-C")
    by_program(out / "dot-prefix.tar", [*dotted, "."], NAMES[:4], paths=["."])
    for tar_format in ("gnutar", "pax"):
        names = [NAMES[6], *LONG_NAMES[1:]]
        by_program(out / f"bsdtar-{tar_format}.tar", bsd(tar_format), names)


def shown(data):
    """What is there between the zeros, each after its place."""
    return [[part.start(), part.group().decode()] for part in re.finditer(rb"[^\0]+", data)]


def samples_of(path):
    visible = lambda name: not name.rsplit("/", 1)[-1].startswith(".")
    with open(path, "rb") as stream:
        files = tar_file_expander([{"url": str(path), "stream": stream}], select_files=visible)
        for sample in group_by_keys(files):
            members = {k: shown(v) for k, v in sample.items() if not k.startswith("__")}
            yield [sample["__key__"], members]


def random_braces(depth):
    """A pattern that means something, its parts chosen at random."""
    number = lambda: random.choice(["0", "1", "3", "9", "12", "00", "07", "010", "-1", "-02", "-0"])
    letter = lambda: random.choice("aceZAX")
    step = lambda: random.choice(["", "", "..2", "..0", "..-3", "..x"])
    makers = [
        lambda: random.choice(["a", "b.tar", "7", "..", ",", "\\{", "\\,", "\\}", "x-"]),
        lambda: f"{{{number()}..{number()}{step()}}}",
        lambda: f"{{{letter()}..{letter()}{step()}}}",
        lambda: "{" + ",".join(random_braces(depth + 1) for _ in range(random.randint(1, 3))) + "}",
    ]
    makers = makers if depth < 3 else makers[:2]
    return "".join(random.choice(makers)() for _ in range(random.randint(0 if depth else 1, 3)))


def expanded_braces():
    """Of patterns made at random what braceexpand makes of them: null where it refuses them."""
    random.seed(1)
    expanded = {"{a": None, "a}": None, "{1{2,3}": None, "{a,b}}": None}
    while len(expanded) < 80:
        pattern = random_braces(0)
        names = list(itertools.islice(braceexpand.braceexpand(pattern), 30))
        if 1 < len(names) < 20 or random.random() < 0.1 and len(names) == 1:
            expanded[pattern] = names
    expanded["shard-{000..012}.tar"] = [f"shard-{i:03}.tar" for i in range(13)]
    return expanded


def main():
    out = Path(sys.argv[1]).resolve()
    out.mkdir(parents=True, exist_ok=True)
    make_by_python(out)
    make_as_we_write(out)
    make_of_a_mac(out)
    make_of_names(out)
    make_by_programs(out)
    expected = {path.name: list(samples_of(path)) for path in sorted(out.glob("*.tar"))}
    for name, values in ("expected.json", expected), ("braces.json", expanded_braces()):
        lines = (f"{json.dumps(key)}: {json.dumps(value)}" for key, value in values.items())
        (out / name).write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
