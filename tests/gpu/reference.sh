#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What tests/gpu/check.sh compares with: a small dataset with latents, plans, and the losses and pictures of the CPU. REF is a new folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
ref="$1" engine=build/bin/darkroom-engine
mkdir -p "$ref/plans"
"$engine" data build resources/demo/*.tar --model pocket --size 96 --validation-share 0 --min-std 1 --out "$ref/datasets/pocket"
rm -rf "$ref/datasets/pocket/.build"
"$engine" plan template pocket_demo --out "$ref/plans/demo.json"
python3 - "$ref" <<'PY'
import json, sys
ref = sys.argv[1]
for kind in ("fp32", "bf16"):
    plan = json.load(open(f"{ref}/plans/demo.json"))
    plan["precision"] = kind
    plan["validation"]["every_epochs"] = 0
    plan["checkpoint"]["every_epochs"] = 0
    for source in plan["phases"][0]["sources"]:
        source["dataset"] = "datasets/pocket"
    json.dump(plan, open(f"{ref}/plan-{kind}.json", "w"), indent=2)
plan = json.load(open("resources/pocket/plan.json"))
plan["batch"]["per_device"] *= 2  # one GPU does what two CPU ranks did
plan["phases"][0]["sources"][0]["dataset"] = "datasets/pocket"
json.dump(plan, open(f"{ref}/plan-pocket.json", "w"), indent=2)
PY
printf 'A red apple\nA frog\nA yellow school bus\nA top hat\n' >"$ref/prompts.txt"
"$engine" generate --model pocket --prompts "$ref/prompts.txt" --steps 20 --device cpu --dtype fp32 --out "$ref/images"
"$engine" train --plan "$ref/plan-fp32.json" --run "$ref/run" --devices cpu --max-steps 40
mv "$ref/run/metrics.jsonl" "$ref/metrics.jsonl"
rm -rf "$ref/run"
