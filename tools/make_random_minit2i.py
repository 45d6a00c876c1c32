#!/usr/bin/env python3
"""Writes random weights under the true configurations of MiniT2I-B/16, its student and L/16, and of Flan-T5-Large's encoder.

  tools/make_random_minit2i.py b folder       or l, mf: folder/transformer, folder/scheduler, folder/text_encoder

Needs numpy. Memory and time of the published models can be measured with it, their pictures cannot. The tokenizer is the
tests' small one. Weights are bf16; a matrix's numbers are as large as keeps activations where they are.
"""

import argparse
import json
import shutil
from pathlib import Path

import numpy

ROOT = Path(__file__).resolve().parent.parent
TOKENIZER = ROOT / "tests/data/tiny-minit2i/text_encoder"
T5 = {"d_ff": 2816, "d_kv": 64, "d_model": 1024, "feed_forward_proj": "gated-gelu", "layer_norm_epsilon": 1e-06, "model_type": "t5",
      "num_heads": 16, "num_layers": 24, "relative_attention_max_distance": 128, "relative_attention_num_buckets": 32,
      "vocab_size": 32128}


def mmjit_config(name):
    large = name == "l"
    width, depth, heads, head, ratio = (1248, 23, 24, 52, 2.7) if large else (768, 17, 12, 64, 2.6667)
    config = {"cfg_channels": 3, "cfg_interval": [0.0, 1.0], "cond_vec_size": width, "depth_double": depth, "head_dim": head,
              "hidden_size": width, "image_size": 512, "in_channels": 3, "llm": "google/flan-t5-large", "mlp_ratio": ratio, "n_T": 100,
              "num_heads": heads, "patch_size": 16, "pca_channels": 128, "prediction": "x", "prompt_length": 256, "sampler": "euler",
              "txt_hidden_size": width, "txt_input_size": 1024, "txt_preamble_depth": 2}
    if name == "mf":
        config |= {"n_T": 4, "sampler": "mean_flow", "num_context_tokens": 8, "num_cfg_tokens": 4, "num_interval_tokens": 2,
                   "num_time_tokens": 4, "omega": 12.0, "t_min": 0.2, "t_max": 0.8, "noise_scale": 2.0}
    return config


def mmjit_shapes(config):
    width, text, head = config["hidden_size"], config["txt_input_size"], config["head_dim"]
    wide = (int(width * config["mlp_ratio"]) + 7) // 8 * 8
    shapes = {"img_embedder.proj1.weight": (128, 3, 16, 16), "img_embedder.proj2.weight": (width, 128, 1, 1),
              "img_embedder.proj2.bias": (width,), "txt_embedder.weight": (width, text), "mask_token": (1, 1, text),
              "final_layer.norm_final.weight": (width,), "final_layer.linear.weight": (768, width), "final_layer.linear.bias": (768,)}

    def tokens(prefix):
        return {f"{prefix}norm1.weight": (width,), f"{prefix}norm2.weight": (width,), f"{prefix}qkv.weight": (3 * width, width),
                f"{prefix}qkv.bias": (3 * width,), f"{prefix}attn_proj.weight": (width, width), f"{prefix}attn_proj.bias": (width,),
                f"{prefix}mlp.w1.weight": (wide, width), f"{prefix}mlp.w3.weight": (wide, width), f"{prefix}mlp.w2.weight": (width, wide)}

    for group, count, kinds in (("txt_preamble_blocks", config["txt_preamble_depth"], [""]),
                                ("double_blocks", config["depth_double"], ["img_", "txt_"])):
        for block in range(count):
            own = {"q_norm.weight": (head,), "k_norm.weight": (head,)}
            for kind in kinds:
                own |= tokens(kind)
            shapes |= {f"{group}.{block}.{name}": shape for name, shape in own.items()}
    if config["sampler"] == "mean_flow":
        shapes["aux_pooled_embedder.weight"] = (width, text)
        for name, count in (("context", 8), ("omega", 4), ("t_min", 2), ("t_max", 2), ("time", 4)):
            shapes[f"{name}_tokens"] = (1, count, width)
        for name in ("omega", "t_min", "t_max", "h"):
            shapes |= {f"{name}_embedder.mlp.0.weight": (width, 256), f"{name}_embedder.mlp.0.bias": (width,),
                       f"{name}_embedder.mlp.2.weight": (width, width), f"{name}_embedder.mlp.2.bias": (width,)}
    return {f"model.net.{name}": shape for name, shape in shapes.items()}


def t5_shapes():
    width, inner, wide = T5["d_model"], T5["num_heads"] * T5["d_kv"], T5["d_ff"]
    attention = "encoder.block.{}.layer.0."
    shapes = {"shared.weight": (T5["vocab_size"], width), "encoder.final_layer_norm.weight": (width,),
              attention.format(0) + "SelfAttention.relative_attention_bias.weight": (32, T5["num_heads"])}
    for block in range(T5["num_layers"]):
        first, second = attention.format(block), f"encoder.block.{block}.layer.1."
        shapes |= {f"{first}SelfAttention.{name}.weight": (inner, width) for name in "qkv"}
        shapes |= {f"{first}SelfAttention.o.weight": (width, inner), f"{first}layer_norm.weight": (width,),
                   f"{second}layer_norm.weight": (width,), f"{second}DenseReluDense.wo.weight": (width, wide)}
        shapes |= {f"{second}DenseReluDense.wi_{part}.weight": (wide, width) for part in (0, 1)}
    return shapes


def numbers(name, shape, generator):
    """bf16 as its upper half of a float's bits."""
    if name.endswith("norm.weight") or "norm1" in name or "norm2" in name or "norm_final" in name:
        values = 1 + 0.1 * generator.standard_normal(shape, numpy.float32)
    elif name.endswith("bias") or len(shape) == 1:
        values = 0.02 * generator.standard_normal(shape, numpy.float32)
    elif "tokens" in name or "mask_token" in name or "shared" in name:
        values = generator.standard_normal(shape, numpy.float32)
    else:
        fan_in = float(numpy.prod(shape[1:]))
        gain = 0.5 if name.split(".")[-2] in ("attn_proj", "w2", "o", "wo") else 1.0
        if name.split(".")[-2] == "q":
            gain = 64 ** -0.5  # T5 does not scale its scores
        values = gain * fan_in ** -0.5 * generator.standard_normal(shape, numpy.float32)
    return (values.view(numpy.uint32) >> 16).astype("<u2")


def write(shapes, path):
    generator = numpy.random.default_rng(1)
    header, at = {"__metadata__": {"format": "pt"}}, 0
    for name, shape in shapes.items():
        size = 2 * int(numpy.prod(shape))
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name, shape in shapes.items():
            file.write(numbers(name, shape, generator).tobytes())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=["b", "l", "mf"])
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    config = mmjit_config(args.name)
    for part in ("transformer", "scheduler", "text_encoder"):
        (args.out / part).mkdir(parents=True, exist_ok=True)
    (args.out / "transformer/config.json").write_text(json.dumps(config, indent=2) + "\n")
    (args.out / "scheduler/scheduler_config.json").write_text(json.dumps({"num_inference_steps": config["n_T"]}) + "\n")
    write(mmjit_shapes(config), args.out / "transformer/diffusion_pytorch_model.safetensors")
    (args.out / "text_encoder/config.json").write_text(json.dumps(T5, indent=2) + "\n")
    write(t5_shapes(), args.out / "text_encoder/model.safetensors")
    for name in ("spiece.model", "tokenizer.json", "tokenizer_config.json"):
        shutil.copy(TOKENIZER / name, args.out / "text_encoder" / name)


if __name__ == "__main__":
    main()
