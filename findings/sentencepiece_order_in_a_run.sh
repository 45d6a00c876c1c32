#!/usr/bin/env bash
# The pieces of a run of one character come in another order from another version.
#
# sentencepiece 0.1.99 and 0.2.3, tokenizers 0.23.3, seen 2026-11-28. "00000" as "0", "00" and "00" has the
# same score in every order, whatever the scores of the pieces are. The last bit of the sums decides, and
# there the three differ. So one Unigram model (T5's kind) may give a text with "100000" or "!!!!!" other ids:
# prompts that one encoded for training and another encodes for drawing, or a list of expected ids, need not
# agree. Where floats add the scores without rounding, all agree, so that a small test model with scores of
# -1 and -2 does not show it.
#
# Output seen ("000", "00000" and "0000000"):
#   scores -1 -2, sentencepiece 0.1.99: 0 00, 0 00 00, 0 00 00 00
#   scores -1 -2, sentencepiece 0.2.3: 0 00, 0 00 00, 0 00 00 00
#   scores -1 -2, tokenizers: 0 00, 0 00 00, 0 00 00 00
#   scores -8.682 -9.697435, sentencepiece 0.1.99: 00 0, 00 00 0, 00 00 00 0
#   scores -8.682 -9.697435, sentencepiece 0.2.3: 0 00, 00 00 0, 00 00 0 00
#   scores -8.682 -9.697435, tokenizers: 0 00, 0 00 00, 0 00 00 00
. "$(dirname "$0")/python_with.bash"
python_with sentencepiece==0.2.3 protobuf==7.36.2 tokenizers==0.23.3
cat >"$folder/models.py" <<'P'
from pathlib import Path

from sentencepiece import sentencepiece_model_pb2
from tokenizers import Tokenizer, models

for one, two in ((-1, -2), (-8.682, -9.697435)):
    model = sentencepiece_model_pb2.ModelProto()
    model.trainer_spec.model_type = model.trainer_spec.UNIGRAM
    model.normalizer_spec.name = "identity"
    model.normalizer_spec.add_dummy_prefix = False
    model.pieces.add(piece="<unk>", score=0, type=model.SentencePiece.UNKNOWN)
    model.pieces.add(piece="0", score=one)
    model.pieces.add(piece="00", score=two)
    Path(f"scores {one} {two}.model").write_bytes(model.SerializeToString())
    pieces = [(piece.piece, piece.score) for piece in model.pieces]
    Tokenizer(models.Unigram(pieces, unk_id=0)).save(f"scores {one} {two}.json")
P
cat >"$folder/divide.py" <<'P'
from pathlib import Path

import sentencepiece
from tokenizers import Tokenizer

for path in Path().glob("scores *.model"):
    processor = sentencepiece.SentencePieceProcessor(model_file=str(path))
    tokenizer = Tokenizer.from_file(f"{path.stem}.json")
    for program, divide in (
        (f"sentencepiece {sentencepiece.__version__}", lambda text: processor.encode(text, out_type=str)),
        ("tokenizers", lambda text: tokenizer.encode(text).tokens),
    ):
        print(f"{path.stem}, {program}: " + ", ".join(" ".join(divide("0" * length)) for length in (3, 5, 7)))
P
(cd "$folder" && "$python" models.py && "$python" divide.py >new)
python_with sentencepiece==0.1.99
(cd "$folder" && "$python" divide.py >old)
LC_ALL=C sort -u "$folder/old" "$folder/new" | tee "$folder/seen"
sed -n 's/^#   //p' "$0" | cmp - "$folder/seen"
