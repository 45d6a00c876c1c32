#!/usr/bin/env bash
# Of a T5 folder's tokenizer.json, transformers 5 reads the vocabulary and makes up the rest.
#
# transformers 5.24.0 with tokenizers 0.23.3, seen 2026-11-28. Where tokenizer_config.json names T5Tokenizer,
# AutoTokenizer takes the pieces (and sentencepiece's table of characters, if there is one) from the file and
# builds the normalizer and the pre-tokenizer anew: text is no longer lower-cased, and a word behind a
# sentinel gets a space (legacy=False of transformers 4 no longer counts). tokenizers and transformers 4.57.1
# follow the file. Saving the folder again writes the made-up parts into it.
#
# Output seen:
#   a fox: ['▁a', '▁fox'] by tokenizers, ['▁a', '▁fox'] by transformers
#   A FOX: ['▁a', '▁fox'] by tokenizers, ['▁A', '▁FOX'] by transformers
#   a<extra_id_0>fox: ['▁a', '<extra_id_0>', 'fox'] by tokenizers, ['▁a', '<extra_id_0>', '▁fox'] by transformers
. "$(dirname "$0")/python_with.bash"
python_with transformers==5.24.0 tokenizers==0.23.3
HF_HUB_OFFLINE=1 "$python" - "$folder" <<'P' 2>/dev/null
import json
import sys
from pathlib import Path

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from transformers import AutoTokenizer

folder = Path(sys.argv[1]) / "t5"
folder.mkdir()
pieces = ["<pad>", "</s>", "<unk>", "▁a", "▁fox", "fox"] + [f"<extra_id_{i}>" for i in range(99, -1, -1)]
tokenizer = Tokenizer(models.Unigram([(piece, -1.0) for piece in pieces], unk_id=2))
tokenizer.normalizer = normalizers.Lowercase()
tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
tokenizer.add_special_tokens(["<extra_id_0>"])
tokenizer.save(str(folder / "tokenizer.json"))
(folder / "config.json").write_text(json.dumps({"model_type": "t5"}))
(folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "T5Tokenizer", "legacy": False}))

by_auto = AutoTokenizer.from_pretrained(folder)
seen = []
for text in ("a fox", "A FOX", "a<extra_id_0>fox"):
    ends = tokenizer.encode(text).tokens, by_auto.tokenize(text)
    print(f"{text}: {ends[0]} by tokenizers, {ends[1]} by transformers")
    seen.append(ends[0] == ends[1])
assert seen == [True, False, False]
P
