"""The programs hold no AVX-VNNI, which no code here asks a processor for: Highway 1.0 lets the compiler use it wherever
there is AVX-512 VNNI, and processors with that alone (Ice Lake, Zen 4) stop there.

usage: instructions_test.py SOURCE_DIR (with the programs built)
"""
import pathlib
import subprocess
import sys

PROGRAMS = pathlib.Path(sys.argv[1]).resolve() / "build/release/bin"

for program in ("imagine-draw", "imagine-workshop", "nn_test"):
    code = subprocess.run(["objdump", "--disassemble", "--no-show-raw-insn", PROGRAMS / program], stdout=subprocess.PIPE, text=True, check=True).stdout
    lines = code.splitlines()
    assert any("vpdpbusd" in line for line in lines), f"{program}: expected sums of bytes, found none"
    short = [line for line in lines if "{vex}" in line]
    assert not short, f"{program}: {len(short)} instructions of AVX-VNNI, the first: {short[0]}"
