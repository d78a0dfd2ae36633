#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""synthetic_latents.py DATASET OUT SIDE: a .npy of random numbers [4,SIDE,SIDE] for each picture of a dataset with latents, for `data encode --import`."""
import json
import pathlib
import sys

import numpy as np


def main():
    dataset, out, side = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])
    out.mkdir(parents=True)
    random = np.random.default_rng(0)
    for index in sorted((dataset / "latents").glob("latents-*.json")):
        for key, _ in json.loads(index.read_text())["rows"]:
            name = key.replace("::", "__").replace("/", "_") + ".npy"
            np.save(out / name, random.standard_normal((4, side, side)).astype(np.float16))


if __name__ == "__main__":
    main()
