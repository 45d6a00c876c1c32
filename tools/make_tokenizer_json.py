#!/usr/bin/env python3
"""Makes tests/data/tokenizers: what transformers writes as tokenizer.json, and the ids that it gives for hard prompts.

Usage: make_tokenizer_json.py SPIECE_MODEL VOCAB_TXT OUT. Needs transformers 5.24.0, tokenizers 0.23.3, sentencepiece 0.2.0 (0.2.3 adds up
scores otherwise, and so divides 000 otherwise than the library that we link, where both ways score the same).
tests/data/tokenizers was made with tests/data/tiny-if/stage1/tokenizer/spiece.model and models/imagine-small/text_encoder/vocab.txt.

OUT/t5.json and OUT/bert.json lack the vocabulary and the character map, which the given files hold, too; a digest of them
tells that nothing else was written. OUT/expected.json has the ids; for T5 also SentencePiece's own, where the prompt holds
no added token.
"""
import argparse
import json
import pathlib
import struct
import tempfile

import sentencepiece
from tokenizers import Tokenizer
from transformers import BertTokenizer, T5Tokenizer

PROMPTS = [
    "", " ", "   ", "\t", "\n", "a", "a red cube", "  two  leading, two   inner and trailing  ", "tab\tand\nnew\r\nline\n", " \t\n ",
    "A photograph of an ASTRONAUT riding a horse, 4k, f/1.8", "don't -- it's (very) [odd] {text} <b>bold</b> & more;", "3.14159 1,000,000 €5 50% #1 @home",
    "a_b-c/d\\e|f~g`h^i", "http://example.org/?q=1&r=2", "............", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "▁", "▁▁a ▁ b▁", "a\u2047b",
    "Ａ ｆｕｌｌ－ｗｉｄｔｈ　ｔｅｘｔ　１２３", "ｶﾀｶﾅ ﾊﾝｶｸ", "café naïve Übergröße", "cafe\u0301 nai\u0308ve U\u0308bergro\u0308ße", "a\u0301\u0302\u0303b", "\u0301a",
    "ﬁne ﬀ oﬃce ﬅ", "Ⅳ ⅷ ½ ¾ ² ³ ₂ ™ ℃ №5 ㎏ ㍿", "ﷺ", "Å Å Å", "ΑΣ ΣΟΦΟΣ", "Москва, снег", "日本語の文章", "中文 漢字", "한국어 가나다", "\u1100\u1161\u11a8",
    "हिन्दी में", "ภาษาไทย", "עברית", "العربية", "tiếng Việt", "🦊", "🦊🦊 and 🦊", "👩\u200d🚀 ❤\ufe0f 🇩🇪", "zero\u200bwidth\u200cjoin\u200dhere\ufeff", "soft\u00adhyphen",
    "no\u00a0break\u2003em\u3000wide\u1680ogham", "line\u2028and\u2029paragraph", "control\u0001\u0007\u001fchars\u007f", "nul\u0000byte", "\ufffd", "“quotes” ‘and’ – dashes — …",
    "𝒻𝒶𝓃𝒸𝓎 𝕥𝕖𝕩𝕥 𝐛𝐨𝐥𝐝", "①②③ ⓐ Ⓑ", "İstanbul ı ß ẞ", "x²+y² = z²", "日本 語 mixed with English ｗｏｒｄｓ", "ﾞ ﾟ がぱ", "q\u0307\u0323 \u1e9b\u0323",
    "Ⅳ\u0305", "™\u0301 x", "\u0085 next", "a\u0085b", "ﬀf", "Ｆｆﬀ", "＜/s＞", "＜extra_id_0＞ a",
]
TOKENS = [
    "</s>", "a</s>b</s>", "<pad>", "<unk> x", "<extra_id_0>", "a<extra_id_3>b", "a <extra_id_3> b", "<extra_id_99><extra_id_98>", "<extra_id_100>", "<extra_id_03>", "< /s>",
    "<extra_id_", "<extra_id_5", "</s", "<<pad>>", "</S>",
]


def digest(data):
    """64-bit FNV-1a, as src/core/random.h has it."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return f"{value:016x}"


def saved(tokenizer, folder):
    tokenizer.save_pretrained(folder)
    return json.loads((pathlib.Path(folder) / "tokenizer.json").read_text()), Tokenizer.from_file(str(pathlib.Path(folder) / "tokenizer.json"))


def ids_of(tokenizer, prompts):
    return [{"prompt": prompt, "ids": tokenizer.encode(prompt).ids} for prompt in prompts]


def t5(spiece):
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "spiece.model").write_bytes(pathlib.Path(spiece).read_bytes())
        shell, tokenizer = saved(T5Tokenizer.from_pretrained(folder), folder)
    vocabulary, shell["model"]["vocab"] = shell["model"]["vocab"], []
    characters, shell["normalizer"]["precompiled_charsmap"] = shell["normalizer"]["precompiled_charsmap"], ""
    pieces = b"".join(text.encode() + struct.pack("<f", score) for text, score in vocabulary)
    model = sentencepiece.SentencePieceProcessor(model_file=str(spiece))
    both = [{**entry, "sentencepiece": model.encode(entry["prompt"]) + [1]} for entry in ids_of(tokenizer, PROMPTS)]
    return shell, {"digest": digest(pieces + characters.encode()), "prompts": both, "tokens": ids_of(tokenizer, TOKENS)}


def bert(vocabulary):
    with tempfile.TemporaryDirectory() as folder:
        shell, tokenizer = saved(BertTokenizer(str(vocabulary)), folder)
    pieces, shell["model"]["vocab"] = sorted(shell["model"]["vocab"].items(), key=lambda item: item[1]), {}
    assert [id for _, id in pieces] == list(range(len(pieces)))
    return shell, {"digest": digest("".join(piece + "\n" for piece, _ in pieces).encode()), "prompts": ids_of(tokenizer, PROMPTS)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("spiece", help="a spiece.model")
    parser.add_argument("vocabulary", help="a vocab.txt")
    parser.add_argument("out", type=pathlib.Path)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    expected = {}
    for name, (shell, ids) in {"t5": t5(args.spiece), "bert": bert(args.vocabulary)}.items():
        expected[name] = ids
        (args.out / f"{name}.json").write_text(json.dumps(shell) + "\n")
    lines = json.dumps(expected).replace("{\"prompt\"", "\n{\"prompt\"")
    (args.out / "expected.json").write_text(lines + "\n")


if __name__ == "__main__":
    main()
