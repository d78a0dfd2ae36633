#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""training_report.py OUT: the figures of training.sh."""
import json
import pathlib
import statistics
import sys


def rows(path):
    return [row for row in map(json.loads, open(path)) if "loss" in row]


def main():
    out = pathlib.Path(sys.argv[1])
    try:
        pair, whole = rows(out / "run-pair/metrics.jsonl"), rows(out / "run-whole/metrics.jsonl")
        for name in ("loss", "grad_norm"):
            apart = max(abs(a[name] - b[name]) / b[name] for a, b in zip(pair, whole))
            print(f"two ranks against one with the whole batch, {len(pair)} steps: {name} within {apart:.2e}")
        print("rates equal:", all(a["lr"] == b["lr"] for a, b in zip(pair, whole)))
    except (OSError, ValueError) as error:
        print(f"two ranks: {error}")
    try:
        metrics = rows(out / "sd15-metrics.jsonl")
        steady = metrics[20:]
        print(f"SD 1.5's size: {len(metrics)} steps, {statistics.median(row['images_per_s'] for row in steady):.1f} images/s median, "
              f"{min(row['images_per_s'] for row in steady):.1f} slowest, step {statistics.median(row['step_ms'] for row in steady):.1f} ms median, "
              f"{max(row['step_ms'] for row in steady):.1f} longest, waited for data {statistics.median(row['data_wait_ms'] for row in steady):.2f} ms, "
              f"peak {max(row['peak_gib'] for row in metrics):.2f} GiB, loss {metrics[0]['loss']:.4f} -> {metrics[-1]['loss']:.4f}")
        wall = metrics[-1]["time"] - metrics[20]["time"]
        print(f"from step 21 to the last: {sum(24 for _ in metrics[21:]) / wall:.1f} images/s by the clock, saves included")
    except (OSError, ValueError, IndexError) as error:
        print(f"SD 1.5's size: {error}")
    for name in ("forecast", "probe"):
        print(name, (out / f"{name}.json").read_text()[:3000])


if __name__ == "__main__":
    main()
