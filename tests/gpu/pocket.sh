#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/gpu/pocket.sh REF OUT, after check.sh: the pocket UNet from scratch on one GPU, by REF/plan-pocket.json, as resources/pocket/README.md says.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
ref="$1" out="$2" engine=build-cuda/bin/darkroom-engine
mkdir -p "$out"
started=$SECONDS
"$engine" train --plan "$ref/plan-pocket.json" --run "$out/pocket" --devices cuda:0 >"$out/pocket.log" 2>&1
tail -n 2 "$out/pocket.log"
echo "trained in $((SECONDS - started)) s"
"$engine" run export "$out/pocket" --out "$out/exported" --weights ema --dtype fp16
cp "$out"/exported/unet/*.safetensors "$out/pocket-unet.safetensors"
tar -C "$out/pocket" -cf "$out/pocket-run.tar" metrics.jsonl journal.jsonl samples
rm -rf "$out/pocket" "$out/exported"
