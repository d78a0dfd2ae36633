#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""training_plans.py REF WORK: the plans of training.sh. REF holds plan-fp32.json and datasets/pocket, WORK the folders sd15 and dataset."""
import copy
import json
import pathlib
import sys


def main():
    ref, work = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])

    def write(name, plan):
        (work / f"{name}.json").write_text(json.dumps(plan, indent=2))

    pocket = json.loads((ref / "plan-fp32.json").read_text())
    for source in pocket["phases"][0]["sources"]:
        source["dataset"] = str(ref / "datasets/pocket")
    pocket["checkpoint"]["every_steps"] = 10
    write("pair", pocket)
    whole = copy.deepcopy(pocket)
    whole["batch"]["per_device"] *= 2
    write("whole", whole)

    sd15 = copy.deepcopy(pocket)
    sd15.update(name="SD 1.5's size on random latents", precision="bf16", recompute="none", batch={"per_device": 24, "accumulation": 1})
    sd15["model"] = {"layout": "sd15", "init": {"seed": 0}, "vae": str(work / "sd15"), "text_encoder": str(work / "sd15"),
                     "text_attention_mask": False}
    sd15["checkpoint"].update(every_steps=100, keep_last=2)
    sd15["phases"][0]["sources"][0]["dataset"] = str(work / "dataset")
    write("sd15", sd15)
    too_large = copy.deepcopy(sd15)
    too_large["batch"]["per_device"] = 512
    write("too_large", too_large)


if __name__ == "__main__":
    main()
