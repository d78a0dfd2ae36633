#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the data stages write, opened by the programs whose formats they are; and what those programs write, opened by the stages.

  .venv-parity/bin/python tests/parity/check_data_stages.py [--engine build/bin/darkroom-engine]     (needs datasets, pyarrow, numpy)

Runs tokenize, arrow and encode on a demo tar in a temporary folder; exits with 1 at the first thing that differs.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile

import numpy as np
import pyarrow.parquet as pq

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))


def check(what, truth):
    print(("same  " if truth else "DIFFERS  ") + what)
    if not truth:
        sys.exit(1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", default=str(ROOT / "build/bin/darkroom-engine"))
    engine = parser.parse_args().engine
    import datasets
    datasets.disable_progress_bars()
    from tokenizer_oracle import make_oracle
    oracle = make_oracle(truncate_to_77=True)
    demo = str(ROOT / "resources/demo/demo-000001.tar")

    with tempfile.TemporaryDirectory(prefix="darkroom-stages-") as name:
        work = pathlib.Path(name)

        def data(*arguments):
            done = subprocess.run([engine, "data", *map(str, arguments), "--json"], capture_output=True, text=True)
            if done.returncode != 0:
                sys.exit(f"data {arguments[0]}: {done.stderr}")
            return json.loads(done.stdout.strip().splitlines()[-1])

        data("tokenize", demo, "--out", work / "rows")
        table = pq.read_table(work / "rows" / "demo-000001.tokens.parquet")
        with tarfile.open(demo) as tar:
            captions = {member.name[:-4]: tar.extractfile(member).read().decode().strip() for member in tar if member.name.endswith(".txt")}
        check(f"pyarrow reads {table.num_rows} rows of the parquet batch", table.num_rows == len(captions))
        rows = table.to_pylist()
        check("every key has its own caption", all(captions[row["image_key"].split("::")[1]] == row["caption"] for row in rows))
        check("ids and masks are those of tokenizers",
              all(oracle.encode(row["caption"]).ids == row["input_ids"] and oracle.encode(row["caption"]).attention_mask == row["attention_mask"]
                  for row in rows))
        check("ids are fixed lists of 77, as the source run's", str(table.schema.field("input_ids").type) == "fixed_size_list<item: int32>[77]"
              or "[77]" in str(table.schema.field("input_ids").type))

        data("arrow", work / "rows", "--out", work / "set", "--validation-share", "0.1")
        loaded = datasets.load_from_disk(str(work / "set"))
        check("load_from_disk opens both splits", set(loaded) == {"train", "validation"})
        keys = set(loaded["train"]["image_key"]), set(loaded["validation"]["image_key"])
        check("they are disjoint and complete", not keys[0] & keys[1] and len(keys[0] | keys[1]) == len(rows))
        first = loaded["train"][0]
        check("a row reads as it was written", first["input_ids"] == next(row for row in rows if row["image_key"] == first["image_key"])["input_ids"])

        done = data("encode", work / "set", demo, "--model", "pocket", "--size", "32", "--single-files", work / "single")
        shards = sorted((work / "set" / "latents").glob("latents-*.npy"))
        latents = np.concatenate([np.load(shard) for shard in shards])
        check("numpy opens the packed latents", latents.dtype == np.float16 and len(latents) == done["latents"])
        check("their mean and spread are those of the report",
              np.allclose(latents.astype(np.float64).mean((0, 2, 3)), done["latent_mean"], atol=1e-6)
              and np.allclose(latents.astype(np.float64).std((0, 2, 3)), done["latent_std"], atol=1e-6))
        named = {tuple(row)[0]: index for index, row in enumerate(sum((json.loads(shard.with_suffix(".json").read_text())["rows"] for shard in shards), []))}
        key = next(iter(named))
        single = np.load(work / "single" / (key.replace("::", "__").replace("/", "_") + ".npy"))
        check("a single latent is the packed one", single.shape == latents.shape[1:] and np.array_equal(single, latents[named[key]]))

        # And the other way: a dataset and a batch that Python wrote.
        part = loaded["train"].select(range(40)).select_columns(["image_key", "caption", "input_ids", "attention_mask"])
        part.save_to_disk(work / "theirs", num_shards=3)
        done = data("arrow", work / "theirs", "--out", work / "ours", "--validation-share", "0.2")
        check("a dataset of datasets' save_to_disk is split", done["train"] + done["validation"] == 40)
        datasets.DatasetDict({"a": part.select(range(10)), "b": part.select(range(10, 40))}).save_to_disk(work / "dict")
        check("and a DatasetDict", data("stats", work / "dict")["rows"] == 40)
        pq.write_table(table.select(["image_key", "caption"]).slice(0, 7), work / "plain.parquet", compression="zstd")
        done = data("arrow", work / "plain.parquet", "--out", work / "plain", "--validation-share", "0")
        check("captions of a plain parquet file are tokenised",
              datasets.load_from_disk(str(work / "plain"))["train"][3]["input_ids"] == rows[3]["input_ids"] and done["train"] == 7)
        again = data("encode", work / "plain", "--import", work / "single", "--model", "pocket", "--size", "32")
        check("and paired with single latents", again["latents"] > 0)


if __name__ == "__main__":
    main()
