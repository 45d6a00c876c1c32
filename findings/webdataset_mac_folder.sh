#!/usr/bin/env bash
# A folder that a Mac packed has pictures without captions and captions without pictures.
#
# webdataset 1.0.2, seen 2026-11-28. A Mac's tar puts "._NAME" with attributes before each NAME. webdataset passes over "._1.jpg",
# but not over "d/._1.jpg", which becomes the member "_1.jpg" of a sample "d/". As samples are told apart by
# the key of the member before, "d/1.jpg" and "d/1.txt" end up in two samples, each of which lacks the other.
#
# Output seen:
#   in the tar's root: ['1: jpg txt']
#   in a folder: ['d/: _1.jpg', 'd/1: jpg', 'd/: _1.txt', 'd/1: txt']
. "$(dirname "$0")/python_with.bash"
python_with webdataset==1.0.2 numpy==2.4.6
"$python" - "$folder" <<'P' 2>/dev/null
import io
import sys
import tarfile
from pathlib import Path

import webdataset

def samples(folder):
    path = Path(sys.argv[1]) / "shard.tar"
    with tarfile.open(path, mode="w") as archive:
        for name in ("._1.jpg", "1.jpg", "._1.txt", "1.txt"):
            entry = tarfile.TarInfo(folder + name)
            entry.size = 1
            archive.addfile(entry, io.BytesIO(b"x"))
    return [
        f"{sample['__key__']}: " + " ".join(sorted(name for name in sample if not name.startswith("__")))
        for sample in webdataset.WebDataset(str(path), shardshuffle=False)
    ]

root, inside = samples(""), samples("d/")
print(f"in the tar's root: {root}")
print(f"in a folder: {inside}")
assert root == ["1: jpg txt"]
assert inside == ["d/: _1.jpg", "d/1: jpg", "d/: _1.txt", "d/1: txt"]
P
