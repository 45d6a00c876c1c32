#!/usr/bin/env bash
# The same tensors and metadata, saved again, are another file.
#
# safetensors 0.8.0, seen 2026-11-29. Tensors are put in one order, whatever the order of the dictionary; metadata
# are not: their keys are written in the random order of a hash table, within one process too. With the
# single key "format" nobody sees it; diffusers' LoRAs have two keys and kohya's dozens. Two files
# with one content so have two checksums, and a cache by checksum or a check of a reproducible training goes wrong.
#
# Output seen (64 saves of one tensor):
#   keys: format, different files: 1
#   keys: format lora_adapter_metadata, different files: 2
. "$(dirname "$0")/python_with.bash"
python_with safetensors==0.8.0 numpy==2.4.6
"$python" - <<'P'
import numpy
from safetensors.numpy import save

tensors = {"weight": numpy.ones(4, numpy.float32)}
counts = []
for keys in (["format"], ["format", "lora_adapter_metadata"]):
    metadata = dict.fromkeys(keys, "x")
    counts.append(len({save(tensors, metadata) for _ in range(64)}))
    print(f"keys: {' '.join(keys)}, different files: {counts[-1]}")
assert counts == [1, 2]
P
