"""MiniT2I's network MM-JiT in plain PyTorch: what somebody would write who has PyTorch alone, its attention fused.

Modules are named as the published tensors are (but for img_ and txt_, which are modules here). minit2i_check.py holds it against
numbers of the reference, minit2i_peer.py times it.
"""

import json
import re
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

EPSILON = 1e-6
VELOCITY_FLOOR = 0.05  # of the published sampler: a step goes no faster than if so much were left of the way
UNUSED = ("t_embedder.", "pooled_embedder.")  # published, but read by no layer
TIME_WIDTH = 256


def halves(angles):
    """Cosines and sines of angles [N, d / 2] as rotate() takes them."""
    return torch.stack([angles.cos(), angles.sin()])


def rotate(x, rotation):
    """x [B, H, N, d], whose element j is turned with element j + d / 2."""
    (cos, sin), (first, second) = rotation, x.chunk(2, -1)
    return torch.cat([first * cos - second * sin, second * cos + first * sin], -1)


class Mlp(nn.Module):
    def __init__(self, width, ratio):
        super().__init__()
        hidden = (int(width * ratio) + 7) // 8 * 8
        self.w1, self.w2, self.w3 = (nn.Linear(*shape, bias=False) for shape in ((width, hidden), (hidden, width), (width, hidden)))

    def forward(self, x):
        return self.w2(functional.silu(self.w1(x)) * self.w3(x))


class Stream(nn.Module):
    """What a block does to one kind of tokens: all but the attention itself."""

    def __init__(self, config):
        super().__init__()
        width, inner = config["hidden_size"], config["num_heads"] * config["head_dim"]
        self.head_dim = config["head_dim"]
        self.norm1, self.norm2 = nn.RMSNorm(width, EPSILON), nn.RMSNorm(width, EPSILON)
        self.qkv, self.attn_proj = nn.Linear(width, 3 * inner), nn.Linear(inner, width)
        self.mlp = Mlp(width, config["mlp_ratio"])

    def heads(self, x):
        """Query, key and value, each [B, H, N, d]."""
        return self.qkv(self.norm1(x)).unflatten(2, (3, -1, self.head_dim)).permute(2, 0, 3, 1, 4).unbind()

    def after(self, x, read):
        x = x + self.attn_proj(read)
        return x + self.mlp(self.norm2(x))


class Attention(nn.Module):
    """A block's attention: the norms of its queries and keys, which all streams share."""

    def __init__(self, config):
        super().__init__()
        self.q_norm, self.k_norm = (nn.RMSNorm(config["head_dim"], EPSILON) for _ in range(2))

    def attend(self, query, key, value, rotation):
        """-> [B, N, H * d]"""
        query, key = rotate(self.q_norm(query), rotation), rotate(self.k_norm(key), rotation)
        return functional.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2)


class PreambleBlock(Attention):
    def __init__(self, config):
        super().__init__(config)
        self.txt = Stream(config)

    def forward(self, text, rotation):
        return self.txt.after(text, self.attend(*self.txt.heads(text), rotation))


class DoubleBlock(Attention):
    def __init__(self, config):
        super().__init__(config)
        self.img, self.txt = Stream(config), Stream(config)

    def forward(self, text, picture, rotation):
        both = [torch.cat(pair, 2) for pair in zip(self.txt.heads(text), self.img.heads(picture))]
        of_text, of_picture = self.attend(*both, rotation).split([text.shape[1], picture.shape[1]], 1)
        return self.txt.after(text, of_text), self.img.after(picture, of_picture)


class PictureEmbedder(nn.Module):
    def __init__(self, config):
        super().__init__()
        patch = config["patch_size"]
        self.proj1 = nn.Conv2d(3, config["pca_channels"], patch, patch, bias=False)
        self.proj2 = nn.Conv2d(config["pca_channels"], config["hidden_size"], 1)

    def forward(self, picture):
        return self.proj2(self.proj1(picture)).flatten(2).transpose(1, 2)


class FinalLayer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.norm_final = nn.RMSNorm(config["hidden_size"], EPSILON)
        self.linear = nn.Linear(config["hidden_size"], 3 * config["patch_size"] ** 2)

    def forward(self, x):
        return self.linear(self.norm_final(x))


class MmJit(nn.Module):
    """Reads a text once (read), answers at each step (forward)."""

    prefix_tokens = 0
    recompute = False  # whether the backward pass computes blocks again

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.patch, self.side = config["patch_size"], config["image_size"] // config["patch_size"]
        self.img_embedder, self.final_layer = PictureEmbedder(config), FinalLayer(config)
        self.txt_embedder = nn.Linear(config["txt_input_size"], config["hidden_size"], bias=False)
        self.mask_token = nn.Parameter(torch.zeros(1, 1, config["txt_input_size"]))
        self.txt_preamble_blocks = nn.ModuleList(PreambleBlock(config) for _ in range(config["txt_preamble_depth"]))
        self.double_blocks = nn.ModuleList(DoubleBlock(config) for _ in range(config["depth_double"]))
        self.register_buffer("positions", self.position_table(), persistent=False)
        of_text = self.text_angles()
        unturned = torch.cat([torch.zeros_like(of_text[:self.prefix_tokens]), of_text[self.prefix_tokens:]])
        self.register_buffer("of_text", halves(of_text), persistent=False)
        self.register_buffer("of_both", halves(torch.cat([unturned, self.picture_angles()])), persistent=False)

    def grid(self, rates):
        """Angles of the rows and of the columns of all picture tokens: two of [side^2, len(rates)]"""
        angles = torch.arange(self.side)[:, None] * rates
        return angles.repeat_interleave(self.side, 0), angles.repeat(self.side, 1)

    def position_table(self):
        quarter = self.config["hidden_size"] // 4
        rows, columns = self.grid(10000 ** (-torch.arange(quarter) / quarter))
        return torch.cat([columns.sin(), columns.cos(), rows.sin(), rows.cos()], 1)

    def text_angles(self):
        width = self.config["head_dim"]
        count = self.prefix_tokens + self.config["prompt_length"]
        return torch.arange(count)[:, None] * 10000 ** (-torch.arange(0, width, 2) / width)

    def picture_angles(self):
        half = self.config["head_dim"] // 2
        return torch.cat(self.grid(10000 ** (-torch.arange(0, half, 2) / half)), 1)

    def run(self, block, *inputs):
        if self.recompute and torch.is_grad_enabled():
            return checkpoint(block, *inputs, use_reentrant=False)
        return block(*inputs)

    def embedded(self, states):
        """states [B, T, W], positions without text filled with the mask token -> [B, T, D]"""
        return self.txt_embedder(states)

    def read(self, states, mask, *told):
        """states [B, T, W], mask [B, T] true where there is text -> what the steps read of it [B, T, D]"""
        text = self.embedded(torch.where(mask[..., None], states, self.mask_token.to(states.dtype)), *told)
        for block in self.txt_preamble_blocks:
            text = self.run(block, text, self.of_text)
        return text

    def forward(self, noisy, text):
        """noisy [B, 3, S, S], text of read() -> the clean picture [B, 3, S, S]"""
        picture = self.img_embedder(noisy) + self.positions
        for block in self.double_blocks:
            text, picture = self.run(block, text, picture, self.of_both)
        pixels = self.final_layer(picture).unflatten(2, (self.patch, self.patch, 3)).unflatten(1, (self.side, self.side))
        return pixels.permute(0, 5, 1, 3, 2, 4).flatten(4, 5).flatten(2, 3)


class ScalarEmbedder(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(TIME_WIDTH, width), nn.SiLU(), nn.Linear(width, width))

    def forward(self, number):
        angles = number * 10000 ** (-torch.arange(TIME_WIDTH // 2) / (TIME_WIDTH // 2))
        return self.mlp(torch.cat([angles.cos(), angles.sin()]).to(self.mlp[0].weight.dtype))


class Student(MmJit):
    """The four-step student: tokens before the text tell it the guidance, where that holds, and the length of a step."""

    NUMBERS = ("omega", "t_min", "t_max", "time")

    def __init__(self, config):
        counts = {"context": config["num_context_tokens"], "omega": config["num_cfg_tokens"], "t_min": config["num_interval_tokens"],
                  "t_max": config["num_interval_tokens"], "time": config["num_time_tokens"]}
        self.prefix_tokens = sum(counts.values())
        super().__init__(config)
        width = config["hidden_size"]
        self.aux_pooled_embedder = nn.Linear(config["txt_input_size"], width, bias=False)
        for name, count in counts.items():
            self.register_parameter(f"{name}_tokens", nn.Parameter(torch.zeros(1, count, width)))
        self.omega_embedder, self.t_min_embedder, self.t_max_embedder, self.h_embedder = (ScalarEmbedder(width) for _ in range(4))

    def prefix(self, states, omega, t_min, t_max, step):
        """-> [B, prefix_tokens, D]"""
        told = [self.omega_embedder(1 - 1 / omega), self.t_min_embedder(t_min), self.t_max_embedder(t_max), self.h_embedder(step)]
        groups = [self.context_tokens + self.aux_pooled_embedder(states.mean(1, keepdim=True))]
        for name, embedded in zip(self.NUMBERS, told):
            groups.append((getattr(self, f"{name}_tokens") + embedded).expand(len(states), -1, -1))
        return torch.cat(groups, 1)

    def embedded(self, states, *told):
        return torch.cat([self.prefix(states, *told), super().embedded(states)], 1)


def tensor_name(published):
    """A published tensor's name as the modules here have it."""
    name = re.sub(r"\.(img|txt)_(norm|qkv|attn|mlp)", r".\1.\2", published.removeprefix("model.net."))
    return re.sub(r"^(txt_preamble_blocks\.\d+)\.(norm|qkv|attn|mlp)", r"\1.txt.\2", name)


def load(folder, dtype):
    """The network of a model's folder; no weights but those of the file are ever held."""
    from accelerate import init_empty_weights
    from safetensors.torch import load_file

    folder = Path(folder) / "transformer"
    config = json.loads((folder / "config.json").read_text())
    with init_empty_weights():
        network = (Student if is_student(config) else MmJit)(config)
    tensors = {tensor_name(name): tensor.to(dtype) for name, tensor in load_file(folder / "diffusion_pytorch_model.safetensors").items()}
    network.load_state_dict({name: tensor for name, tensor in tensors.items() if not name.startswith(UNUSED)}, assign=True)
    return network.eval().to(dtype)


def is_student(config):
    return config["sampler"] == "mean_flow"
