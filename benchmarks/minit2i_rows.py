"""The rows of `benchmarks/compare --minit2i`: Imagine beside its peers with one random MiniT2I.

In every round all who stand in a comparison take their turn; figures are the medians of the rounds. minit2i_peer.py is plain
PyTorch, held against the reference (minit2i_check.py) before anything is timed.
"""

import itertools
import json
import re
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import builds
import commands
import minit2i_training

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
DATA = ROOT / "tests" / "data"
PROMPT = "a photo of a red apple on grass"
GUIDED_STEPS, STUDENT_STEPS, TOKENS, RANK, GUIDANCE = 20, 4, 20, 16, 2.5


class Missing(Exception):
    """Why something cannot be measured here."""


@dataclass(frozen=True)
class Figures:
    ms: float
    mb: float


@dataclass(frozen=True)
class Contender:
    label: str
    measure: Callable[[], Figures]  # of one round, or Missing


@dataclass(frozen=True)
class Comparison:
    """`peers` are groups: a row stands beside the fastest of a group."""

    what: str
    ours: list[Contender]
    peers: list[list[Contender]]
    goals: dict[str, float]  # ours / peer at most, of ours by label; of others none
    of_memory: bool = False  # the ratio is that of the memory, not of the times


def figures_of(line):
    return Figures(line["median_ms"], line["peak_rss_mb"])


class Place:
    """What comparisons share: programs, threads, folders of weights."""

    def __init__(self, args, folder):
        self.args, self.folder = args, Path(folder)

    def weights(self, name):
        """The folder of a random model: b, l or mf."""
        return self.tiny_weights(name) if self.args.tiny else self.made_weights(name)

    def tiny_weights(self, name):
        model = DATA / "tiny-minit2i"
        if name != "mf":
            return model
        folder = self.folder / "student"
        if not folder.exists():
            folder.mkdir()
            (folder / "transformer").symlink_to(DATA / "tiny-minit2i-mf" / "student" / "transformer")
            (folder / "text_encoder").symlink_to(model / "text_encoder")
        return folder

    def made_weights(self, name):
        """Made at the first call, and again where that was interrupted."""
        folder = ROOT / "build" / f"random-minit2i-{name}"
        if not (folder / "ready").exists():
            commands.run([self.args.python, ROOT / "tools" / "make_random_minit2i.py", name, folder], self.args.threads)
            (folder / "ready").touch()
        return folder

    def bench(self, dtype, *arguments):
        """What `imagine bench` says of itself."""
        command = [self.args.imagine, "bench", *arguments, "--dtype", dtype]
        return Contender(dtype, lambda: figures_of(commands.run(command, self.args.threads)[-1]))

    def peer(self, mode, dtype, *arguments):
        command = [self.args.python, HERE / "minit2i_peer.py", *arguments, "--mode", mode, "--dtype", dtype, "--threads", self.args.threads]
        label = f"{mode} {dtype}" + (", both halves in a pass" if "--batched" in arguments else "")
        return Contender(label, lambda: figures_of(commands.run(command, self.args.threads)[-1]))


def one_pass(place, model):
    asked = ["pass", model, "--runs", 3]
    peers = [[place.peer(mode, dtype, *asked)] for mode, dtype in itertools.product(("compile", "eager"), ("bf16", "fp32"))]
    ours = [place.bench(dtype, "minit2i", model, "--runs", 3) for dtype in ("int8", "bf16", "fp32")]
    return Comparison("one pass, batch 1", ours, peers, {"int8": 0.5, "bf16": 0.8})


def drawing(place, model, steps):
    """Ours, from the prompt to the bytes of a PNG by an engine that has drawn before."""
    return place.bench("int8", "pipeline", "--model", model, "--prompt", PROMPT, "--steps", steps, "--png", "--runs", 1)


def stable_diffusion_cpp(place, model, steps, *more):
    """Its own figure of a picture, its weights being loaded."""

    def measure():
        program = place.args.stable_diffusion_cpp
        if not program:
            raise Missing("--stable-diffusion-cpp names no program")
        config = json.loads((model / "transformer" / "config.json").read_text())
        with tempfile.TemporaryDirectory() as out:
            lines, _, mb = commands.whole(
                [program, "--diffusion-model", model / "transformer" / "diffusion_pytorch_model.safetensors",
                 "--t5xxl", model / "text_encoder" / "model.safetensors", "--prompt", PROMPT, "--steps", steps,
                 "--cfg-scale", GUIDANCE, "--width", config["image_size"], "--height", config["image_size"],
                 "--sampling-method", "euler", "--diffusion-fa", "--threads", place.args.threads,
                 "--output", Path(out) / "picture.png", *more])
        said = re.findall(r"generate_image completed in ([\d.]+)s", "\n".join(lines))
        if not said:
            raise Missing(f"{program} says nothing of \"generate_image completed in\"")
        return Figures(1000 * float(said[-1]), mb)

    return Contender(" ".join(["stable-diffusion.cpp", *more[1:]]), measure)


def guided(place, model):
    steps = 2 if place.args.tiny else GUIDED_STEPS
    asked = ["draw", model, "--steps", steps, "--guidance", GUIDANCE, "--runs", 1]
    plain = [place.peer("compile", place.args.dtype, *asked), place.peer("compile", place.args.dtype, *asked, "--batched")]
    natives = [[stable_diffusion_cpp(place, model, steps, *more)] for more in ([], ["--type", "q8_0"])]
    return Comparison(f"{steps} guided steps, prompt to PNG, warm", [drawing(place, model, steps)], [plain, *natives], {"int8": 0.5})


def student(place, model):
    peer = place.peer("compile", place.args.dtype, "draw", model, "--steps", STUDENT_STEPS, "--runs", 1)
    return Comparison(f"student, {STUDENT_STEPS} steps, prompt to PNG, warm", [drawing(place, model, STUDENT_STEPS)], [[peer]], {"int8": 0.5})


def encoder(place, model):
    config = model / "text_encoder" / "config.json"
    ours = [place.bench(dtype, "encoder", "--config", config, "--batch", 1, "--tokens", TOKENS) for dtype in ("int8", "bf16", "fp32")]
    peers = [place.peer("eager", dtype, "encoder", model, "--tokens", TOKENS) for dtype in ("fp32", "bf16")]
    return Comparison(f"Flan-T5-Large, {TOKENS} tokens", ours, [peers], {"int8": 0.5})


def memory(place, model):
    """Of whole processes that draw one picture; two steps need as much as twenty."""

    def whole(dtype):
        command = ["generate", PROMPT, "--model", model, "--steps", 2, "--no-cache", "--dtype", dtype, "-o", "{out}/picture.png"]

        def measure():
            seconds, mb = builds.run(place.args.imagine, ROOT, command)
            return Figures(1000 * seconds, mb)

        return Contender(dtype, measure)

    peer = place.peer("eager", "bf16", "draw", model, "--steps", 2, "--runs", 1)
    return Comparison("peak memory, prompt to PNG", [whole("bf16"), whole("int8")], [[peer]], {"bf16": 0.5, "int8": 0.3}, of_memory=True)


def training(place, model):
    """One update of low-rank changes, one picture: its milliseconds are the seconds of a thousand pictures."""
    counts = (1, 3) if place.args.tiny else (2, 8)

    def measure():
        with tempfile.TemporaryDirectory() as folder:
            pictures = Path(folder) / "pictures"
            config = minit2i_training.config_of(model, pictures, RANK)
            minit2i_training.write_pictures(pictures, config["phases"][0]["resolution"])

            def run(told):
                out = Path(folder) / str(told["phases"][0]["views"])
                return minit2i_training.trained(place.args.imagine, told, out, place.args.threads)

            try:
                seconds, mb = minit2i_training.seconds_an_update(run, config, counts)
            except commands.Failed as failed:
                raise Missing(failed.said) from failed
        return Figures(1000 * seconds, mb)

    asked = ["lora", model, "--rank", RANK, "--runs", 3]
    peers = [[place.peer(mode, place.args.dtype, *asked)] for mode in ("compile", "eager")]
    return Comparison(f"update of LoRA, rank {RANK}, one picture", [Contender("auto", measure)], peers, {"auto": 0.67})


def comparisons(args):
    """name -> what makes the comparison of a place"""

    def own(comparison):
        return lambda place: comparison(place, place.weights(args.minit2i))

    known = {"pass": own(one_pass), "draw": own(guided), "student": lambda place: student(place, place.weights("mf")),
             "encoder": own(encoder), "memory": own(memory), "train": own(training)}
    without = ("draw", "train") if args.minit2i == "mf" else ()  # a student is not guided, and not trained further
    return {name: comparison for name, comparison in known.items() if name not in without}


def measured(comparison, rounds):
    """contender -> its figures in all rounds, or why there are none"""
    everybody = [*comparison.ours, *itertools.chain(*comparison.peers)]
    figures = {contender: [] for contender in everybody}
    missing = {}
    for _ in range(rounds):
        for contender in everybody:
            if contender in missing:
                continue
            try:
                figures[contender].append(contender.measure())
            except Missing as reason:
                missing[contender] = str(reason)
    return {contender: missing.get(contender) or middle(rows) for contender, rows in figures.items()}


def middle(figures):
    return Figures(statistics.median(row.ms for row in figures), max(row.mb for row in figures))


def best_of(group, found):
    """The fastest contender of a group; the first where none was measured."""
    known = [contender for contender in group if isinstance(found[contender], Figures)]
    return min(known, key=lambda contender: found[contender].ms, default=group[0])


def told_of(side, figures, of_memory):
    """A side's part of a row."""
    if not isinstance(figures, Figures):
        return {f"{side}_missing": figures}
    return {f"{side}_rss_mb": figures.mb} | ({} if of_memory else {f"{side}_ms": figures.ms})


def rows_of(comparison, rounds):
    """A row for each of ours beside each group of peers."""
    found = measured(comparison, rounds)
    for ours, group in itertools.product(comparison.ours, comparison.peers):
        peer = best_of(group, found)
        row = {"what": comparison.what, "ours": ours.label, "peer": peer.label, "goal": comparison.goals.get(ours.label)}
        row |= told_of("ours", found[ours], comparison.of_memory) | told_of("peer", found[peer], comparison.of_memory)
        unit = "rss_mb" if comparison.of_memory else "ms"
        if f"ours_{unit}" in row and f"peer_{unit}" in row:
            row["ratio"] = row[f"ours_{unit}"] / row[f"peer_{unit}"]
        yield row


def line_of(row):
    def number(key, form):
        return form.format(row[key]) if row.get(key) is not None else "-"

    reasons = [f"{side} not measured: {row[f'{side}_missing']}" for side in ("ours", "peer") if f"{side}_missing" in row]
    cells = [row["what"], row["ours"], row["peer"], number("ours_ms", "{:.0f}"), number("peer_ms", "{:.0f}"), number("ratio", "**{:.2f}**"),
             number("goal", "{}"), f"{number('ours_rss_mb', '{:.0f}')}, {number('peer_rss_mb', '{:.0f}')}"]
    return "| " + " | ".join([*cells[:-1], "; ".join([cells[-1], *reasons])]) + " |"


def rows(args):
    """Yields the rows that args asks for; prints a table as it goes."""
    known = comparisons(args)
    wanted = args.only.split(",") if args.only else list(known)
    for name in wanted:
        if name not in known:
            raise SystemExit(f"compare: --only: expected some of {', '.join(known)}, got {name}")
    print("peer and reference: " + json.dumps(commands.run([args.python, HERE / "minit2i_check.py"], args.threads)[-1]), file=sys.stderr)
    print("| what | ours | peer | ours, ms | peer, ms | ours / peer | goal | memory, MB: ours, peer |\n|---|---|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        place = Place(args, folder)
        for name in wanted:
            for row in rows_of(known[name](place), args.rounds):
                print(line_of(row), flush=True)
                yield row
