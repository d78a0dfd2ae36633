#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Pictures to latents on a CPU: the VAE encoder of darkroom-engine beside diffusers' (eager, both memory formats), and the share of `data build`'s
encoding that is spent in it.

  .venv-parity/bin/python tests/bench/encode_speed.py --engine build/bin/darkroom-engine --dtype fp32 [--size 512] [--batch 4] [--repeat 3]
      [--model DIR --tar FILE]

A VAE of Stable Diffusion 1.5's size with random weights, two threads each, every measurement a process of its own: ours, peers, peers in the other
order, ours. With --model (a diffusers folder) and --tar (pictures with captions) `data build` is run on them in the end. Prints a JSON line a process
and the ratio of the fastest.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time


def run_peer(arguments: argparse.Namespace) -> None:
    import resource

    import torch
    from diffusers import AutoencoderKL

    torch.set_num_threads(2)
    dtype = torch.bfloat16 if arguments.dtype == "bf16" else torch.float32
    memory = torch.contiguous_format if arguments.run_peer == "nchw" else torch.channels_last
    vae = AutoencoderKL(down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
                        block_out_channels=(128, 256, 512, 512), layers_per_block=2, latent_channels=4, sample_size=512)
    vae = vae.to(dtype=dtype, memory_format=memory).eval()
    pictures = torch.rand(arguments.batch, 3, arguments.size, arguments.size).to(dtype=dtype, memory_format=memory)
    seconds = []
    with torch.inference_mode():
        for _ in range(arguments.repeat + 1):
            started = time.monotonic()
            vae.encode(pictures).latent_dist.mean.sum().item()
            seconds.append(time.monotonic() - started)
    print(json.dumps({"ms_per_picture": 1000 * min(seconds[1:]) / arguments.batch,
                      "peak_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20}))


def lines_of(command: list[str]) -> list[dict]:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{done.stdout[-1000:]}{done.stderr[-2000:]}")
    return [json.loads(line) for line in done.stdout.strip().splitlines()]


def ours(arguments: argparse.Namespace) -> dict:
    lines = lines_of([arguments.engine, "bench", "vae_encode", "--model", "sd15", "--width", str(arguments.size), "--height", str(arguments.size),
                         "--batch", str(arguments.batch), "--dtype", arguments.dtype, "--repeat", str(arguments.repeat), "--device", "cpu", "--json"])
    figures = next(line for line in lines if line["event"] == "bench")
    return {"ms_per_picture": figures["min_ms"] / arguments.batch}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", default="build/bin/darkroom-engine")
    parser.add_argument("--dtype", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--model")
    parser.add_argument("--tar")
    parser.add_argument("--run-peer", choices=["nchw", "nhwc"])
    arguments = parser.parse_args()
    if arguments.run_peer:
        return run_peer(arguments)
    best: dict[str, float] = {}
    for name in ["darkroom", "nchw", "nhwc", "nhwc", "nchw", "darkroom"]:
        figures = ours(arguments) if name == "darkroom" else lines_of([sys.executable, os.path.abspath(__file__), *sys.argv[1:], "--run-peer", name])[-1]
        best[name] = min(best.get(name, float("inf")), figures["ms_per_picture"])
        print(json.dumps({"who": name, **figures}), flush=True)
    peer = min(value for name, value in best.items() if name != "darkroom")
    print(json.dumps({"dtype": arguments.dtype, "size": arguments.size, "ms_per_picture": {name: round(value) for name, value in best.items()},
                      "times_the_best_peer": round(peer / best["darkroom"], 2)}))
    if arguments.model and arguments.tar:
        out = tempfile.mkdtemp(prefix="darkroom_encode_bench_")
        try:
            done = lines_of([arguments.engine, "data", "build", arguments.tar, "--model", arguments.model, "--size", str(arguments.size), "--dtype",
                              arguments.dtype, "--batch", str(arguments.batch), "--devices", "cpu", "--out", out, "--json"])[-1]
            print(json.dumps({key: done[key] for key in ("latents", "images_per_s", "vae_share", "peak_gib")}))
        finally:
            shutil.rmtree(out)


if __name__ == "__main__":
    main()
