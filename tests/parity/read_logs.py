#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads a run's TensorBoard events and Weights & Biases files with those tools' own code and compares them with metrics.jsonl.

    .venv-parity/bin/python tests/parity/read_logs.py RUN
"""
import json
import pathlib
import subprocess
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def wandb_records(folder):
    """Every record of a launch, as `wandb leet inspect` (wandb's own reader, in Go) prints it; it fails on a wrong checksum."""
    wandb = pathlib.Path(sys.executable).parent / "wandb"
    made = subprocess.run([wandb, "leet", "inspect", "--json", folder], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in made.stdout.splitlines()]


def main():
    run = pathlib.Path(sys.argv[1])
    rows = {row["step"]: row for row in map(json.loads, (run / "metrics.jsonl").read_text().splitlines())}

    events = EventAccumulator(str(run / "events"), size_guidance={"scalars": 0})
    events.Reload()
    losses = {point.step: point.value for point in events.Scalars("train/loss")}
    assert losses.keys() == rows.keys(), f"TensorBoard has steps {sorted(losses.keys() ^ rows.keys())} more or less"
    for step, value in losses.items():
        assert abs(value - rows[step]["loss"]) < 1e-6 * abs(value), f"TensorBoard: step {step}"
    print(f"TensorBoard: {len(losses)} steps, tags {sorted(events.Tags()['scalars'])}, images {sorted(events.Tags()['images'])}")

    folders = sorted((run / "wandb").glob("offline-run-*"))
    seen, ids, pictures = {}, set(), 0
    for folder in folders:
        for record in wandb_records(folder):
            if record["type"] == "run":
                ids.add(record["run"]["run_id"])
            if record["type"] == "history":
                item = record["history"]["item"]
                if "train/loss" in item:
                    seen[item["_step"]] = item["train/loss"]
                for value in item.values():
                    if isinstance(value, dict) and value.get("_type") == "image-file":
                        assert (folder / "files" / value["path"]).is_file(), value["path"]
                        pictures += 1
    assert ids == {json.loads((run / "run.json").read_text())["id"]}, ids
    assert seen.keys() == rows.keys(), f"wandb has steps {sorted(seen.keys() ^ rows.keys())} more or less"
    for step, value in seen.items():
        assert abs(value - rows[step]["loss"]) <= 1e-15 * abs(value), f"wandb: step {step}"
    listed = subprocess.run([pathlib.Path(sys.executable).parent / "wandb", "sync", "--dry-run", *folders], capture_output=True, text=True)
    assert listed.returncode == 0, listed.stderr
    print(f"wandb: {len(seen)} steps and {pictures} pictures in {len(folders)} launches of run {ids.pop()}; wandb sync --dry-run says")
    print((listed.stdout + listed.stderr).strip())


if __name__ == "__main__":
    main()
