#!/usr/bin/env python3
"""Holds the peer in minit2i.py against the numbers that the reference programs computed with the networks of tests/data.

  minit2i_check.py        prints the largest difference of each kind; exits with 1 where one is larger than allowed
"""

import json
import math
import sys
from pathlib import Path

import torch

import minit2i
import minit2i_draw

DATA = Path(__file__).resolve().parent.parent / "tests" / "data"
ALLOWED = {"states": 5e-5, "text": 5e-5, "answer": 3e-5, "10 steps": 1e-4, "100 steps": 3e-4, "PNG, levels": 1, "PNG, share of bytes": 1e-3,
           "student's text": 5e-5, "student's answer": 3e-5, "student": 3e-5}


class Differences(dict):
    """The largest of each kind."""

    def note(self, kind, made, wanted):
        if made.shape != wanted.shape:
            raise SystemExit(f"{kind}: expected {list(wanted.shape)}, got {list(made.shape)}")
        largest = (made.double() - wanted.double()).abs().nan_to_num(nan=math.inf).max().item()
        self[kind] = max(self.get(kind, 0), largest)


def expected_of(folder):
    from safetensors.torch import load_file

    return load_file(folder / "expected.safetensors"), json.loads((folder / "expected.json").read_text())


def picture_of(path):
    import numpy
    from PIL import Image

    return torch.from_numpy(numpy.array(Image.open(path).convert("RGB")))


def read_texts(folder, network, prompts, found, wanted):
    """The texts of the prompts and of none as the steps read them."""
    masks = wanted["tokens.mask"].bool()
    texts = []
    for index, prompt in enumerate(prompts):
        states, mask = minit2i_draw.states_of(folder, prompt, masks.shape[1], torch.float32)
        if not torch.equal(mask[0], masks[index]):
            raise SystemExit(f"prompt {index}: expected {int(masks[index].sum())} tokens, got {int(mask.sum())}")
        found.note("states", states[mask], wanted["t5.last_hidden_state"][index][masks[index]])
        texts.append(network.read(states, mask))
    return [*texts, network.read(*minit2i_draw.nothing(states))]


def check_network(found):
    folder = DATA / "tiny-minit2i"
    wanted, said = expected_of(folder)
    network = minit2i.load(folder, torch.float32)
    texts = read_texts(folder, network, said["prompts"], found, wanted)
    found.note("text", torch.cat(texts), wanted["text.preamble"])
    found.note("answer", network(wanted["net.x"].expand(len(texts), -1, -1, -1), torch.cat(texts)), wanted["net.x0"])
    for name, run in said["runs"].items():
        pair = [texts[run["prompt"]], texts[-1]]
        picture = picture_of(folder / f"{name}.png")
        for both in (pair, torch.cat(pair)):
            made = minit2i_draw.guided(network, wanted["pipeline.noise"], both, run["steps"], run["guidance"])
            found.note(f"{run['steps']} steps", made, wanted[name])
            levels = torch.from_numpy(minit2i_draw.levels(made))
            found.note("PNG, levels", levels, picture)
            found.note("PNG, share of bytes", (levels != picture).double().mean(), torch.zeros(()))


def check_student(found):
    folder = DATA / "tiny-minit2i-mf"
    wanted, said = expected_of(folder)
    network = minit2i.load(folder / "student", torch.float32)
    states, masks = wanted["text.states"], wanted["text.mask"].bool()
    found.note("student's text", network.read(states, masks, *minit2i_draw.told_of(network, 4)), wanted["mf.preamble"])
    for name, run in said["runs"].items():
        row = slice(run["prompt"], run["prompt"] + 1)
        text = network.read(states[row], masks[row], run["omega"], run["t_min"], run["t_max"], 1 / run["steps"])
        answers = []

        def answer(x, text):
            answers.append(network(x, text))
            return answers[-1]

        found.note("student", minit2i_draw.student(answer, wanted["mf.z"], text, run["steps"]), wanted[name])
        if f"{name}.x0" in wanted:
            found.note("student's answer", torch.cat(answers), wanted[f"{name}.x0"])


def main():
    found = Differences()
    with torch.no_grad():
        check_network(found)
        check_student(found)
    print(json.dumps(found))
    wrong = [f"{kind}: expected at most {most}, got {found[kind]}" for kind, most in ALLOWED.items() if not found[kind] <= most]
    if wrong:
        sys.exit("minit2i_check.py: " + "; ".join(wrong))


if __name__ == "__main__":
    main()
