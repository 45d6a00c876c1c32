"""Installs the package into an empty folder and uses it as another project would: find_package(imagine), the examples, the command.

Usage: package_test.py ROOT. Needs ROOT/build/release to be built. Prints what is wrong and exits with 1.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

# What a picture is not to wait for.
UNWANTED = ("libcurl", "libmpi", "librsvg", "libcairo", "libpango", "libarchive")


def run(*command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}: {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout + done.stderr


def expect(condition, what):
    if not condition:
        raise SystemExit(what)


def libraries_of(program):
    return [line.split()[0] for line in run("ldd", program).splitlines() if "=>" in line]


def main():
    root = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        prefix, build = folder / "prefix", folder / "build"
        run("cmake", "--install", root / "build/release", "--prefix", prefix)
        run("cmake", "-S", root / "examples", "-B", build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}")
        run("cmake", "--build", build)

        environment = {**os.environ, "OMP_WAIT_POLICY": "passive"}
        environment.pop("IMAGINE_DATA", None)
        told = run(build / "draw", "a red cube on grass", folder / "cube.png", env=environment)
        expect(told.startswith("imagine generate --seed 2 --size 256"), f"draw: expected the command, got {told}")
        expect((folder / "cube.png").read_bytes().startswith(b"\x89PNG"), "draw: expected a PNG")
        told = run(build / "again", folder / "cube.png", env=environment)
        expect(told == "the same picture\n", f"again: expected the same picture, got {told}")
        told = run(build / "watch", "a red cube", cwd=folder, env=environment)
        expect("stopped before the picture was finished" in told, f"watch: expected to be cancelled, got {told}")
        previews = list(folder.glob("preview-*.png"))
        expect(20 <= len(previews) < 100, f"watch: expected the previews of about half of 100 steps, got {len(previews)}")

        # The installed command draws with the installed model.
        command = prefix / "bin/imagine"
        run(command, "a red cube on grass", "--seed", "2", "-o", folder / "command.png", env=environment, cwd=folder)
        expect((folder / "command.png").read_bytes() == (folder / "cube.png").read_bytes(),
               "the command draws another file than the library")
        expect("imagine 0." in run(command, "--version"), "imagine --version: expected the version")
        expect("  --grid " in run(command, "generate", "--help"), "imagine generate --help: expected --grid")
        expect("dreambooth" in run(command, "--help"), "imagine --help: expected all commands")
        for program in (prefix / "bin/imagine-draw", build / "draw"):
            unwanted = [name for name in libraries_of(program) if name.startswith(UNWANTED)]
            expect(not unwanted, f"{program.name}: loads {', '.join(unwanted)}")

        # Nothing of the inside is seen.
        library = next((prefix / "lib").rglob("libimagine.so"))
        symbols = run("nm", "-DC", "--defined-only", library)
        inner = [line for line in symbols.splitlines() if "imagine::" in line and any(
            f"imagine::{name}::" in line for name in ("engine", "models", "io", "tensor", "nn", "text", "diffusion"))]
        expect(not inner, f"libimagine.so: shows {len(inner)} symbols of its inside, as {inner[:1]}")


if __name__ == "__main__":
    main()
