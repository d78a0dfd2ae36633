#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""compare.py REF OUT: what a CUDA machine made beside what the CPU made of the same inputs. Exits 1 where they differ by more than rounding."""
import json
import pathlib
import sys

import numpy as np
from PIL import Image

# A step's loss in fp32 may differ by the order of sums, which grows as training goes on; bf16 by its 8 bits.
LIMITS = {"fp32": 2e-3, "bf16": 3e-2}
PSNR_FP32 = 45.0


def losses(path):
    return {row["step"]: row["loss"] for row in map(json.loads, open(path)) if "loss" in row}


def pictures(folder):
    return [np.asarray(Image.open(path).convert("RGB"), dtype=np.float64) for path in sorted(pathlib.Path(folder).rglob("*.png"))]


def psnr(a, b):
    mse = np.mean((a - b) ** 2)
    return float("inf") if mse == 0 else 10 * np.log10(255 ** 2 / mse)


def main():
    ref, out = map(pathlib.Path, sys.argv[1:3])
    wrong = 0
    expected = losses(ref / "metrics.jsonl")
    for kind, limit in LIMITS.items():
        try:
            got = losses(out / f"run-{kind}" / "metrics.jsonl")
        except OSError as error:
            print(f"losses {kind}: {error}")
            wrong += 1
            continue
        steps = sorted(set(expected) & set(got))
        apart = max(abs(got[step] - expected[step]) / expected[step] for step in steps) if steps else float("nan")
        good = len(steps) == len(expected) and apart <= limit
        wrong += not good
        print(f"losses {kind}: {len(steps)} steps, largest relative difference to the CPU {apart:.2e} (limit {limit}), "
              f"first {got.get(1)} last {got.get(max(got))}{'' if good else '  WRONG'}")
    images = pictures(ref / "images")
    for name, limit in (("img-cpu", 60.0), ("img-cuda:0", PSNR_FP32), ("img-bf16", 20.0)):
        made = pictures(out / name)
        values = [psnr(a, b) for a, b in zip(images, made)]
        good = len(made) == len(images) and min(values) >= limit
        wrong += not good
        print(f"pictures {name}: {len(made)}, PSNR to the CPU {', '.join(f'{value:.1f}' for value in values)} dB (limit {limit}){'' if good else '  WRONG'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
