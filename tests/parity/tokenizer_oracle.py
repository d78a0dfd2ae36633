# SPDX-License-Identifier: Apache-2.0
"""The tokenizer of openai/clip-vit-large-patch14 as the Rust `tokenizers` library runs it, put together by hand.

Facts taken from the model's published configuration and from transformers' CLIPConverter: which normaliser, which pre-tokeniser pattern,
which post-processor; both special tokens are added tokens with normalized=True (so "<|ENDOFTEXT|>" is one too).
Needs: tokenizers==0.22.2. Used by make_tokenizer_golden.py and tokenizer_unicode_tables.py; nothing of it is needed to build or test.
"""
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

ROOT = Path(__file__).resolve().parents[2]
MERGES_FILE = ROOT / "resources" / "tokenizer" / "merges.txt"
START, END = "<|startoftext|>", "<|endoftext|>"
PATTERN = r"""'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"""


def byte_spelling():
    """Byte -> the printable character that stands for it in vocab.json, in vocabulary order."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    spelling = {byte: chr(byte) for byte in printable}
    for byte in range(256):
        if byte not in spelling:
            spelling[byte] = chr(256 + len(spelling) - len(printable))
    return spelling


def read_merges():
    lines = MERGES_FILE.read_text(encoding="utf-8").split("\n")
    return [tuple(line.split(" ")) for line in lines[1:] if line]


def make_vocabulary(merges):
    letters = list(byte_spelling().values())
    pieces = letters + [letter + "</w>" for letter in letters] + ["".join(pair) for pair in merges] + [START, END]
    vocabulary = {piece: index for index, piece in enumerate(pieces)}
    assert len(vocabulary) == len(pieces) == 49408
    return vocabulary


def make_oracle(truncate_to_77=False):
    merges = read_merges()
    tokenizer = Tokenizer(models.BPE(vocab=make_vocabulary(merges), merges=merges, dropout=None, continuing_subword_prefix="",
                                     end_of_word_suffix="</w>", fuse_unk=False, unk_token=END))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(PATTERN), behavior="removed", invert=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.post_processor = processors.RobertaProcessing(sep=(END, 49407), cls=(START, 49406), trim_offsets=False, add_prefix_space=False)
    tokenizer.add_special_tokens([AddedToken(word, normalized=True, special=True) for word in (START, END)])
    if truncate_to_77:
        tokenizer.enable_truncation(77)
        tokenizer.enable_padding(length=77, pad_id=49407, pad_token=END)
    return tokenizer
