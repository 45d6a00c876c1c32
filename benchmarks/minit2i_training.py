"""Our side of the training that `benchmarks/compare --minit2i` times: `imagine train` on made-up pictures."""

import json
import random
import struct
import tarfile
import zlib
from io import BytesIO

import commands

CHANGED = ["qkv", "attn_proj", "mlp"]  # parts of the names of the layers that minit2i_peer.py changes
PICTURES = 8


def png(side, seed):
    """Blocks of colour, so that reading it takes what a picture takes and its file is small."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    generator = random.Random(seed)
    rows = [b"".join(generator.randbytes(3) * 16 for _ in range(side // 16)) for _ in range(side // 16)]
    data = b"".join((b"\0" + row) * 16 for row in rows)
    header = struct.pack(">2I5B", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def write_pictures(folder, side):
    """Pictures with captions as `imagine dataset` leaves them: their captions are encoded before the training begins, as the peer's are."""
    folder.mkdir()
    for split in ("train", "heldout"):
        with tarfile.open(folder / f"{split}-{side}-blocks-00000.tar", "w") as tar:
            for number in range(PICTURES):
                caption = {"text": f"blocks of colour, number {number}", "language": "en"}
                told = json.dumps({"key": f"{number}", "domain": "blocks", "captions": [caption], "facts": {}, "held_out": split != "train"}).encode()
                for ending, data in (("png", png(side, number)), ("json", told)):
                    entry = tarfile.TarInfo(f"{number:09}.{ending}")
                    entry.size = len(data)
                    tar.addfile(entry, BytesIO(data))


def config_of(model, pictures, rank):
    """One picture an update, low-rank changes to the linear layers of MiniT2I's blocks."""
    network = json.loads((model / "transformer" / "config.json").read_text())
    return {"stage": "minit2i", "start_from": str(model), "text_encoder": str(model / "text_encoder"),
            "shards": str(pictures), "shard_size": network["image_size"], "lora": {"rank": rank, "targets": CHANGED},
            "optimizer": {"kind": "adamw"},
            "phases": [{"resolution": network["image_size"], "batch": 1, "learning_rate": 1e-4, "final_learning_rate": 1e-4}]}


def trained(program, config, folder, threads):
    """Seconds of a whole run, by its log, and the MB of its process. commands.Failed where it ends early."""
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config | {"out": str(folder / "run")}))
    # Threads that wait sleep, as `./imagine` lets them where it trains.
    _, _, mb = commands.whole([program, "train", folder / "config.json"], OMP_NUM_THREADS=str(threads), OMP_WAIT_POLICY="passive")
    last = (folder / "run" / "log.jsonl").read_text().splitlines()[-1]
    return json.loads(last)["seconds"], mb


def seconds_an_update(run, config, counts):
    """Seconds of an update and MB, by two runs of so many updates: what both do once is not in it. run(config) as trained()."""
    (phase,) = config["phases"]
    few, many = (run(config | {"phases": [phase | {"views": count * phase["batch"]}]}) for count in counts)
    return (many[0] - few[0]) / (counts[1] - counts[0]), max(few[1], many[1])
