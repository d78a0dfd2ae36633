#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Metadata as three releases write it, and what rules keep of it, worked out row by row in Python.

  .venv/bin/python tests/parity/make_filter_goldens.py            (needs pyarrow)

Writes tests/core/pipeline/data/: base.parquet (2B-en: words for NSFW, i32 sides), improved.parquet (f64 sides, AESTHETIC_SCORE, nulls),
coyo.parquet (its own names, no watermark nulls), rules.json and expected.json (counts of each rule, keys that are kept).
"""
import json
import math
import pathlib
import random

import pyarrow as pa
import pyarrow.parquet as pq

OUT = pathlib.Path(__file__).resolve().parent.parent / "core" / "pipeline" / "data"
ROWS = 300

RULES = {"darkroom_rules": 1,
         "rules": [{"column": "aesthetic", "min": 5.0, "nulls": "keep"}, {"column": "similarity", "min": 0.28}, {"column": "width", "min": 512},
                   {"column": "height", "min": 512}, {"column": "aspect", "min": 0.5, "max": 2.0},
                   {"column": "caption_chars", "min": 10, "max": 40}, {"column": "nsfw", "below": 0.2, "words": ["UNLIKELY"]},
                   {"unique": "url"}],
         "overrides": {"keep": [], "drop": []}}


def rows(rng, offset):
    """One dictionary a row, with None for what is empty."""
    words = ["a", "red", "house", "über", "mountain", "日本", "of", "cats", "and", "the", "sea"]
    made = []
    for i in range(ROWS):
        maybe = lambda value, share=0.05: None if rng.random() < share else value
        made.append({"url": "https://host.example/%d.jpg" % rng.randrange(offset, offset + 250), "key": offset * 10 + i,
                     "caption": maybe(" ".join(rng.choice(words) for _ in range(rng.randrange(1, 9)))),
                     "width": maybe(rng.randrange(200, 1400)), "height": maybe(rng.randrange(200, 1400)),
                     "similarity": maybe(round(rng.uniform(0.2, 0.4), 4)), "aesthetic": maybe(round(rng.uniform(3, 8), 3)),
                     "nsfw": maybe(round(rng.random() ** 3, 4)), "word": maybe(rng.choice(["UNLIKELY", "UNLIKELY", "UNSURE", "NSFW"]))})
    return made


def column(table, name, kind):
    return pa.array([row[name] for row in table], type=kind)


def write(name, columns):
    pq.write_table(pa.table(columns), OUT / name, compression="snappy", row_group_size=100)


def number_passes(rule, value):
    return not any([("min" in rule and value < rule["min"]), ("max" in rule and value > rule["max"]),
                    ("above" in rule and value <= rule["above"]), ("below" in rule and value >= rule["below"])])


def passes(rule, row, has_word, has_score):
    column_name = rule["column"]
    if column_name == "aspect":
        value = None if row["width"] is None or not row["height"] else row["width"] / row["height"]
    elif column_name == "caption_chars":
        value = None if row["caption"] is None else len(row["caption"])
    elif column_name == "nsfw":
        value = row["nsfw"] if has_score else None
        if value is None and has_word and row["word"] is not None:
            return row["word"] in rule["words"]
    else:
        value = row[column_name]
    return rule.get("nulls") == "keep" if value is None else number_passes(rule, value)


def main():
    rng = random.Random(7)
    base, improved, coyo = rows(rng, 1000), rows(rng, 1100), rows(rng, 5000)
    for row in base:
        row["aesthetic"] = None
    OUT.mkdir(parents=True, exist_ok=True)
    i32, f32, f64 = pa.int32(), pa.float32(), pa.float64()
    # As float32 holds them: what the file says is what is compared.
    for table in (base, improved, coyo):
        for row in table:
            for name in ("nsfw", "aesthetic"):
                if row[name] is not None:
                    row[name] = pa.scalar(row[name], f32).as_py()
    write("base.parquet", {"SAMPLE_ID": column(base, "key", pa.int64()), "URL": column(base, "url", pa.string()), "TEXT": column(base, "caption", pa.string()),
                           "HEIGHT": column(base, "height", i32), "WIDTH": column(base, "width", i32), "NSFW": column(base, "word", pa.string()),
                           "similarity": column(base, "similarity", f64), "aesthetic": column(base, "aesthetic", f32)})
    write("improved.parquet", {"URL": column(improved, "url", pa.large_string()), "TEXT": column(improved, "caption", pa.string()),
                               "WIDTH": column(improved, "width", f64), "HEIGHT": column(improved, "height", f64),
                               "similarity": column(improved, "similarity", f64), "punsafe": column(improved, "nsfw", f32),
                               "NSFW": column(improved, "word", pa.string()), "AESTHETIC_SCORE": column(improved, "aesthetic", f32),
                               "extra": pa.array([{"a": i} for i in range(ROWS)])})
    write("coyo.parquet", {"id": column(coyo, "key", pa.int64()), "url": column(coyo, "url", pa.string()), "text": column(coyo, "caption", pa.string()),
                           "width": column(coyo, "width", pa.int64()), "height": column(coyo, "height", pa.int64()),
                           "clip_similarity_vitl14": column(coyo, "similarity", f64), "nsfw_score_opennsfw2": column(coyo, "nsfw", f64),
                           "aesthetic_score_laion_v2": column(coyo, "aesthetic", f64)})
    (OUT / "rules.json").write_text(json.dumps(RULES, indent=1) + "\n")
    rules = RULES["rules"]
    alone, in_order, kept = [0] * len(rules), [0] * len(rules), []
    seen_alone, seen = set(), set()
    # In the order of a folder: base, coyo, improved.
    for name, table, has_word, has_score in (("base", base, True, False), ("coyo", coyo, False, True), ("improved", improved, True, True)):
        for number, row in enumerate(table):
            first = None
            for index, rule in enumerate(rules):
                if "unique" in rule:
                    good_alone = row["url"] not in seen_alone
                    seen_alone.add(row["url"])
                    good = good_alone if first is not None else row["url"] not in seen
                    if first is None:
                        seen.add(row["url"])
                else:
                    good = good_alone = passes(rule, row, has_word, has_score)
                alone[index] += not good_alone
                if first is None and not good:
                    first = index
            if first is None:
                kept.append("%s %d" % (name, number))
            else:
                in_order[first] += 1
    (OUT / "expected.json").write_text(json.dumps({"rows": 3 * ROWS, "kept": len(kept), "alone": alone, "in_order": in_order, "kept_rows": kept}) + "\n")
    print("kept", len(kept), "of", 3 * ROWS, "alone", alone, "in order", in_order)
    assert math.isclose(sum(in_order) + len(kept), 3 * ROWS)


if __name__ == "__main__":
    main()
