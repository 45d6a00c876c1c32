#!/usr/bin/env bash
# Of two shards that were joined by cat, webdataset reads the first.
#
# webdataset 1.0.2, seen 2026-11-28. A tar ends with two blocks of zeros, and Python's tarfile, as webdataset opens it,
# stops there. "cat a.tar b.tar > all.tar" so loses every sample of b.tar without a word, though GNU tar's -i
# and tarfile's ignore_zeros would go on.
#
# Output seen:
#   samples of a.tar: 1
#   samples of a.tar and b.tar in one file: 1
. "$(dirname "$0")/python_with.bash"
python_with webdataset==1.0.2 numpy==2.4.6
"$python" - "$folder" <<'P' 2>/dev/null
import io
import sys
import tarfile
from pathlib import Path

import webdataset

def tar(name):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for ending, content in ((".jpg", b"picture"), (".txt", b"caption")):
            entry = tarfile.TarInfo(name + ending)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return file.getvalue()

def count(content):
    path = Path(sys.argv[1]) / "shard.tar"
    path.write_bytes(content)
    return len(list(webdataset.WebDataset(str(path), shardshuffle=False)))

one, both = count(tar("1")), count(tar("1") + tar("2"))
print(f"samples of a.tar: {one}")
print(f"samples of a.tar and b.tar in one file: {both}")
assert (one, both) == (1, 1)
P
