#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sorts the demo pictures into one tar a source of the plan `pocket_seven_phases`.

    python3 resources/demo/split_demo.py OUT [N]

writes OUT/<source>.tar, with at most N pictures each; `darkroom-engine data build OUT/<source>.tar --model pocket --size 96 --validation-share 0.1 --out
WORKSPACE/datasets/<source>` makes the datasets that the plan names. The members stay as they are, in their order.
"""
import io
import json
import pathlib
import sys
import tarfile

# Source of the plan -> categories of the pictures; "everything" has them all.
SOURCES = {
    "things": {"household", "clothes", "food"},
    "scenes": {"town", "space", "naturalforces"},
    "festive": {"seasonal", "hobbies"},
    "people": {"people", "sports", "medical", "military"},
    "animals": {"animals"},
}
EVERYTHING = "everything"


def samples(tars):
    """(category, members with their bytes) of each sample: three adjacent members with one key."""
    for path in tars:
        with tarfile.open(path) as tar:
            group = []
            for member in tar:
                group.append((member, tar.extractfile(member).read()))
                if len(group) == 3:
                    facts = next(json.loads(data) for entry, data in group if entry.name.endswith(".json"))
                    yield facts["category"], group
                    group = []


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    out = pathlib.Path(sys.argv[1])
    most = int(sys.argv[2]) if len(sys.argv) == 3 else float("inf")
    out.mkdir(parents=True, exist_ok=True)
    here = pathlib.Path(__file__).resolve().parent
    tars = {name: tarfile.open(out / f"{name}.tar", "w", format=tarfile.USTAR_FORMAT) for name in [EVERYTHING, *SOURCES]}
    counts = dict.fromkeys(tars, 0)
    for category, group in samples(sorted(here.glob("demo-*.tar"))):
        for name, tar in tars.items():
            if counts[name] < most and (name == EVERYTHING or category in SOURCES[name]):
                counts[name] += 1
                for member, data in group:
                    tar.addfile(member, io.BytesIO(data))
    for name, tar in tars.items():
        tar.close()
        print(f"{out / name}.tar: {counts[name]} pictures")


if __name__ == "__main__":
    main()
