#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counting what rules keep of image metadata: `darkroom-engine data filter --count` beside pyarrow's own expressions, and DuckDB where it is.

  .venv/bin/python tests/bench/filter_speed.py --engine build/bin/darkroom-engine [--rows 4000000] [--rounds 3] [--work FOLDER]

Makes parquet files once (random metadata, the columns of 2B-en-aesthetic), then runs the two in turns, ours first and last in each round, each in
a process of its own, two threads each. Rules: the source run's without "each URL once", which pyarrow has no expression for. Prints a JSON line a
process, then the medians, the ratio and the peak memory.
"""
import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import time

RULES = {"darkroom_rules": 1, "rules": [{"column": "aesthetic", "min": 6.5}, {"column": "similarity", "min": 0.28}, {"column": "width", "min": 512},
                                        {"column": "height", "min": 512}, {"column": "aspect", "min": 0.5, "max": 2.0},
                                        {"column": "caption_chars", "min": 20, "max": 300}, {"column": "watermark", "below": 0.5},
                                        {"column": "nsfw", "below": 0.2}]}
FILES = 4


def make(folder: pathlib.Path, rows: int) -> None:
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq
    rng = np.random.default_rng(1)
    folder.mkdir(parents=True, exist_ok=True)
    part = rows // FILES
    letters = "etaoinshrdlucmfwyp"
    words = ["".join(letters[letter] for letter in rng.integers(0, len(letters), length)) for length in rng.integers(2, 10, 4032)]
    for index in range(FILES):
        captions = [" ".join(words[start:start + count]) for start, count in zip(rng.integers(0, 4000, part), rng.integers(1, 32, part))]
        pq.write_table(pa.table({
            "URL": ["https://host%d.example/%d.jpg" % (i % 977, index * part + i) for i in range(part)], "TEXT": captions,
            "WIDTH": rng.integers(100, 2000, part).astype("int32"), "HEIGHT": rng.integers(100, 2000, part).astype("int32"),
            "similarity": rng.uniform(0.2, 0.4, part), "punsafe": rng.random(part).astype("float32"),
            "pwatermark": rng.random(part).astype("float32"), "aesthetic": rng.uniform(4, 8, part).astype("float32")}),
            folder / f"part-{index}.parquet", compression="snappy")


def peer_pyarrow(folder: str) -> int:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.dataset as ds
    pa.set_cpu_count(2)
    field = pc.field
    length = pc.utf8_length(field("TEXT"))
    aspect = pc.divide(field("WIDTH").cast(pa.float64()), field("HEIGHT").cast(pa.float64()))
    expression = ((field("aesthetic") >= 6.5) & (field("similarity") >= 0.28) & (field("WIDTH") >= 512) & (field("HEIGHT") >= 512)
                  & (aspect >= 0.5) & (aspect <= 2.0) & (length >= 20) & (length <= 300) & (field("pwatermark") < 0.5) & (field("punsafe") < 0.2))
    return ds.dataset(folder).count_rows(filter=expression)


def peer_duckdb(folder: str) -> int:
    import duckdb
    connection = duckdb.connect()
    connection.execute("SET threads TO 2")
    return connection.execute(
        f"SELECT count(*) FROM '{folder}/*.parquet' WHERE aesthetic >= 6.5 AND similarity >= 0.28 AND WIDTH >= 512 AND HEIGHT >= 512 AND "
        "WIDTH / HEIGHT BETWEEN 0.5 AND 2.0 AND length(TEXT) BETWEEN 20 AND 300 AND pwatermark < 0.5 AND punsafe < 0.2").fetchone()[0]


PEERS = {"pyarrow": peer_pyarrow, "duckdb": peer_duckdb}


def timed(command: list[str]) -> tuple[float, str, float]:
    started = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True)
    seconds = time.monotonic() - started
    if done.returncode != 0:
        raise RuntimeError(done.stderr[-2000:])
    return seconds, done.stdout.strip().splitlines()[-1], resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", default="build/bin/darkroom-engine")
    parser.add_argument("--rows", type=int, default=4_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", default="/tmp/darkroom_filter_bench")
    parser.add_argument("--run-peer", choices=PEERS)
    arguments = parser.parse_args()
    folder = pathlib.Path(arguments.work) / f"rows-{arguments.rows}"
    if arguments.run_peer:
        print(PEERS[arguments.run_peer](str(folder)))
        return
    if not folder.exists():
        make(folder, arguments.rows)
    rules = pathlib.Path(arguments.work) / "rules.json"
    rules.write_text(json.dumps(RULES))
    ours = [arguments.engine, "data", "filter", str(folder), "--rules", str(rules), "--count", "--json"]
    peers = {}
    for name in PEERS:
        try:
            __import__(name)
            peers[name] = [sys.executable, os.path.abspath(__file__), "--work", arguments.work, "--rows", str(arguments.rows), "--run-peer", name]
        except ImportError:
            print(json.dumps({"skipped": name, "reason": "not installed"}))
    seconds, kept = {}, {}
    for _ in range(arguments.rounds):
        for name in ["darkroom", *peers, *reversed(peers), "darkroom"]:
            passed, last, _ = timed(ours if name == "darkroom" else peers[name])
            kept[name] = json.loads(last)["kept"] if name == "darkroom" else int(last)
            seconds.setdefault(name, []).append(passed)
            print(json.dumps({"who": name, "seconds": round(passed, 3), "kept": kept[name]}))
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    print(json.dumps({"median_s": {name: round(value, 3) for name, value in medians.items()},
                      "times_ours": {name: round(medians[name] / medians["darkroom"], 2) for name in peers},
                      "rows_per_s": round(arguments.rows / medians["darkroom"]), "kept": kept}))
    if len(set(kept.values())) != 1:
        sys.exit("the programs disagree about what is kept")


if __name__ == "__main__":
    main()
