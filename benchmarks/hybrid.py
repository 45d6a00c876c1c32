"""The base network of src/denoiser/hybrid.cpp in plain PyTorch, with the same names of its weights: `model.safetensors`
of a base loads into it. What somebody would write who has PyTorch alone; nothing here is faster than PyTorch is.
"""

import math

import torch
from torch import nn
from torch.nn import functional

TIME_WIDTH, TEXT_HEADS = 128, 4


def attend(query, key, value, mask, heads):
    """query [B, N, C], key and value [B, M, C], mask [B, M] true where it may be read -> [B, N, C]"""

    def apart(x):
        return x.unflatten(2, (heads, -1)).transpose(1, 2)

    read = functional.scaled_dot_product_attention(apart(query), apart(key), apart(value), attn_mask=mask[:, None, None])
    return read.transpose(1, 2).flatten(2)


class ResidualBlock(nn.Module):
    def __init__(self, width, condition_width):
        super().__init__()
        self.norm1, self.norm2 = (nn.GroupNorm(math.gcd(8, width), width) for _ in range(2))
        self.conv1, self.conv2 = (nn.Conv2d(width, width, 3, padding=1) for _ in range(2))
        self.cond = nn.Linear(condition_width, 2 * width)
        nn.init.zeros_(self.conv2.weight)
        nn.init.zeros_(self.conv2.bias)

    def forward(self, x, condition):
        scale, shift = self.cond(condition)[:, :, None, None].chunk(2, 1)
        h = self.norm2(self.conv1(functional.silu(self.norm1(x))))
        return x + self.conv2(functional.silu(h * (1 + scale) + shift))


class TextLayer(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

    def forward(self, words, mask):
        words = words + self.out(attend(*self.qkv(self.norm1(words)).chunk(3, 2), mask, TEXT_HEADS))
        return words + self.down(functional.gelu(self.up(self.norm2(words))))


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.qkv, self.text_kv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, 2 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.bias = nn.Parameter(torch.zeros(6 * width))
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.down.weight)

    def forward(self, x, words, mask, modulation):
        scale1, shift1, gate1, scale2, shift2, gate2 = (modulation + self.bias)[:, None].chunk(6, 2)
        query, key, value = self.qkv(self.norm(x) * (1 + scale1) + shift1).chunk(3, 2)
        text_key, text_value = self.text_kv(words).chunk(2, 2)
        read = attend(query, torch.cat([key, text_key], 1), torch.cat([value, text_value], 1), mask, self.heads)
        x = x + (1 + gate1) * self.out(read)
        return x + (1 + gate2) * self.down(functional.gelu(self.up(self.norm(x) * (1 + scale2) + shift2)))


class Hybrid(nn.Module):
    def __init__(self, size=64, stem=64, width=256, depth=6, heads=4, positions=8, text_width=384, text_depth=2, crop_told=False):
        super().__init__()
        if crop_told:
            raise ValueError("crop_told: expected false, got true")
        self.size, self.positions, self.text_width = size, positions, text_width
        self.time1, self.time2 = nn.Linear(TIME_WIDTH, width), nn.Linear(width, width)
        self.pooled, self.text_in = nn.Linear(text_width, width), nn.Linear(text_width, width)
        self.modulation = nn.Linear(width, 6 * width)
        nn.init.zeros_(self.modulation.weight)
        self.conv_in, self.conv_out = nn.Conv2d(12, stem, 3, padding=1), nn.Conv2d(stem, 12, 3, padding=1)
        self.to_tokens, self.to_pixels = nn.Conv2d(stem, width, 2, stride=2), nn.Linear(width, 4 * stem)
        self.residual_in, self.residual_out1, self.residual_out2 = (ResidualBlock(stem, width) for _ in range(3))
        self.text = nn.ModuleList(TextLayer(width) for _ in range(text_depth))
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(depth))
        self.norm, self.norm_out = nn.LayerNorm(width), nn.GroupNorm(math.gcd(8, stem), stem)
        self.position = nn.Parameter(torch.randn(1, positions**2, width) * 0.02)
        self.no_text = nn.Parameter(torch.randn(1, 1, width) * 0.02)

    def grid(self, side):
        """The learned positions for side x side tokens: [1, side^2, C]"""
        if side == self.positions:
            return self.position
        learned = self.position.transpose(1, 2).unflatten(2, (self.positions, self.positions))
        if side < self.positions:
            fitted = functional.adaptive_avg_pool2d(learned, side)
        else:
            fitted = functional.interpolate(learned, size=(side, side), mode="bicubic")
        return fitted.flatten(2).transpose(1, 2)

    def forward(self, noisy, t, states, mask, unconditional):
        """noisy [B, 3, S, S], t [B] 0 (noise) .. 1 (clean), states [B, T, W], mask [B, T] true for tokens, unconditional [B]
        true where the text is not read -> clean [B, 3, S, S]"""
        side = noisy.shape[2] // 4
        rates = torch.exp(torch.arange(TIME_WIDTH // 2) * (-math.log(1000) / (TIME_WIDTH // 2)))
        angles = t[:, None] * 1000 * rates
        weight = mask[..., None].to(states.dtype)
        mean = (states * weight).sum(1) / weight.sum(1).clamp(min=1)
        told = self.pooled(mean) * ~unconditional[:, None]
        time = self.time2(functional.silu(self.time1(torch.cat([angles.sin(), angles.cos()], 1))))
        condition = functional.silu(time + told)

        words = self.text_in(states)
        for layer in self.text:
            words = layer(words, mask)
        words = torch.where(unconditional[:, None, None], self.no_text.to(words.dtype), words)
        first = torch.arange(mask.shape[1]) == 0
        readable = torch.where(unconditional[:, None], first[None], mask)

        stem = self.residual_in(self.conv_in(functional.pixel_unshuffle(noisy, 2)), condition)
        x = self.to_tokens(stem).flatten(2).transpose(1, 2) + self.grid(side)
        seen = torch.cat([torch.ones(len(x), side**2, dtype=torch.bool), readable], 1)
        modulation = self.modulation(condition)
        for block in self.blocks:
            x = block(x, words, seen, modulation)
        y = functional.pixel_shuffle(self.to_pixels(self.norm(x)).transpose(1, 2).unflatten(2, (side, side)), 2)
        y = (y + stem) * 0.5**0.5
        y = self.residual_out2(self.residual_out1(y, condition), condition)
        return functional.pixel_shuffle(self.conv_out(functional.silu(self.norm_out(y))), 2)
