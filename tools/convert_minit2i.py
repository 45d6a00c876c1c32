#!/usr/bin/env python3
"""Turns a checkpoint of MiniT2I's JAX code into a folder that `imagine --model` draws with.

  tools/convert_minit2i.py MiniT2I-B-16-MF-jax minit2i-b-16-mf     the student of four steps
  tools/convert_minit2i.py checkpoint_50000 mine                   a whole training state; its raw weights are taken

Either form is read: a folder with `manifest.ocdbt`, or one whose `checkpoint` is such a folder; with the student's teacher
or without it, which is left out, as are averages and the optimizer's state. Sizes come from the tensors; what these do not
tell (the picture's side, the prompt's length, how the student was told to guide) has the published values unless an option
says otherwise. Weights stay exact: bf16 where nothing is lost by it, else fp32.

Reads with tensorstore, which is put into build/convert at the first call where the running Python has none.
"""

import argparse
import ast
import json
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NEEDED = ["tensorstore==0.1.86", "numpy>=2"]
STUDENT = ("aux_pooled_embedder", "context_tokens", "omega_tokens", "t_min_tokens", "t_max_tokens", "time_tokens")


def with_packages():
    """Runs this again with a Python that has what is needed."""
    try:
        import tensorstore  # noqa: F401
        return
    except ImportError:
        pass
    folder = ROOT / "build" / "convert"
    python = folder / "bin" / "python"
    if Path(sys.prefix).resolve() == folder.resolve():
        raise SystemExit(f"convert_minit2i: {folder}: tensorstore cannot be loaded")
    if not python.exists():
        print(f"convert_minit2i: making {folder}", file=sys.stderr, flush=True)
        venv.create(folder, with_pip=True, clear=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", *NEEDED], check=True)
    os.execv(python, [str(python), *sys.argv])


def checkpoint_in(folder):
    for place in (folder, folder / "checkpoint"):
        if (place / "manifest.ocdbt").exists():
            return place
    raise SystemExit(f"convert_minit2i: {folder}: expected manifest.ocdbt there or in checkpoint/, found none")


def leaves_of(folder):
    """The network's leaves: path within it -> whole path. Of raw weights, not the teacher's."""
    tree = json.loads((folder / "_METADATA").read_text())["tree_metadata"]
    paths = [ast.literal_eval(key) for key in tree]
    for root in (("params", "net"), ("net",), ("params",), ()):
        if root + ("txt_embedder", "_flax_linear", "kernel") in paths:
            inside = [path for path in paths if path[:len(root)] == root]
            return {path[len(root):]: path for path in inside}
    raise SystemExit(f"convert_minit2i: {folder}: expected a network of MiniT2I under params/net, found none")


def array_of(folder, path):
    import tensorstore
    kvstore = {"driver": "ocdbt", "base": f"file://{folder.resolve()}", "path": ".".join(path) + "/"}
    return tensorstore.open({"driver": "zarr", "kvstore": kvstore}, read=True, open=True).result().read().result()


def ours(path, array):
    """A leaf by our name and in our order of axes."""
    import numpy
    parts = [part.removeprefix("layers_") for part in path if part not in ("_flax_linear", "_flax_rmsnorm")]
    parts = [part for part in parts if part not in ("_flax_param", "param_tensor")]
    if parts[-1] == "kernel":
        parts[-1] = "weight"
        if array.ndim == 2:
            array = array.T  # [in, out]
        elif array.ndim == 4:
            array = array.transpose(3, 2, 0, 1)  # [height, width, in, out]
    return ".".join(parts), numpy.ascontiguousarray(array, dtype=numpy.float32)


def config_of(tensors, args):
    hidden, text = tensors["txt_embedder.weight"].shape
    bottleneck, channels, patch, _ = tensors["img_embedder.proj1.weight"].shape
    head = tensors["double_blocks.0.q_norm.weight"].shape[0]
    inner = tensors["double_blocks.0.img_qkv.weight"].shape[0] // 3
    wide = tensors["double_blocks.0.img_mlp.w1.weight"].shape[0]
    ratio = next((known for known in (2.6667, 2.7) if (int(hidden * known) + 7) // 8 * 8 == wide), wide / hidden)

    def depth(name):
        return 1 + max((int(key.split(".")[1]) for key in tensors if key.startswith(name + ".")), default=-1)

    student = "time_tokens" in tensors
    config = {
        "cfg_channels": channels, "cfg_interval": [0.0, 1.0], "cond_vec_size": hidden, "depth_double": depth("double_blocks"),
        "head_dim": head, "hidden_size": hidden, "image_size": args.image_size, "in_channels": channels, "llm": args.llm,
        "mlp_ratio": ratio, "n_T": args.steps or (4 if student else 100), "num_heads": inner // head, "patch_size": patch,
        "pca_channels": bottleneck, "prediction": "x", "prompt_length": args.prompt_length,
        "sampler": "mean_flow" if student else "euler", "txt_hidden_size": hidden, "txt_input_size": text,
        "txt_preamble_depth": depth("txt_preamble_blocks")}
    if student:
        missing = [name for name in STUDENT if not any(key.split(".")[0] == name for key in tensors)]
        if missing:
            raise SystemExit(f"convert_minit2i: expected a student's {', '.join(missing)}, found none")
        config |= {"num_context_tokens": tensors["context_tokens"].shape[1], "num_cfg_tokens": tensors["omega_tokens"].shape[1],
                   "num_interval_tokens": tensors["t_min_tokens"].shape[1], "num_time_tokens": tensors["time_tokens"].shape[1],
                   "omega": args.omega, "t_min": args.t_min, "t_max": args.t_max, "noise_scale": 2.0}
    return config


def write_weights(tensors, path):
    import numpy

    def bits_of(array):
        return array.view(numpy.uint32)

    exact = all((bits_of(array) & 0xFFFF == 0).all() for array in tensors.values())
    header, at = {"__metadata__": {"format": "pt"}}, 0
    for name in sorted(tensors):
        size = tensors[name].size * (2 if exact else 4)
        header[f"model.net.{name}"] = {"dtype": "BF16" if exact else "F32", "shape": list(tensors[name].shape),
                                       "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name in sorted(tensors):
            array = tensors[name]
            file.write(((bits_of(array) >> 16).astype("<u2") if exact else array.astype("<f4")).tobytes())
    return "bf16" if exact else "fp32"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("out", type=Path, help="a new folder")
    parser.add_argument("--image-size", type=int, default=512, help="side of its pictures in pixels")
    parser.add_argument("--prompt-length", type=int, default=256, help="tokens of a prompt")
    parser.add_argument("--llm", default="google/flan-t5-large", help="whose encoder reads the prompts")
    parser.add_argument("--steps", type=int, help="usual denoising steps (4 of a student, else 100)")
    parser.add_argument("--omega", type=float, default=12.0, help="usual guidance scale of a student")
    parser.add_argument("--t-min", type=float, default=0.2, help="the noise levels that it is told to guide from ...")
    parser.add_argument("--t-max", type=float, default=0.8, help="... and to")
    args = parser.parse_args()
    with_packages()
    if args.out.exists():
        raise SystemExit(f"convert_minit2i: {args.out}: expected nothing there")
    folder = checkpoint_in(args.checkpoint)
    tensors = dict(ours(path, array_of(folder, whole)) for path, whole in leaves_of(folder).items())
    config = config_of(tensors, args)
    made = args.out.with_name(args.out.name + ".part")
    (made / "transformer").mkdir(parents=True)
    (made / "scheduler").mkdir()
    (made / "transformer" / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    (made / "scheduler" / "scheduler_config.json").write_text(json.dumps({"num_inference_steps": config["n_T"]}, indent=2) + "\n")
    dtype = write_weights(tensors, made / "transformer" / "diffusion_pytorch_model.safetensors")
    made.rename(args.out)
    count = sum(array.size for array in tensors.values())
    print(f"{args.out}: {len(tensors)} tensors, {count:,} numbers in {dtype}")


if __name__ == "__main__":
    main()
