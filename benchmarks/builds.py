"""Times the command of two builds in turn: whole processes, from their start to the files.

Used by `benchmarks/compare --against BUILD`, where BUILD is the build folder of another checkout, one of before. Every round
runs both; the ratio is that of the medians. Each command draws the same with both. The one that draws with an open model is
`imagine bench pipeline`, whose median leaves out what is loaded.
"""

import json
import statistics
import tempfile
from pathlib import Path

import commands

COLOURS = ("red", "blue", "green", "yellow", "black", "white", "orange", "purple")
SHAPES = ("cube", "ball", "cone", "ring", "house", "tree", "boat", "lamp")
PROMPTS = [f"a {colour} {shape}" for colour in COLOURS for shape in SHAPES]
MODEL = Path("models") / "imagine-small"


def known_commands():
    """name -> arguments of `imagine`; {out} is a fresh folder, {root} the checkout that the build is of."""
    one = ["generate", "a red cube on grass", "--seed", "2"]
    return {
        "start-256": [*one, "--size", "256", "-o", "{out}/picture.png"],
        "start-1024": [*one, "--size", "1024", "-o", "{out}/picture.png"],
        "prompts-64": ["generate", *PROMPTS, "--size", "64", "-o", "{out}/"],
        "open-256": ["bench", "pipeline", "--model", "{root}/" + str(MODEL), "--runs", "7"],
    }


def run(program, root, arguments):
    """Seconds and the largest resident memory in MB of one process; of `bench` the seconds that it says."""
    with tempfile.TemporaryDirectory() as out:
        command = [program] + [str(part).format(out=out, root=root) for part in arguments]
        lines, seconds, mb = commands.whole(command)
    if arguments[0] == "bench":
        seconds = json.loads(next(line for line in lines if line.startswith("{")))["median_ms"] / 1000
    return seconds, mb


def root_of(build):
    """The checkout that a build folder is of."""
    for line in (build / "CMakeCache.txt").read_text().splitlines():
        if line.startswith("CMAKE_HOME_DIRECTORY:INTERNAL="):
            return Path(line.partition("=")[2])
    raise SystemExit(f"compare: {build}: expected a build folder")


def compare(name, arguments, builds, rounds):
    """One row: the present build beside the other, both warm."""
    timed = {build: [] for build in builds}
    for turn in range(rounds + 1):
        for build in builds:
            figures = run(build / "bin" / "imagine", root_of(build), arguments)
            if turn > 0:
                timed[build].append(figures)
    ours, others = ([statistics.median(column) for column in zip(*timed[build])] for build in builds)
    return {"what": name, "ours_ms": ours[0] * 1000, "others_ms": others[0] * 1000, "ratio": ours[0] / others[0],
            "ours_rss_mb": ours[1], "others_rss_mb": others[1]}


def rows(ours, against, only, rounds):
    """Yields a row for each command; prints a table as it goes."""
    known = known_commands()
    for name in only or known:
        if name not in known:
            raise SystemExit(f"compare: --only: expected some of {', '.join(known)}, got {name}")
    print("| what | ours, ms | that build, ms | ours / that | memory, MB: ours, that build |\n|---|---|---|---|---|", flush=True)
    for name in only or known:
        row = compare(name, known[name], (ours, against), rounds)
        print("| {what} | {ours_ms:.0f} | {others_ms:.0f} | **{ratio:.2f}** | {ours_rss_mb:.0f}, {others_rss_mb:.0f} |"
              .format(**row), flush=True)
        yield row
