#!/usr/bin/env bash
# Of U+0085, transformers makes a space and sentencepiece an unknown letter.
#
# transformers 5.24.0 with tokenizers 0.23.3, sentencepiece 0.2.3, seen 2026-11-29. The tables of characters that T5 models carry
# (nmt_nfkc) turn the other kinds of space into one, but not U+0085 (next line). tokenizers cuts at it all the same, as Rust counts
# it as white space, and drops it. sentencepiece keeps it, and the word behind it loses the mark of its beginning and falls
# into pieces. It is not rare: "..." as one character in Windows-1252 is U+0085 where it was read as Latin-1.
#
# Output seen:
#   U+0020: ['▁a', '▁fox'] by sentencepiece, ['▁a', '▁fox'] by transformers
#   U+00A0: ['▁a', '▁fox'] by sentencepiece, ['▁a', '▁fox'] by transformers
#   U+2028: ['▁a', '▁fox'] by sentencepiece, ['▁a', '▁fox'] by transformers
#   U+0085: ['▁a', '\x85', 'f', 'o', 'x'] by sentencepiece, ['▁a', '▁fox'] by transformers
. "$(dirname "$0")/python_with.bash"
python_with transformers==5.24.0 tokenizers==0.23.3 sentencepiece==0.2.3 protobuf==7.36.2
HF_HUB_OFFLINE=1 "$python" - "$folder" <<'P' 2>/dev/null
import io
import json
import sys
from pathlib import Path

import sentencepiece
from transformers import AutoTokenizer

folder = Path(sys.argv[1]) / "t5"
folder.mkdir()
model = io.BytesIO()
sentencepiece.SentencePieceTrainer.train(
    sentence_iterator=iter(["a fox and a dog", "the quick brown fox", "a photo of a cat"] * 50),
    model_writer=model,
    vocab_size=60,
    hard_vocab_limit=False,
    normalization_rule_name="nmt_nfkc",
    pad_id=0,
    eos_id=1,
    unk_id=2,
    bos_id=-1,
)
(folder / "spiece.model").write_bytes(model.getvalue())
(folder / "config.json").write_text(json.dumps({"model_type": "t5"}))
(folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "T5Tokenizer"}))
processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
tokenizer = AutoTokenizer.from_pretrained(folder)
seen = []
for character in " \u00a0\u2028\u0085":
    text = f"a{character}fox"
    ends = processor.encode(text, out_type=str), tokenizer.tokenize(text)
    print(f"U+{ord(character):04X}: {ends[0]} by sentencepiece, {ends[1]} by transformers")
    seen.append(ends[0] == ends[1])
assert seen == [True, True, True, False]
P
