"""From a prompt to a picture with the network of minit2i.py: the text encoder of transformers, the published samplers."""

import functools
from pathlib import Path

import torch
from torch.nn import functional

import minit2i

NOISE = 2.0  # deviation of the noise that sampling starts at


@functools.cache
def text_encoder(folder, dtype):
    """Tokenizer and encoder of a model's folder."""
    from transformers import AutoTokenizer, T5EncoderModel
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    place = Path(folder) / "text_encoder"
    return AutoTokenizer.from_pretrained(place), T5EncoderModel.from_pretrained(place, dtype=dtype).eval()


def states_of(folder, prompt, length, dtype):
    """The prompt's states [1, length, W] and mask [1, length]; only its own tokens are read."""
    tokenizer, encoder = text_encoder(folder, dtype)
    ids = tokenizer(prompt, truncation=True, max_length=length, return_tensors="pt").input_ids
    missing = length - ids.shape[1]
    states = functional.pad(encoder(ids).last_hidden_state, (0, 0, 0, missing))
    return states, functional.pad(torch.ones_like(ids, dtype=torch.bool), (0, missing))


def nothing(states):
    """The states and the mask of no text."""
    return torch.zeros_like(states[:1]), torch.zeros(1, states.shape[1], dtype=torch.bool)


def guided(answer, noise, texts, steps, guidance):
    """The published sampler. texts: with the prompt and without; as one tensor of both they share a pass."""
    x = NOISE * noise
    batched = torch.is_tensor(texts)
    for step in range(steps):
        t = step / steps
        if batched:
            clean = answer(x.expand(2, -1, -1, -1), texts).float().chunk(2)
        else:
            clean = [answer(x, text).float() for text in texts]
        told, free = ((guess - x) / max(1 - t, minit2i.VELOCITY_FLOOR) for guess in clean)
        x = x + (free + guidance * (told - free)) / steps
    return x


def student(answer, noise, text, steps):
    """The student's sampler, one pass a step."""
    x = NOISE * noise
    for step in range(steps):
        left = 1 - step / steps
        x = x - (x - answer(x, text).float()) / max(left, minit2i.VELOCITY_FLOOR) / steps
    return x


def levels(x):
    """x [1, 3, S, S] -> bytes [S, S, 3] as the reference rounds them."""
    return (x[0].clamp(-1, 1) * 127.5 + 128).clamp(0, 255).to(torch.uint8).permute(1, 2, 0).numpy()


def told_of(network, steps):
    """What a student is told; nothing of the others."""
    config = network.config
    return (config["omega"], config["t_min"], config["t_max"], 1 / steps) if minit2i.is_student(config) else ()
