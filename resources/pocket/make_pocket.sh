#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes all of the pocket model but the UNet's weights from the demo tars. Interrupted, it goes on where it was.
#   PYTHON=path/to/python resources/pocket/make_pocket.sh SCRATCH_FOLDER [OUT_FOLDER]
# PYTHON needs torch, diffusers, transformers, tokenizers, numpy, Pillow (README.md names the versions).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
scratch=${1:?"usage: make_pocket.sh SCRATCH_FOLDER [OUT_FOLDER]"}
out=${2:-$here}
python=${PYTHON:-python3}
export PYTHONDONTWRITEBYTECODE=1
"$python" "$here/train_vae.py" --scratch "$scratch/vae" --out "$out"
"$python" "$here/train_text_encoder.py" --scratch "$scratch/text_encoder" --out "$out"
"$python" "$here/write_layout.py" --out "$out"
