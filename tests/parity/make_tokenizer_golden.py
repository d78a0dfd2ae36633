# SPDX-License-Identifier: Apache-2.0
"""Writes tests/core/text/clip_tokenizer_golden.jsonl: 2,000 of 20,000 seeded strings of every kind, with the ids of the reference.

usage: python tests/parity/make_tokenizer_golden.py [--all FILE]
  --all FILE   writes all 20,000 there too; DARKROOM_TOKENIZER_GOLDEN=FILE build/tests/test_text ClipTokenizerTest checks them.
The byte order mark is escaped, as readers drop a raw one.
A line: {"text": …} or, for bytes that are not UTF-8, {"hex": …}; with "ids": all ids without start and end. The script itself checks that the
reference's own truncation and padding to 77 are the start token, the first 75 of these ids, the end token, and end tokens as padding.
"""
import argparse
import json
import random
import unicodedata

from tokenizer_oracle import ROOT, make_oracle, read_merges

COUNT, KEPT, SEED, MOST_KEPT_BYTES = 20000, 2000, 20240607, 1200
GOLDEN = ROOT / "tests" / "core" / "text" / "clip_tokenizer_golden.jsonl"

SCRIPTS = [(0xC0, 0x24F), (0x250, 0x2AF), (0x370, 0x3FF), (0x400, 0x52F), (0x531, 0x587), (0x5D0, 0x5EA), (0x620, 0x6D3), (0x710, 0x72F),
           (0x780, 0x7A5), (0x900, 0x97F), (0x980, 0x9F9), (0xA05, 0xA74), (0xB05, 0xB71), (0xB85, 0xBF9), (0xC05, 0xC7F), (0xD05, 0xD7F),
           (0xE01, 0xE5B), (0xE81, 0xEDF), (0xF00, 0xFBC), (0x1000, 0x109F), (0x10A0, 0x10FF), (0x1100, 0x11FF), (0x1200, 0x137C),
           (0x13A0, 0x13FD), (0x1780, 0x17E9), (0x1820, 0x1877), (0x1C80, 0x1CBF), (0x1E00, 0x1EFF), (0x1F00, 0x1FFE), (0x2C00, 0x2C5F),
           (0x3041, 0x3096), (0x30A1, 0x30FF), (0x4E00, 0x9FFF), (0xA640, 0xA69D), (0xA720, 0xA7FF), (0xAB70, 0xABBF), (0xAC00, 0xD7A3),
           (0xF900, 0xFAD9), (0xFB00, 0xFB4F), (0xFF01, 0xFFDC), (0x10400, 0x1044F), (0x118A0, 0x118DF), (0x1D400, 0x1D7FF),
           (0x1E900, 0x1E95F), (0x20000, 0x20100), (0x2F800, 0x2FA1D), (0x31350, 0x31360)]
MARKS = [(0x300, 0x36F), (0x483, 0x487), (0x591, 0x5BD), (0x64B, 0x65F), (0x93C, 0x94D), (0xE38, 0xE4B), (0xF71, 0xF84), (0x1AB0, 0x1ACE),
         (0x1DC0, 0x1DFF), (0x20D0, 0x20F0), (0x302A, 0x302F), (0x3099, 0x309A), (0xFE20, 0xFE2F), (0x1D165, 0x1D169), (0x1E8D0, 0x1E8D6)]
SPACES = [*range(9, 14), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0x180E, 0x200B, 0xFEFF]
CONTROLS = [*range(0, 32), *range(0x7F, 0xA0), 0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF, 0xFFFD,
            0xFFFE, 0xFFFF, 0x1FFFE, 0x10FFFF, 0xE000, 0xF0000, 0xE0001, 0xE0041]
EMOJI = ["😀", "👩‍👩‍👧‍👦", "👍🏽", "🏳️‍🌈", "🇩🇪", "1️⃣", "❤️", "❤", "☕️", "🧑🏿‍🚀", "🐈‍⬛", "🫠", "©️", "™", "👁️‍🗨️", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "♀", "☃", "🀄", "🤷🏼‍♂️"]
HTML = ["&amp;", "&lt;b&gt;", "&#39;", "&quot;", "&nbsp;", "&#x1F600;", "&eacute;", "<br/>", "<b>", "</p>", "&copy 2020", "&amp;amp;", "&", "<a href='x'>"]
ODD = ["İstanbul", "ΟΔΥΣΣΕΥΣ", "ΌΣΟΣ", "Straße", "GROẞ", "ŒUVRE", "ǅungla", "K (Kelvin \u212a)", "\u212b", "\u2126", "ﬁne", "naïve café", "Ǆ", "ᾼ", "ᾈ", "Ⓐ",
       "Ⅷ", "ıI", "Ṩ", "s\u0323\u0307", "s\u0307\u0323", "ŉ", "ﬃ", "ẛ\u0323", "\u0344", "\u0958", "\u2ADC", "\u1100\u1161\u11a8", "가\u11a8",
       "\u0dd9\u0dcf\u0dca", "\U0001D15E", "\u0f73", "\u0f71\u0f72\u0f74", "a\u0315\u0300\u05ae\u0062", "\u3099か", "か\u3099", "\u212A\u0301"]
SHORT = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'", "''", "’s", "'S", "'LL", "'x", "'rex", "'ver", "n't", "'tis", "'da", "'l", "'r", "'v", "`s", "ʼs"]
SPECIAL = ["<|startoftext|>", "<|endoftext|>", "<|ENDOFTEXT|>", "<|StartOfText|>", "<|endoftext|", "<|startoftext", "<|<|endoftext|>", "|endoftext|>",
           "<| endoftext |>", "<|endoftext|>\u0338", "<|end\u200boftext|>", "<\u0338|endoftext|>", "<start_of_text>", "<|", "|>", "<"]
PLAIN = ["a photo of", "an oil painting of", "the", "with", "in", "on a", "highly detailed", "by", "trending on artstation", "8k", "vintage", "and"]


def make_strings():
    rng = random.Random(SEED)
    words = [right[:-4] if right.endswith("</w>") else left for left, right in read_merges() if (left + right[:-4]).isalpha()]
    words = [left + right[:-4] for left, right in read_merges() if right.endswith("</w>") and (left + right[:-4]).isascii()] + words

    def one(ranges):
        first, last = rng.choice(ranges)
        return chr(rng.randint(first, last))

    def some(make, low, high, join=""):
        return join.join(make() for _ in range(rng.randint(low, high)))

    def word():
        return rng.choice(words)

    def invented():
        return some(lambda: rng.choice("etaoinshrdlucmfwypvbgkjqxz"), 3, 14)

    def caption():
        return some(lambda: rng.choice([word, word, lambda: rng.choice(PLAIN)])(), 4, 18, " ") + rng.choice(["", ".", "!", ", 4k", "..."])

    def cased():
        return some(lambda: rng.choice([str.upper, str.title, str.lower, str.swapcase])(rng.choice([word, invented])()) + rng.choice(["", ",", "-", "/"]), 2, 14, " ")

    def script_word():
        first, last = rng.choice(SCRIPTS)
        return some(lambda: chr(rng.randint(first, last)), 1, 9)

    def scripts():
        return some(rng.choice([script_word, script_word, word]), 1, 10, rng.choice([" ", " ", "", ", "]))

    def marked():
        return some(lambda: rng.choice([lambda: rng.choice("aeiouAEIOUcnsyzßøıΑΩυиאबกꙮ가よ "), lambda: one(SCRIPTS)])() + some(lambda: one(MARKS), 0, 4), 1, 14)

    def any_form():
        text = rng.choice([scripts, marked, odd])()
        return unicodedata.normalize(rng.choice(["NFC", "NFD", "NFKC", "NFKD"]), text)

    def emoji():
        return some(lambda: rng.choice([lambda: rng.choice(EMOJI), word, lambda: chr(rng.randint(0x1F300, 0x1FAFF))])(), 1, 10, rng.choice(["", " "]))

    def html():
        return some(lambda: rng.choice([lambda: rng.choice(HTML), word])(), 1, 12, rng.choice(["", " "]))

    def odd():
        return some(lambda: rng.choice([lambda: rng.choice(ODD), word])(), 1, 6, rng.choice(["", " "]))

    def controls():
        return some(lambda: rng.choice([lambda: chr(rng.choice(CONTROLS)), word, lambda: "."])(), 1, 10)

    def apostrophes():
        return some(lambda: rng.choice([lambda: rng.choice(SHORT), word, lambda: rng.choice(" !\"1é")])(), 1, 10)

    def numbers():
        return some(lambda: rng.choice([lambda: str(rng.randint(0, 10 ** rng.randint(1, 9))), lambda: rng.choice("½²³¼Ⅷⅸ٣①㉛१๓９𝟘𝟜〇零०༳"), word,
                                        lambda: rng.choice([".", ",", "-", "x", "%", "$", " "])])(), 1, 14)

    def spaces():
        return some(lambda: rng.choice([lambda: some(lambda: chr(rng.choice(SPACES)), 1, 4), word])(), 1, 12)

    def special():
        return some(lambda: rng.choice([lambda: rng.choice(SPECIAL), word, lambda: rng.choice(["!!", " ", "'s", "é", ">", "|", "İ"])])(), 1, 6, rng.choice(["", " "]))

    def long_text():
        return some(rng.choice([word, invented, lambda: some(rng.choice([word, script_word]), 1, 1), lambda: rng.choice("1234567890")]), 60, 220, rng.choice([" ", " ", ", "]))

    def long_word():
        return some(rng.choice([invented, word, script_word, lambda: rng.choice("ab"), lambda: rng.choice("!?.-=")]), 12, 120)

    def tiny():
        return rng.choice(["", " ", "  \n", "\0", lambda: one(SCRIPTS), lambda: chr(rng.randint(0, 0xFF)), word, invented])

    def anything():
        return some(lambda: chr(rng.choice([rng.randint(0, 0x7F), rng.randint(0, 0x2FFF), rng.randint(0, 0xD7FF), rng.randint(0xE000, 0x10FFFF)])), 1, 24)

    def web():
        return rng.choice(["https://{}.com/{}?q={}&x=1#{}", "{}_{}-{}.JPG", "#{} @{} {}|{}", "**{}**, ({}:1.3), [{}|{}]", "C:\\{}\\{}\\{}\n{}", "{}™ {}® {}… “{}”", "{}—{}–{}‘{}’"]
                          ).format(word(), invented(), word(), word())

    def repeated():
        return some(lambda: rng.choice(["a", "ab", "!", "ha", "no", "é", "中", "-", "o", "''", "😀", "1", "the", "ss"]) * rng.randint(2, 40), 1, 3, rng.choice(["", " "]))

    def printable():
        return some(lambda: chr(rng.randint(32, 126)), 1, 60)

    def broken():
        data = bytearray(rng.choice([scripts, emoji, marked, anything])().encode())
        for _ in range(rng.randint(1, 4)):
            at = rng.randint(0, len(data))
            data[at:at + rng.randint(0, 2)] = bytes(rng.choice([[], [0x80], [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x9F], [0xE2, 0x82], [0xF4, 0x90, 0x80, 0x80],
                                                                [rng.randint(128, 255)]]))
        return bytes(data)

    kinds = [caption, caption, caption, cased, scripts, scripts, marked, any_form, emoji, html, odd, controls, apostrophes, numbers, spaces, special,
             long_text, long_word, tiny, anything, web, repeated, printable, broken]
    strings = []
    for index in range(COUNT):
        made = kinds[index % len(kinds)]()
        strings.append(made() if callable(made) else made)
    return strings


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--all", metavar="FILE")
    options = arguments.parse_args()
    whole, chunked = make_oracle(), make_oracle(truncate_to_77=True)
    lines = []
    for made in make_strings():
        text = made.decode("utf-8", "replace") if isinstance(made, bytes) else made
        ids = whole.encode(text, add_special_tokens=False).ids
        chunk = chunked.encode(text)
        kept = [49406, *ids[:75], 49407]
        assert chunk.ids == kept + [49407] * (77 - len(kept)) and chunk.attention_mask == [1] * len(kept) + [0] * (77 - len(kept)), text
        source = {"hex": made.hex()} if isinstance(made, bytes) else {"text": made}
        lines.append(json.dumps({**source, "ids": ids}, ensure_ascii=False, separators=(",", ":")).replace("\ufeff", "\\ufeff") + "\n")
    if options.all:
        with open(options.all, "w", encoding="utf-8", newline="\n") as file:
            file.writelines(lines)
    # An even share of each kind, without the longest: the kinds go round, so a random choice keeps the mixture; a few long ones stay.
    rng = random.Random(SEED + 1)
    short = [i for i, line in enumerate(lines) if len(line.encode()) <= 320]
    middling = [i for i, line in enumerate(lines) if 320 < len(line.encode()) <= MOST_KEPT_BYTES]
    longest = [i for i, line in enumerate(lines) if len(line.encode()) > MOST_KEPT_BYTES]
    kept = sorted(rng.sample(short, KEPT - 210) + rng.sample(middling, 200) + rng.sample(longest, 10))
    GOLDEN.write_text("".join(lines[i] for i in kept), encoding="utf-8", newline="\n")
    print(f"{len(lines)} strings, {len(set(lines))} different; {len(kept)} kept in {GOLDEN.stat().st_size} bytes")


main()
