#!/usr/bin/env python3
"""Makes tests/data/samplers: what diffusers' schedulers do with every field of their configs that we honour.

Usage: make_samplers.py OUT. Needs diffusers 0.42.1, torch 2.13.0, safetensors 0.8.0.

Each case is a scheduler_config.json as its class saves it, a count of steps, and how many of them an edit leaves out. The
network is a formula (see output_of in tests/parity/samplers_test.cpp), so that nothing but the scheduler is compared.
"""

import json
import sys
from pathlib import Path

import torch
from diffusers import (
    DDIMScheduler,
    DDPMScheduler,
    DPMSolverMultistepScheduler,
    HeunDiscreteScheduler,
    UniPCMultistepScheduler,
)
from safetensors.torch import save_file

DPM, UNIPC, HEUN, DDIM, DDPM = (
    DPMSolverMultistepScheduler, UniPCMultistepScheduler, HeunDiscreteScheduler, DDIMScheduler, DDPMScheduler)
COSINE = {"beta_schedule": "squaredcos_cap_v2"}
IF = {**COSINE, "thresholding": True, "dynamic_thresholding_ratio": 0.95, "sample_max_value": 1.5}


def cases():
    """name -> (class, what its config says, steps, steps that are left out)"""
    for steps in (1, 2, 3, 7, 14, 15, 20):
        yield f"dpm.order1.{steps}", (DPM, {"solver_order": 1}, steps, 0)
    for order in (1, 2, 3):
        for steps in (6, 16):
            yield f"dpm.order{order}.whole.{steps}", (DPM, {"solver_order": order, "lower_order_final": False}, steps, 0)
            yield f"dpm.order{order}.sigma_min.{steps}", (DPM, {"solver_order": order, "final_sigmas_type": "sigma_min"}, steps, 0)
        yield f"dpm.order{order}.euler.16", (
            DPM, {"solver_order": order, "euler_at_final": True, "final_sigmas_type": "sigma_min"}, 16, 0)
        yield f"dpm.order{order}.edit", (DPM, {"solver_order": order, **COSINE}, 20, 9)
        yield f"unipc.order{order}", (UNIPC, {"solver_order": order}, 9, 0)
        yield f"unipc.order{order}.bh1", (  # at sigma 0 it makes NaN of inf * 0
            UNIPC, {"solver_order": order, "solver_type": "bh1", "final_sigmas_type": "sigma_min"}, 9, 0)
        yield f"unipc.order{order}.sigma_min", (
            UNIPC, {"solver_order": order, "final_sigmas_type": "sigma_min", "lower_order_final": False}, 9, 0)
    yield "dpm.heun", (DPM, {"solver_type": "heun"}, 9, 0)
    yield "dpm.heun.order3", (DPM, {"solver_type": "heun", "solver_order": 3}, 17, 0)
    yield "dpm.bh2", (DPM, {"solver_type": "bh2"}, 9, 0)
    yield "dpm.karras.sigma_min", (DPM, {"use_karras_sigmas": True, "final_sigmas_type": "sigma_min"}, 16, 0)
    yield "dpm.clipped", (DPM, {**COSINE, "lambda_min_clipped": -5.1}, 8, 0)
    yield "unipc.midpoint", (UNIPC, {"solver_type": "midpoint"}, 9, 0)
    yield "unipc.karras", (UNIPC, {"use_karras_sigmas": True}, 9, 0)
    yield "heun.karras", (HEUN, {"use_karras_sigmas": True}, 6, 0)
    yield "heun.clip", (HEUN, {"clip_sample": True, "clip_sample_range": 0.5}, 6, 0)
    yield "ddim.not_to_one", (DDIM, {"set_alpha_to_one": False, "steps_offset": 1, "clip_sample": False}, 8, 0)
    yield "ddim.clip", (DDIM, {"clip_sample_range": 0.6}, 8, 0)
    for variance in ("fixed_small", "fixed_small_log", "fixed_large"):
        yield f"ddpm.{variance}", (DDPM, {"variance_type": variance}, 8, 0)
    yield "ddpm.if", (DDPM, {**IF, "variance_type": "fixed_small"}, 8, 0)
    yield "ddpm.no_clip", (DDPM, {"clip_sample": False}, 8, 0)
    for kind in (DPM, UNIPC, HEUN, DDIM, DDPM):
        short = kind.__name__.removesuffix("Scheduler").removesuffix("Multistep").removesuffix("Discrete").lower()
        for spacing in ("linspace", "leading", "trailing"):
            yield f"{short}.{spacing}", (kind, {"timestep_spacing": spacing, "steps_offset": 1}, 7, 0)
        for target in ("epsilon", "v_prediction", "sample"):
            yield f"{short}.{target}", (kind, {"prediction_type": target, "beta_schedule": "scaled_linear"}, 7, 0)
        if kind is not HEUN:
            yield f"{short}.thresholding", (kind, IF, 7, 0)


def output_of(scheduler, x, t):
    """A network that predicts as the config says. `x` is what it is shown."""
    signal = scheduler.alphas_cumprod[int(round(float(t)))].double()
    alpha, sigma = signal.sqrt(), (1 - signal).sqrt()
    clean = 0.8 * torch.tanh(1.3 * x + (float(t) / 500 - 1))
    noise = (x - alpha * clean) / sigma
    return {"epsilon": noise, "v_prediction": alpha * noise - sigma * clean, "sample": clean}[scheduler.config.prediction_type]


def run(kind, config, steps, left_out, start):
    scheduler = kind(**config)
    scheduler.set_timesteps(steps)
    times = scheduler.timesteps[left_out * scheduler.order:]
    if left_out:
        scheduler.set_begin_index(left_out)
    x = start * scheduler.init_noise_sigma if not left_out else start
    own = {"generator": torch.Generator().manual_seed(5)} if kind in (DDPM, DDIM) else {}
    for t in times:
        shown = scheduler.scale_model_input(x, t)
        x = scheduler.step(output_of(scheduler, shown, t).to(x.dtype), t, x, **own).prev_sample
    assert x.isfinite().all(), (kind, config, steps)
    return dict(scheduler.config), times, x


def main():
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    start = torch.randn(1, 3, 3, 4, generator=torch.Generator().manual_seed(3))
    tensors, entries = {"start": start}, {}
    for name, (kind, config, steps, left_out) in cases():
        saved, times, result = run(kind, config, steps, left_out, start)
        written = config  # what a file lacks is the class's default
        if name.endswith(".linspace"):
            written = {key: value for key, value in saved.items() if not key.startswith("_")}
        entries[name] = {"config": {"_class_name": kind.__name__, **written}, "steps": steps, "left_out": left_out, "seed": 5}
        tensors[f"{name}.timesteps"] = times.double()
        tensors[name] = result.float()
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, out / "expected.safetensors")
    (out / "expected.safetensors").chmod(0o644)
    (out / "expected.json").write_text(json.dumps(entries, separators=(",", ":")) + "\n")
    print(len(entries), "cases")


if __name__ == "__main__":
    main()
