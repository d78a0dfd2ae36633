#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Training as users start it, on one CUDA device: SD 1.5's size for 200 steps on random latents beside its forecast, two NCCL ranks that share
# the card, and a rank that is killed.
#
#   tests/gpu/training.sh REF OUT     after check.sh built the engine, or with ENGINE=path; REF by reference.sh
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
ref="$1" out="$2" engine="${ENGINE:-build-cuda/bin/darkroom-engine}"
work="$(mktemp -d)"
mkdir -p "$out"
started=$SECONDS
say() { echo "[$((SECONDS - started)) s] $*"; }

"$engine" init --layout sd15 --dtype fp16 --out "$work/sd15" >"$out/init.log" 2>&1 || say "init failed"
cp -r "$ref/datasets/pocket" "$work/dataset"
python3 tests/gpu/synthetic_latents.py "$work/dataset" "$work/npy" 64
rm -rf "$work/dataset/latents"
"$engine" data encode "$work/dataset" --model "$work/sd15" --size 512 --import "$work/npy" >"$out/import.log" 2>&1 || say "import failed"
python3 tests/gpu/training_plans.py "$ref" "$work"
say "prepared"

# Two ranks share the card: NCCL refuses that within one machine, so each says that it is a machine of its own.
for rank in 0 1; do
  RANK=$rank LOCAL_RANK=0 WORLD_SIZE=2 LOCAL_WORLD_SIZE=1 MASTER_ADDR=127.0.0.1 MASTER_PORT=29511 NCCL_HOSTID=machine$rank NCCL_SOCKET_IFNAME=lo \
    timeout 60 "$engine" train --plan "$work/pair.json" --run "$out/run-pair" --devices cuda:0 --max-steps 20 >"$out/pair-$rank.log" 2>&1 &
done
wait
"$engine" train --plan "$work/whole.json" --run "$out/run-whole" --devices cuda:0 --max-steps 20 >"$out/whole.log" 2>&1 || say "the whole batch failed"
say "two NCCL ranks done"

# A rank that is killed: its run must end with the numbers of one that was not, under --deterministic bit for bit.
"$engine" train --plan "$work/whole.json" --run "$out/run-straight" --devices cuda:0 --max-steps 30 --deterministic >"$out/straight.log" 2>&1
"$engine" train --plan "$work/whole.json" --run "$out/run-killed" --devices cuda:0 --max-steps 30 --deterministic >"$out/killed.log" 2>&1 &
supervisor=$!
for _ in $(seq 400); do
  [ -e "$out/run-killed/metrics.jsonl" ] && [ "$(grep -c '"step":' "$out/run-killed/metrics.jsonl")" -ge 14 ] && break
  sleep 0.05
done
pkill -KILL -P "$supervisor" && say "rank killed at step $(grep -c '"step":' "$out/run-killed/metrics.jsonl")"
wait "$supervisor" || say "the run with a killed rank failed"
"$engine" run hash "$out/run-straight"
"$engine" run hash "$out/run-killed"
say "kill done"

"$engine" plan forecast "$work/sd15.json" --devices cuda:0 --json >"$out/forecast.json" 2>"$out/forecast.err"
"$engine" plan forecast "$work/sd15.json" --devices cuda:0 --probe --json >"$out/probe.json" 2>"$out/probe.err"
say "forecast and probe done"
"$engine" plan forecast "$work/too_large.json" --devices cuda:0
say "a plan that cannot fit: exit code $?"
"$engine" train --plan "$work/sd15.json" --run "$work/run-sd15" --devices cuda:0 --max-steps 200 >"$out/sd15.log" 2>&1 || say "SD 1.5's run failed"
cp "$work/run-sd15/metrics.jsonl" "$out/sd15-metrics.jsonl"
cp "$work/run-sd15/journal.jsonl" "$out/sd15-journal.jsonl"
cp "$work/run-sd15/"*.log "$out/" 2>/dev/null
say "SD 1.5's run done"
python3 tests/gpu/training_report.py "$out"
rm -rf "$work" "$out"/run-*/checkpoints
