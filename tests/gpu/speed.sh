#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/gpu/speed.sh OUT, after check.sh: the engine's times beside diffusers on one card; OUT gets bench.jsonl, peers.jsonl and the profile.
# ENGINE names an engine that was built elsewhere, PYTHONPATH may name a folder with diffusers.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
out="$1" engine="${ENGINE:-build-cuda/bin/darkroom-engine}"
mkdir -p "$out"

nvidia-smi --query-gpu=name,clocks.sm,temperature.gpu,power.draw --format=csv,noheader
bench() { "$engine" bench --device cuda:0 --model sd15 --json "$@" 2>>"$out/bench.err" | grep '"bench"' | tee -a "$out/bench.jsonl"; }
for batch in 2 8; do bench unet_step --dtype bf16 --batch $batch --repeat 30; done
bench unet_step --dtype fp16 --batch 2 --repeat 30
bench image --dtype fp16 --repeat 5 --steps 30
for batch in 8 24 64; do bench train_step --dtype bf16 --batch "$batch" --repeat 8 --recompute off; done
bench train_step --dtype bf16 --batch 24 --repeat 8 --recompute on
bench train_step --dtype bf16 --batch 64 --width 256 --height 256 --repeat 8 --recompute off
bench optimizer vae_decode vae_encode text_encode --dtype bf16 --batch 8 --repeat 10
python3 tests/gpu/peers.py --profile "$out/profile.txt" 2>"$out/peers.err" | tee "$out/peers.jsonl"
nvidia-smi --query-gpu=name,clocks.sm,temperature.gpu,power.draw --format=csv,noheader
