"""Holds tools/convert_minit2i.py against the digests of a student's tensors: every number, name and shape, and the config.

Usage: convert_minit2i_test.py ROOT. The tool puts tensorstore into build/convert at its first call; where that cannot be had
(no network), nothing is tested and the script says so. Prints what is wrong and exits with 1.
"""

import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

SIZES = {"BF16": 2, "F32": 4}


def tensors_of(path):
    """name -> shape, bytes as little-endian float32."""
    content = path.read_bytes()
    begin = 8 + int.from_bytes(content[:8], "little")
    for name, entry in json.loads(content[8:begin]).items():
        if name == "__metadata__":
            continue
        first, last = (begin + offset for offset in entry["data_offsets"])
        data = content[first:last]
        if entry["dtype"] == "BF16":  # the upper half of a float
            data = b"".join(b"\0\0" + data[i:i + 2] for i in range(0, len(data), 2))
        yield name, entry["shape"], data


def main():
    root = Path(sys.argv[1]).resolve()
    data = root / "tests/data/tiny-minit2i-mf"
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "student"
        command = [sys.executable, root / "tools/convert_minit2i.py", data / "params-only", out, "--image-size", "64", "--prompt-length", "24"]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
        if done.returncode != 0 and ("pip" in done.stderr or "ensurepip" in done.stderr):
            print("convert_minit2i_test: skipped, tensorstore cannot be had here")
            return
        if done.returncode != 0:
            raise SystemExit(f"convert_minit2i.py: {done.returncode}\n{done.stderr[-3000:]}")
        made = {name: (shape, hashlib.sha256(numbers).hexdigest()[:16])
                for name, shape, numbers in tensors_of(out / "transformer/diffusion_pytorch_model.safetensors")}
        wanted = {f"model.net.{name}": (shape, digest)
                  for _, _, name, shape, digest in json.loads((data / "params.json").read_text())["student"]}
        for name in sorted(made.keys() | wanted.keys()):
            if made.get(name) != wanted.get(name):
                raise SystemExit(f"{name}: expected {wanted.get(name)}, got {made.get(name)}")
        config = json.loads((out / "transformer/config.json").read_text())
        expected = json.loads((data / "student/transformer/config.json").read_text())
        if config != expected:
            raise SystemExit(f"config.json: expected {expected}, got {config}")
        again = subprocess.run(list(map(str, command)), capture_output=True, text=True)
        if again.returncode == 0 or "expected nothing there" not in again.stderr:
            raise SystemExit(f"a second conversion into the same folder: expected to be refused, got {again.returncode} {again.stderr}")


if __name__ == "__main__":
    main()
