#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rows of captioned pictures as other programs write them, and perceptual hashes as numpy and scipy compute them.

  .venv-parity/bin/python tests/parity/make_record_goldens.py          (needs datasets, pyarrow, tokenizers, xxhash, Pillow, scipy)

Writes tests/core/dataset/data/source_run/ (a parquet batch and a dataset as the source run had them, a dataset without token ids, a file of ours in
which two captions were exchanged) and tests/core/image/data/perceptual_hash/ (pictures and their hashes, and a JPEG
of four inks).
"""
import json
import pathlib
import shutil
import struct
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import xxhash
from PIL import Image
from scipy.fft import dct

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from tokenizer_oracle import make_oracle  # noqa: E402

CORE = pathlib.Path(__file__).resolve().parent.parent / "core"
ROWS = CORE / "dataset" / "data" / "source_run"
HASHES = CORE / "image" / "data" / "perceptual_hash"
CAPTIONS = ["a red barn in the snow", "caf\u00e9 at night", "portrait of a woman, oil on canvas"]


def source_run():
    oracle = make_oracle(truncate_to_77=True)
    encoded = [oracle.encode(caption) for caption in CAPTIONS]
    keys = [f"00000.tar::{number:09d}" for number in range(3)]
    ids = pa.FixedSizeListArray.from_arrays(pa.array(sum((e.ids for e in encoded), []), pa.int32()), 77)
    mask = pa.FixedSizeListArray.from_arrays(pa.array(sum((e.attention_mask for e in encoded), []), pa.int32()), 77)
    table = pa.table({"image_key": keys, "caption": CAPTIONS, "input_ids": ids, "attention_mask": mask})
    pq.write_table(table, ROWS / "batch_000000.parquet", compression="snappy")
    import datasets
    datasets.disable_progress_bars()
    rows = {"image_key": keys, "caption": CAPTIONS, "input_ids": [e.ids for e in encoded], "attention_mask": [e.attention_mask for e in encoded]}
    lists = datasets.Sequence(datasets.Value("int32"))
    text = datasets.Value("string")
    features = {"image_key": text, "caption": text, "input_ids": lists, "attention_mask": lists}
    for name, wanted in (("dataset", list(rows)), ("captions_only", ["image_key", "caption"])):
        made = datasets.Dataset.from_dict({key: rows[key] for key in wanted}, features=datasets.Features({key: features[key] for key in wanted}))
        made._fingerprint = "0123456789abcdef"  # else another one each time
        made.save_to_disk(ROWS / name)


def checksum(*parts):
    state = xxhash.xxh3_64()
    for part in parts:
        data = part.encode()
        state.update(struct.pack("<Q", len(data)) + data)
    return f"{state.intdigest():016x}"


def exchanged():
    keys, hashes = [f"a.tar::{number}" for number in range(3)], [f"hash{number}" for number in range(3)]
    sums = [checksum(*row) for row in zip(keys, CAPTIONS, hashes)]
    captions = [CAPTIONS[0], CAPTIONS[2], CAPTIONS[1]]
    pq.write_table(pa.table({"image_key": keys, "caption": captions, "image_hash": hashes, "checksum": sums}), ROWS / "exchanged.parquet")


def picture(number):
    y, x = np.mgrid[0:96, 0:128].astype(np.float64)
    channels = [128 + 90 * np.sin((x * (1 + number % 3) + c * 31) / (17 + number)) * np.cos((y + c * 17) / (11 + 3 * number)) for c in range(3)]
    pixels = np.stack(channels, -1)
    pixels[20 + number:50, 30:70 + 4 * number] += 25
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8), "RGB")


def phash(image):
    # The area average of 128x96 to 32x32 is exact: 4 by 3 pixels each. Darkroom rounds the averages to bytes.
    pixels = np.asarray(image, np.float64).reshape(32, 3, 32, 4, 3).mean((1, 3))
    grey = np.floor(pixels + 0.5) @ [0.299, 0.587, 0.114]
    low = dct(dct(grey, axis=0), axis=1)[:8, :8]
    bits = (low > np.median(low)).flatten()
    return f"{int(''.join('1' if bit else '0' for bit in bits), 2):016x}"


def perceptual_hashes():
    expected = {}
    for number in range(6):
        image = picture(number)
        image.save(HASHES / f"{number}.png")
        expected[f"{number}.png"] = phash(image)
    picture(2).convert("CMYK").save(HASHES / "four_inks.jpg", quality=80)
    (HASHES / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    for folder in (ROWS, HASHES):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    source_run()
    exchanged()
    perceptual_hashes()
