#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The engine on a CUDA machine: builds it, and holds training and sampling against what the CPU made of the same inputs.
#
#   tests/gpu/reference.sh REF     here, on the CPU, after ./dev build and ./dev carry
#   tests/gpu/check.sh REF OUT     there; OUT gets the logs. ENGINE names one that was built elsewhere
#   tests/gpu/training.sh REF OUT  then: training as users start it
#   tests/gpu/speed.sh OUT         and times beside diffusers
#
# REF travels with the tree, and so does .carry.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
ref="$1" out="$2"
mkdir -p "$out"
started=$SECONDS
say() { echo "[$((SECONDS - started)) s] $*"; }

nvidia-smi --query-gpu=name,driver_version,clocks.sm,temperature.gpu --format=csv,noheader
# The lent machine's own g++ is a wrapper whose programs abort when they free what another library made.
if [ -z "${CXX:-}" ] && [ -x /usr/bin/g++-13 ]; then
  export CXX=/usr/bin/g++-13 CUDAHOSTCXX=/usr/bin/g++-13
fi
if [ -z "${ENGINE:-}" ]; then
  if ! ./dev engine --cuda -DCMAKE_CUDA_ARCHITECTURES=native >"$out/build.log" 2>&1; then
    say "the build failed"
    cmake --build --preset cuda -- -k 0 >>"$out/build.log" 2>&1  # the rest of it, so that every error is seen at once
    grep -E "error|Error" "$out/build.log" | head -40
    exit 1
  fi
  say "built"
fi
engine="${ENGINE:-build-cuda/bin/darkroom-engine}"

"$engine" devices || exit 1
"$engine" selftest --device cuda:0
for device in cpu cuda:0; do
  "$engine" generate --model pocket --prompts "$ref/prompts.txt" --steps 20 --device "$device" --dtype fp32 --out "$out/img-$device" >"$out/generate-$device.log" 2>&1 || say "generate on $device failed"
done
"$engine" generate --model pocket --prompts "$ref/prompts.txt" --steps 20 --device cuda:0 --dtype bf16 --out "$out/img-bf16" >"$out/generate-bf16.log" 2>&1 || say "generate in bf16 failed"
for kind in fp32 bf16; do
  "$engine" train --plan "$ref/plan-$kind.json" --run "$out/run-$kind" --devices cuda:0 --max-steps 40 >"$out/train-$kind.log" 2>&1 || say "training in $kind failed"
done
"$engine" train --plan "$ref/plan-fp32.json" --run "$out/run-parts" --devices cuda:0 --max-steps 20 >"$out/train-parts.log" 2>&1
"$engine" train --run "$out/run-parts" --resume --max-steps 40 >>"$out/train-parts.log" 2>&1 || say "resuming failed"
"$engine" run hash "$out/run-fp32"
"$engine" run hash "$out/run-parts"
python3 tests/gpu/compare.py "$ref" "$out"
say "done"
