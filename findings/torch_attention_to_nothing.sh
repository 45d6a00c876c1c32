#!/usr/bin/env bash
# Attention to no key at all has three answers, by the way the mask is written.
#
# PyTorch 2.13.0 (CPU), seen 2026-11-28. Where a row of the mask leaves out every key (an empty prompt,
# padding alone), scaled_dot_product_attention gives zeros for a boolean mask and for -inf; the same with
# softmax written out gives NaN; a mask of the smallest finite number, as many models write it, gives
# the mean of all values, those of the padding included. A port that changes the spelling changes the picture
# of the empty prompt, which guidance uses in every step.
#
# Output seen:
#   boolean mask: zeros
#   -inf: zeros
#   -inf, softmax written out: nan
#   smallest finite number: mean of all values
. "$(dirname "$0")/python_with.bash"
python_with torch==2.13.0 numpy==2.4.6
"$python" - <<'P'
import torch
from torch.nn.functional import scaled_dot_product_attention

generator = torch.Generator().manual_seed(0)
query, key, value = (torch.randn(1, 1, n, 8, generator=generator) for n in (2, 4, 4))
nothing = torch.zeros(1, 1, 2, 4, dtype=torch.bool)
infinite = torch.full(nothing.shape, float("-inf"))
smallest = torch.full(nothing.shape, torch.finfo(torch.float32).min)

def named(result):
    if result.isnan().all():
        return "nan"
    if (result == 0).all():
        return "zeros"
    mean = value.mean(2, keepdim=True).expand_as(result)
    return "mean of all values" if torch.allclose(result, mean, atol=1e-6) else "something else"

written_out = torch.softmax(query @ key.transpose(-1, -2) / 8**0.5 + infinite, -1) @ value
seen = {
    "boolean mask": named(scaled_dot_product_attention(query, key, value, attn_mask=nothing)),
    "-inf": named(scaled_dot_product_attention(query, key, value, attn_mask=infinite)),
    "-inf, softmax written out": named(written_out),
    "smallest finite number": named(scaled_dot_product_attention(query, key, value, attn_mask=smallest)),
}
for what, result in seen.items():
    print(f"{what}: {result}")
assert list(seen.values()) == ["zeros", "zeros", "nan", "mean of all values"]
P
