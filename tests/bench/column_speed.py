#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The column store beside DuckDB and Polars: five rules over the metadata of 10 M pictures, in one run on one machine.

  .venv-parity/bin/python tests/bench/column_speed.py --engine build/bin/darkroom-engine [--rows 10000000] [--rounds 3] [--work FOLDER]

Makes parquet files once (about 130 bytes a row), LAION-like: URLs that are all different but for 4 % repeats, captions of 3 to 30 words with some
umlauts, similarity as noisy doubles, the other scores as floats, nulls in every column but WIDTH and HEIGHT. Then each program in turns, ours
first and last in each round, each in a process of its own:

  darkroom    `darkroom-engine bench filter --file FOLDER`: import, opening, counting from the cached columns, dragging a threshold
  polars, duckdb   count of the same rules: from the files, from a table in memory, and with one thread

Prints a JSON line a process, then the best of each figure (the machine is often shared) and the ratios; fails when the counts differ.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

FILES = 4
ROWS_PER_GROUP = 1_000_000
REPEAT = 7
CONDITION = ("aesthetic >= 5.0 AND similarity >= 0.28 AND WIDTH >= 512 AND HEIGHT >= 512 AND pwatermark < 0.5 AND punsafe < 0.1")
WORDS = ("the of and a in photo cat dog vintage poster sunset women's shoes black leather beautiful lake design print old house landscape car logo "
         "dress art with blue wooden table kitchen modern illustration vector set by image stock woman man girl boy red white green für schön "
         "château niño 1950s 2019 4K HD wallpaper free download card wedding birthday gift winter summer spring autumn city street night "
         "mountain river forest sea beach sky cloud sun moon star light dark gold silver glass metal stone paper book pen lamp chair").split()


def strings(rng, count, first):
    """URLs and captions, made column-wise by Arrow: Python's own strings would take minutes."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc
    number = np.arange(first, first + count, dtype=np.int64)
    repeated = rng.random(count) < 0.04
    number[repeated] = rng.integers(0, first + count, int(repeated.sum()))
    mixed = (number.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)).view(np.int64)  # looks random, differs where the number does
    host = pc.take(pa.array([f"https://{name}.example.{tld}/" for name in ("cdn", "i.images", "static1.photos", "media.shop", "thumbs.gallery-of")
                             for tld in ("com", "net", "org", "de", "co.uk")]), pa.array(number % 25))
    url = pc.binary_join_element_wise(host, pc.cast(pa.array(number % 2000), pa.string()), pc.cast(pa.array(mixed), pa.string()),
                                      pa.array(["medium.jpg"]).take(pa.array(np.zeros(count, np.int64))), "/")
    table = pa.array(WORDS)
    # Phrases of three words, so that a caption of up to 30 words is joined from ten.
    phrases = pc.binary_join_element_wise(*[table.take(pa.array(rng.integers(0, len(WORDS), 20_000))) for _ in range(3)], " ")
    caption = phrases.take(pa.array(rng.integers(0, 20_000, count)))
    for chance in (0.9, 0.7, 0.5, 0.3, 0.2, 0.1, 0.05, 0.03, 0.02):
        longer = pc.binary_join_element_wise(caption, phrases.take(pa.array(rng.integers(0, 20_000, count))), " ")
        caption = pc.if_else(pa.array(rng.random(count) < chance), longer, caption)
    return url, caption


def make(folder: pathlib.Path, rows: int) -> None:
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq
    rng = np.random.default_rng(1)
    folder.mkdir(parents=True)
    sides = np.array([160, 200, 225, 256, 300, 400, 450, 512, 600, 640, 768, 800, 1024, 1200, 1600, 2048])

    def with_nulls(values, share):
        return pa.array(values, mask=rng.random(len(values)) < share)

    def side(count):
        # Usual sizes for one half, any for the other.
        return np.where(rng.random(count) < 0.5, rng.choice(sides, count), rng.lognormal(6.4, 0.5, count)).astype("int32")

    first = 0
    for index in range(FILES):
        part = rows // FILES + (1 if index < rows % FILES else 0)
        writer = None
        for begin in range(0, part, ROWS_PER_GROUP):
            count = min(ROWS_PER_GROUP, part - begin)
            url, caption = strings(rng, count, first)
            first += count
            table = pa.table({
                "URL": url, "TEXT": pa.compute.if_else(pa.array(rng.random(count) < 0.005), pa.scalar(None, pa.string()), caption),
                "WIDTH": side(count), "HEIGHT": side(count),
                "similarity": with_nulls(rng.normal(0.3, 0.04, count), 0.01),
                "hash": rng.integers(-2**63, 2**63 - 1, count),
                "punsafe": with_nulls(rng.beta(0.3, 6, count).astype("float32"), 0.01),
                "pwatermark": with_nulls(rng.beta(0.6, 1.5, count).astype("float32"), 0.01),
                "aesthetic": with_nulls(rng.normal(5, 0.7, count).astype("float32"), 0.01)})
            writer = writer or pq.ParquetWriter(folder / f"part-{index:05}.snappy.parquet", table.schema, compression="snappy")
            writer.write_table(table, row_group_size=ROWS_PER_GROUP)
        writer.close()


def best_of(work):
    seconds = []
    answer = None
    for _ in range(REPEAT + 1):
        started = time.perf_counter()
        answer = work()
        seconds.append(time.perf_counter() - started)
    return min(seconds[1:]), answer


def peer_polars(folder: str, threads: int) -> dict:
    os.environ["POLARS_MAX_THREADS"] = str(threads)
    import polars as pl
    col = pl.col
    condition = ((col("aesthetic") >= 5.0) & (col("similarity") >= 0.28) & (col("WIDTH") >= 512) & (col("HEIGHT") >= 512) & (col("pwatermark") < 0.5)
                 & (col("punsafe") < 0.1))
    files = pl.scan_parquet(f"{folder}/*.parquet").filter(condition).select(pl.len())
    from_files, kept = best_of(lambda: files.collect().item())
    table = pl.read_parquet(f"{folder}/*.parquet", columns=["aesthetic", "similarity", "WIDTH", "HEIGHT", "pwatermark", "punsafe"]).rechunk()
    in_memory, again = best_of(lambda: table.lazy().filter(condition).select(pl.len()).collect().item())
    summed, third = best_of(lambda: table.lazy().select(condition.sum()).collect().item())
    assert kept == again == third
    return {"version": pl.__version__, "files_s": from_files, "memory_s": min(in_memory, summed), "kept": kept}


def peer_duckdb(folder: str, threads: int) -> dict:
    import duckdb
    connection = duckdb.connect()
    connection.execute(f"SET threads TO {threads}")
    from_files, kept = best_of(lambda: connection.execute(f"SELECT count(*) FROM '{folder}/*.parquet' WHERE {CONDITION}").fetchone()[0])
    connection.execute(f"CREATE TABLE t AS SELECT aesthetic, similarity, WIDTH, HEIGHT, pwatermark, punsafe FROM '{folder}/*.parquet'")
    in_memory, again = best_of(lambda: connection.execute(f"SELECT count(*) FROM t WHERE {CONDITION}").fetchone()[0])
    assert kept == again
    return {"version": duckdb.__version__, "files_s": from_files, "memory_s": in_memory, "kept": kept}


PEERS = {"polars": peer_polars, "duckdb": peer_duckdb}


def last_line(command: list[str]) -> dict:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]}: {done.stderr[-2000:]}")
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return next((line for line in lines if line.get("event") == "bench"), lines[-1])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", default="build/bin/darkroom-engine")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", default="/tmp/darkroom_column_bench")
    parser.add_argument("--run-peer", choices=PEERS)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    folder = pathlib.Path(arguments.work) / f"rows-{arguments.rows}"
    if arguments.run_peer:
        print(json.dumps(PEERS[arguments.run_peer](str(folder), arguments.threads)))
        return
    if not folder.exists():
        making = folder.with_suffix(".making")
        subprocess.run(["rm", "-rf", making], check=True)
        make(making, arguments.rows)
        making.rename(folder)
    peers = {}
    for name in PEERS:
        try:
            __import__(name)
            peers[name] = [sys.executable, os.path.abspath(__file__), "--work", arguments.work, "--rows", str(arguments.rows), "--run-peer", name]
        except ImportError:
            print(json.dumps({"skipped": name, "reason": "not installed"}))
    best: dict[str, float] = {}
    kept = {}

    def note(name: str, value: float, better=min) -> None:
        best[name] = better(best[name], value) if name in best else value

    for _ in range(arguments.rounds):
        for name in ["darkroom", *peers, "darkroom"]:
            if name == "darkroom":
                figures = last_line([arguments.engine, "bench", "filter", "--file", str(folder), "--repeat", str(REPEAT), "--json"])
                kept[name] = figures["kept"]
                note("darkroom count_s", arguments.rows / figures["rows_per_s"])
                note("darkroom count_s one core", arguments.rows / figures["rows_per_s_core"])
                for figure in ("import_rows_per_s", "import_rows_per_s_core"):
                    note("darkroom " + figure, figures[figure], max)
                for figure in ("open_ms", "first_histograms_ms", "drag_ms", "drag_worst_ms", "jump_ms"):
                    note("darkroom " + figure, figures[figure])
                print(json.dumps({"who": name, **figures}))
                continue
            for threads, label in ((arguments.threads, ""), (1, " one core")):
                command = peers[name] + ["--threads", str(threads)]
                figures = last_line((["taskset", "-c", "0"] if threads == 1 else []) + command)
                kept[name] = figures["kept"]
                for figure in ("files_s", "memory_s"):
                    note(f"{name} {figure}{label}", figures[figure])
                print(json.dumps({"who": name, "threads": threads, **figures}), flush=True)
    print(json.dumps({"best": {name: round(value, 5) for name, value in best.items()}}))
    ours = best["darkroom count_s"]
    summary = {"rows": arguments.rows, "M_rows_per_s": round(arguments.rows / ours / 1e6),
               "M_rows_per_s_core": round(arguments.rows / best["darkroom count_s one core"] / 1e6), "kept": kept}
    for figure in ("memory_s", "files_s"):
        if peers:
            summary["times_the_faster_peer, " + figure] = round(min(best[f"{name} {figure}"] for name in peers) / ours, 2)
            summary["one core, " + figure] = round(min(best[f"{name} {figure} one core"] for name in peers) / best["darkroom count_s one core"], 2)
    print(json.dumps(summary))
    if len(set(kept.values())) != 1:
        sys.exit("the programs disagree about what is kept")


if __name__ == "__main__":
    main()
