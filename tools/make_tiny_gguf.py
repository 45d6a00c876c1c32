#!/usr/bin/env python3
"""Makes tests/data/t5-weights: one T5's encoder as other programs store it, and what it computes.

Usage: make_tiny_gguf.py OUT. Needs gguf 0.19.0, sentencepiece 0.2.3, transformers 5.24.0, torch 2.13.0, safetensors 0.8.0.

A network of two layers, wide enough for blocks of 32 numbers, with the distances that all published T5s have, and a vocabulary of
its own. GGUF files carry the names and metadata that llama.cpp's converter writes for the architecture t5encoder, ComfyUI's
files the names of its text encoders. expected.safetensors holds the states for one prompt's tokens: of the weights as they are,
and of each file's as the public packages read them (gguf's dequantize, torch's float8).
"""

import io
import json
import sys
from pathlib import Path

import gguf
import numpy as np
import sentencepiece
import torch
from gguf import GGMLQuantizationType as Q
from safetensors.torch import save_file
from sentencepiece import sentencepiece_model_pb2
from transformers import T5Config, T5EncoderModel

SIZES = dict(vocab_size=160, d_model=32, d_kv=8, d_ff=32, num_layers=2, num_heads=2)
TOKENS = [[3, 9, 123, 17, 51, 64, 1, 0, 0]]
NAMES = {
    "shared": "token_embd", "encoder.final_layer_norm": "enc.output_norm", "encoder.block": "enc.blk",
    "layer.0.SelfAttention.relative_attention_bias": "attn_rel_b", "layer.0.SelfAttention.q": "attn_q",
    "layer.0.SelfAttention.k": "attn_k", "layer.0.SelfAttention.v": "attn_v", "layer.0.SelfAttention.o": "attn_o",
    "layer.0.layer_norm": "attn_norm", "layer.1.layer_norm": "ffn_norm", "layer.1.DenseReluDense.wi_0": "ffn_gate",
    "layer.1.DenseReluDense.wi_1": "ffn_up", "layer.1.DenseReluDense.wi": "ffn_up", "layer.1.DenseReluDense.wo": "ffn_down"}


def network(gated):
    torch.manual_seed(17 + gated)
    config = T5Config(**SIZES, feed_forward_proj="gated-gelu" if gated else "relu", dropout_rate=0.0, layer_norm_epsilon=1e-6)
    model = T5EncoderModel(config).eval()
    for parameter in model.parameters():  # norms too: fresh ones are all 1
        parameter.data += 0.05 * torch.randn_like(parameter)
    return model


def weights_of(model):
    """By Hugging Face's names, the table of words once."""
    return {name: tensor for name, tensor in model.state_dict().items() if name != "encoder.embed_tokens.weight"}


def gguf_name(name):
    for theirs, ours in NAMES.items():
        name = name.replace(theirs + ".", ours + ".")
    return name


def kind_of(tensor, wanted):
    """As llama.cpp's converter chooses: vectors stay F32, and so does what makes no whole blocks."""
    whole = tensor.ndim >= 2 and tensor.shape[-1] % gguf.GGML_QUANT_SIZES[wanted][0] == 0
    return wanted if whole else Q.F32


def add_tokenizer(writer, vocabulary, rows):
    """As llama.cpp's converter does: padded to the rows of the table of words."""
    model = sentencepiece_model_pb2.ModelProto.FromString(vocabulary.read_bytes())
    padding = range(len(model.pieces), rows)
    writer.add_tokenizer_model("t5")
    writer.add_token_list([piece.piece for piece in model.pieces] + [f"[PAD{i}]" for i in padding])
    writer.add_token_scores([piece.score for piece in model.pieces] + [-10000.0 for _ in padding])
    writer.add_token_types([piece.type for piece in model.pieces] + [gguf.TokenType.UNUSED for _ in padding])
    writer.add_add_space_prefix(model.normalizer_spec.add_dummy_prefix)
    writer.add_remove_extra_whitespaces(model.normalizer_spec.remove_extra_whitespaces)
    if model.normalizer_spec.precompiled_charsmap:
        writer.add_precompiled_charsmap(model.normalizer_spec.precompiled_charsmap)


def write_gguf(path, model, wanted, architecture="t5encoder", vocabulary=None):
    """Returns the weights as the package reads them back."""
    writer = gguf.GGUFWriter(path, architecture)
    config = model.config
    writer.add_context_length(512)
    writer.add_embedding_length(config.d_model)
    writer.add_feed_forward_length(config.d_ff)
    writer.add_block_count(config.num_layers)
    writer.add_head_count(config.num_heads)
    writer.add_key_length(config.d_kv)
    writer.add_value_length(config.d_kv)
    writer.add_layer_norm_eps(config.layer_norm_epsilon)
    writer.add_relative_attn_buckets_count(config.relative_attention_num_buckets)
    writer.add_layer_norm_rms_eps(config.layer_norm_epsilon)
    if vocabulary:
        add_tokenizer(writer, vocabulary, config.vocab_size)
    read = {}
    for name, tensor in weights_of(model).items():
        values = tensor.float().numpy()
        kind = kind_of(values, wanted)
        stored = gguf.quantize(values, kind)
        writer.add_tensor(gguf_name(name), stored, raw_dtype=kind)
        read[name] = torch.from_numpy(np.array(gguf.dequantize(stored, kind), np.float32)).reshape(tensor.shape)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return read


def is_matrix(name, tensor):
    return tensor.ndim == 2 and "SelfAttention.relative" not in name and name != "shared.weight"


def write_float8(path, model, dtype, scaled=None):
    """ComfyUI's: plain F8, or with scales in the older ("scale_weight") or the newer way ("comfy_quant")."""
    stored, read = {}, {}
    for name, tensor in weights_of(model).items():
        layer = name.removesuffix(".weight")
        if scaled is None:
            stored[name] = tensor.to(dtype)
            read[name] = stored[name].float()
        elif not is_matrix(name, tensor):
            stored[name] = tensor.half()
            read[name] = stored[name].float()
        else:
            scale = tensor.abs().max().float() / torch.finfo(dtype).max
            stored[name] = (tensor / scale).to(dtype)
            read[name] = stored[name].float() * scale
            if scaled == "older":
                stored[f"{layer}.scale_weight"] = scale.reshape(1)
                stored[f"{layer}.scale_input"] = torch.ones(1)
            else:
                stored[f"{layer}.weight_scale"] = scale
                stored[f"{layer}.input_scale"] = torch.ones(())
                stored[f"{layer}.comfy_quant"] = torch.tensor(list(b'{"format": "float8_e4m3fn"}'), dtype=torch.uint8)
    if scaled == "older":
        stored["scaled_fp8"] = torch.zeros(2, dtype=dtype)
    save_file({name: tensor.contiguous() for name, tensor in stored.items()}, path, metadata={"format": "pt"})
    return read


def write_vocabulary(path):
    words = ["a red cube", "the green cone", "a small blue ball", "left of", "two cats on a mat", "quick brown fox"]
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(words * 8), model_writer=model, model_type="unigram", vocab_size=48, hard_vocab_limit=False,
        normalization_rule_name="identity", pad_id=0, eos_id=1, unk_id=2, bos_id=-1, minloglevel=2)
    path.write_bytes(model.getvalue())


def states_of(model, weights):
    model = T5EncoderModel(model.config).eval()
    model.load_state_dict({**weights, "encoder.embed_tokens.weight": weights["shared.weight"]})
    ids = torch.tensor(TOKENS)
    return model(input_ids=ids, attention_mask=(ids != 0).long()).last_hidden_state


@torch.no_grad()
def main():
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    gated, plain = network(True), network(False)
    expected = {"ids": torch.tensor(TOKENS), "f32": states_of(gated, weights_of(gated))}
    save_file({name: tensor.contiguous() for name, tensor in weights_of(gated).items()}, out / "f32.safetensors")
    write_gguf(out / "f32.gguf", gated, Q.F32)
    write_vocabulary(out / "spiece.model")
    for kind in ("F16", "BF16", "Q8_0"):
        vocabulary = out / "spiece.model" if kind == "Q8_0" else None
        expected[kind.lower()] = states_of(gated, write_gguf(out / f"{kind.lower()}.gguf", gated, Q[kind], vocabulary=vocabulary))
    expected["t5-1.0"] = states_of(plain, write_gguf(out / "t5-1.0.gguf", plain, Q.F16, "t5"))
    write_gguf(out / "q4_1.gguf", gated, Q.Q4_1)
    e4m3, e5m2 = torch.float8_e4m3fn, torch.float8_e5m2
    expected["e5m2"] = states_of(gated, write_float8(out / "e5m2.safetensors", gated, e5m2))
    expected["older"] = states_of(gated, write_float8(out / "older.safetensors", gated, e4m3, "older"))
    expected["newer"] = states_of(gated, write_float8(out / "newer.safetensors", gated, e4m3, "newer"))
    codes = torch.arange(256, dtype=torch.uint8)
    expected["codes.e4m3"], expected["codes.e5m2"] = codes.view(e4m3).float(), codes.view(e5m2).float()
    save_file({name: tensor.contiguous() for name, tensor in expected.items()}, out / "expected.safetensors")
    gated.config.architectures = ["T5EncoderModel"]
    (out / "config.json").write_text(json.dumps(gated.config.to_dict(), indent=1) + "\n")
    for file in out.iterdir():
        file.chmod(0o644)


if __name__ == "__main__":
    main()
