#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Captions a second: Darkroom's tokenizer against the Rust `tokenizers` library, on one core, in turn, with the same 77 ids a caption.

Two texts, both seeded: "captions" composed of a few hundred words, as in data sets, where caches help; and "varied", sentences of words drawn
from the whole vocabulary, a third of them made up of pieces so that no table holds them. The reference is timed in both its forms:
encode_batch, and encode_batch_fast, which computes no places in the text. Prints one JSON object; rates are the best of the rounds.
Needs: tokenizers 0.22 and a release build of darkroom-engine.

  python tests/bench/tokenizer_speed.py [--engine build/bin/darkroom-engine] [--captions 200000] [--rounds 3]
"""
import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ["RAYON_NUM_THREADS"] = "1"  # both before the library is loaded
os.environ["TOKENIZERS_PARALLELISM"] = "false"
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "parity"))
import tokenizers  # noqa: E402
from tokenizer_oracle import make_oracle  # noqa: E402

BATCH = 1000  # captions that the reference is given at a time: a worker's batch
CHECKED = 5000  # captions of each text of which all ids are compared

COLOURS = "red blue green yellow white black golden silver brown grey orange pink purple turquoise crimson ivory".split()
LOOKS = "small large old young rusty shiny fluffy striped broken elegant stormy sunlit snowy misty curious sleepy abandoned futuristic".split()
THINGS = ("cat dog horse owl frog whale robot astronaut wizard sailor farmer dancer knight boat bicycle truck train airplane umbrella lantern "
          "guitar piano camera teapot vase apple pumpkin sandwich cupcake flower cactus castle lighthouse windmill cottage skyscraper statue "
          "telescope armchair typewriter jellyfish penguin flamingo hedgehog motorcycle helicopter").split()
DOINGS = "sitting standing sleeping running floating waiting dancing playing swimming flying climbing walking glowing melting shining".split()
PLACES = ("beach forest desert mountain river harbor city market kitchen library museum garden meadow valley volcano island bridge tunnel "
          "cathedral factory playground stadium spaceship ocean rooftop").split()
STYLES = ["oil painting", "watercolor", "digital art", "soft light", "golden hour", "35mm film", "wide angle", "at sunset", "in the rain", "8k",
          "black-and-white", "studio lighting", "highly detailed", "trending on artstation", "1980s poster", "it's minimalist"]


def caption(rng):
    text = rng.choice(["a photo of ", "a painting of ", "close-up of ", "", "", ""])
    text += f"a {rng.choice(LOOKS)} {rng.choice(COLOURS)} {rng.choice(THINGS)} {rng.choice(DOINGS)}"
    if rng.random() < 0.4:
        text += f" with {rng.randint(2, 12)} {rng.choice(THINGS)}s"
    text += f" {rng.choice(['in', 'on', 'near', 'behind', 'next to'])} the {rng.choice(LOOKS)} {rng.choice(PLACES)}"
    for style in rng.sample(STYLES, rng.randint(0, 2)):
        text += ", " + style
    text += rng.choice(["", "", "."])
    return text[0].upper() + text[1:] if rng.random() < 0.4 else text


def word_pools(vocabulary):
    letters = [piece for piece in vocabulary if piece.replace("</w>", "").isascii() and piece.replace("</w>", "").isalpha()]
    whole = [piece[:-4] for piece in letters if piece.endswith("</w>") and len(piece) >= 7]
    beginnings = [piece for piece in letters if not piece.endswith("</w>") and 2 <= len(piece) <= 6]
    return sorted(whole), sorted(beginnings)


def varied(rng, whole, beginnings):
    words = []
    for _ in range(rng.randint(6, 22)):
        word = rng.choice(whole) if rng.random() < 2 / 3 else rng.choice(beginnings) + rng.choice(beginnings) + rng.choice(whole)[:4]
        words.append(word.capitalize() if rng.random() < 0.15 else word)
        if rng.random() < 0.08:
            words[-1] += rng.choice([",", ".", "!", " -", ";", f" {rng.randint(1, 2024)}"])
    return " ".join(words)


def texts(count):
    rng = random.Random(7)
    whole, beginnings = word_pools(make_oracle().get_vocab())
    return {"captions": [caption(rng) for _ in range(count)], "varied": [varied(rng, whole, beginnings) for _ in range(count)]}


def reference_rate(encode, lines):
    started = time.perf_counter()
    for first in range(0, len(lines), BATCH):
        encode(lines[first:first + BATCH])
    return len(lines) / (time.perf_counter() - started)


def engine_rate(engine, file):
    result = subprocess.run([engine, "bench", "tokenize", "--file", file, "--repeat", "3", "--device", "cpu", "--json"], check=True,
                            capture_output=True, text=True)
    figures = json.loads(result.stdout.splitlines()[0])
    return figures["shape"][0] / figures["min_ms"] * 1e3


def differing(engine, reference, lines):
    """How many of the first captions get other ids."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.write("\n".join(lines[:CHECKED]) + "\n")
        file.flush()
        output = subprocess.run([engine, "tokenize", "--file", file.name], check=True, capture_output=True, text=True).stdout
    ours = [json.loads(line)["ids"][0] for line in output.splitlines()]
    theirs = [encoding.ids for encoding in reference.encode_batch(lines[:CHECKED])]
    return sum(a != b for a, b in zip(ours, theirs, strict=True))


def compare(engine, lines, rounds):
    reference = make_oracle(truncate_to_77=True)
    rates = {"tokenizers_encode_batch": [], "tokenizers_encode_batch_fast": [], "darkroom": []}
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        for _ in range(rounds):
            rates["tokenizers_encode_batch"].append(reference_rate(reference.encode_batch, lines))
            rates["darkroom"].append(engine_rate(engine, file.name))
            rates["tokenizers_encode_batch_fast"].append(reference_rate(reference.encode_batch_fast, lines))
            rates["darkroom"].append(engine_rate(engine, file.name))
    best = {name: max(values) for name, values in rates.items()}
    return {"captions": len(lines),
            "distinct_words": len({word for line in lines for word in line.lower().split()}),
            "differing_ids": differing(engine, reference, lines),
            "captions_per_s": {name: round(rate) for name, rate in best.items()},
            "ratio_to_encode_batch": round(best["darkroom"] / best["tokenizers_encode_batch"], 2),
            "ratio_to_encode_batch_fast": round(best["darkroom"] / best["tokenizers_encode_batch_fast"], 2),
            "all_rounds": {name: [round(rate) for rate in values] for name, values in rates.items()}}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", default=str(ROOT / "build" / "bin" / "darkroom-engine"), help="a release build")
    parser.add_argument("--captions", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    core = min(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})  # the engine inherits it
    result = {"tokenizers": tokenizers.__version__, "core": core, "threads": 1}
    for name, lines in texts(arguments.captions).items():
        result[name] = compare(arguments.engine, lines, arguments.rounds)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
