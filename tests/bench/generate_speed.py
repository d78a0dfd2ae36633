#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Making a picture on a CPU: darkroom-engine beside diffusers (eager in both memory formats, torch.compile) and stable-diffusion.cpp.

  .venv-parity/bin/python tests/bench/generate_speed.py --engine build/bin/darkroom-engine --model DIR --dtype fp32
      [--size 512] [--steps 4] [--rounds 1] [--peers nchw,nhwc,compile,sdcpp] [--sdcpp PATH/sd-cli --sdcpp-model FILE]

DIR is a diffusers folder (`darkroom-engine init --layout sd15 --out DIR` makes one; values do not change speed). Every measurement is a process
of its own; a round runs ours, each peer, each peer again in the other order, ours. Both sides make one picture with DDIM and guidance 7.5, two
threads each. Printed: one JSON line a process, then a table of the fastest and the median, and the ratios of the fastest.
A peer that cannot run here (sdcpp without --sdcpp, compile without a compiler) is skipped by name.
"""
import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

FIGURES = ("step_ms", "unet_ms", "decode_ms", "image_ms", "cold_first_step_s", "peak_gib")


def process_start() -> float:
    ticks = float(open("/proc/self/stat").read().rsplit(")", 1)[1].split()[19])
    return time.time() - (float(open("/proc/uptime").read().split()[0]) - ticks / os.sysconf("SC_CLK_TCK"))


def run_peer(arguments: argparse.Namespace) -> None:
    """One picture by diffusers' modules and scheduler, its loop written out: nothing of the pipeline's own cost counts against it."""
    started = process_start()
    import resource

    import torch
    from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
    from transformers import CLIPTextModel

    torch.set_num_threads(arguments.threads)
    dtype = torch.bfloat16 if arguments.dtype == "bf16" else torch.float32
    memory = torch.contiguous_format if arguments.run_peer == "nchw" else torch.channels_last

    def load(kind, part):
        model = kind.from_pretrained(os.path.join(arguments.model, part), torch_dtype=dtype).eval()
        return model if part == "text_encoder" else model.to(memory_format=memory)

    text, unet, vae = load(CLIPTextModel, "text_encoder"), load(UNet2DConditionModel, "unet"), load(AutoencoderKL, "vae")
    scheduler = DDIMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False,
                              set_alpha_to_one=False, steps_offset=1)
    forward = unet
    if arguments.run_peer == "compile":
        import torch._inductor.config
        torch._inductor.config.freezing = True
        forward = torch.compile(unet, dynamic=False)
    ids = torch.full((2, 77), 49407)
    ids[:, 0] = 49406
    ids[1, 1:9] = torch.tensor([320, 8853, 539, 550, 18376, 6765, 320, 4558])
    side = arguments.size // 8
    first_step = None

    def picture():
        nonlocal first_step
        begun = time.perf_counter()
        scheduler.set_timesteps(arguments.steps)
        context = text(ids)[0]
        latents = torch.randn(1, 4, side, side, generator=torch.Generator().manual_seed(0)).to(dtype)
        ends = []
        for t in scheduler.timesteps:
            given = latents.repeat(2, 1, 1, 1).contiguous(memory_format=memory)
            without, with_text = forward(given, t, context, return_dict=False)[0].chunk(2)
            latents = scheduler.step(without + 7.5 * (with_text - without), t, latents, return_dict=False)[0]
            ends.append(time.perf_counter())
            first_step = first_step or time.time() - started
        pixels = vae.decode((latents / 0.18215).contiguous(memory_format=memory), return_dict=False)[0]
        pixels.float().div(2).add(0.5).clamp(0, 1).mul(255).round().to(torch.uint8)
        done = time.perf_counter()
        return done - begun, [b - a for a, b in zip(ends, ends[1:])], done - ends[-1]

    with torch.inference_mode():
        if arguments.run_peer == "compile":
            picture()
        image, steps, decode = picture()
        given, context = torch.randn(2, 4, side, side).to(dtype).contiguous(memory_format=memory), text(ids)[0]
        bare = []
        for _ in range(2):
            begun = time.perf_counter()
            forward(given, torch.tensor(500), context, return_dict=False)
            bare.append(time.perf_counter() - begun)
    print(json.dumps({"step_ms": 1e3 * statistics.median(steps), "unet_ms": 1e3 * min(bare), "decode_ms": 1e3 * decode,
                      "image_ms": 1e3 * image, "cold_first_step_s": first_step,
                      "peak_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20}))


def last_json(command, environment=None) -> dict:
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()[-400:]}")
    return next(json.loads(line) for line in reversed(done.stdout.splitlines()) if '"step_ms"' in line)


def run_ours(arguments) -> dict:
    line = last_json([arguments.engine, "bench", "generate", "--device", "cpu", "--json", "--model", arguments.model, "--dtype",
                      arguments.dtype, "--width", str(arguments.size), "--height", str(arguments.size), "--steps", str(arguments.steps),
                      "--repeat", "1"], dict(os.environ, OMP_NUM_THREADS=str(arguments.threads)))
    line["image_ms"] = line["min_ms"]
    return {name: line[name] for name in (*FIGURES, "overhead")}


def run_diffusers(arguments, peer) -> dict:
    return last_json([sys.executable, __file__, *sys.argv[1:], "--run-peer", peer])


def run_sdcpp(arguments) -> dict:
    """Its own words: a step is two forward passes and its sampler's arithmetic; the first step is not set apart, so steps' mean is taken."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["/usr/bin/time", "-f", "%M", arguments.sdcpp, "-m", arguments.sdcpp_model, "-p", "a photograph of an astronaut riding a horse",
                   "--steps", str(arguments.steps), "--cfg-scale", "7.5", "-W", str(arguments.size), "-H", str(arguments.size), "-t",
                   str(arguments.threads), "--type", "f32" if arguments.dtype == "fp32" else "f16", "-o", f"{folder}/picture.png"]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"sd ended with {done.returncode}: {done.stderr.strip()[-400:]}")

    def seconds(words: str) -> float:
        return float(re.search(words + r" completed(?: in|, taking) ([\d.]+)s", done.stdout + done.stderr).group(1))

    return {"step_ms": 1e3 * seconds("sampling") / arguments.steps, "decode_ms": 1e3 * seconds("decode_first_stage"),
            "image_ms": 1e3 * seconds("generate_image"), "peak_gib": int(done.stderr.split()[-1]) / 2**20}


def table(results: dict) -> None:
    best = {who: {name: min(run[name] for run in runs if name in run) for name in FIGURES if any(name in run for run in runs)}
            for who, runs in results.items() if runs}
    print(f"\n{'':<12}" + "".join(f"{name:>24}" for name in FIGURES))
    for who, runs in results.items():
        cells = []
        for name in FIGURES:
            values = [run[name] for run in runs if name in run]
            cells.append(f"{min(values):.2f} ({statistics.median(values):.2f})" if values else "-")
        print(f"{who:<12}" + "".join(f"{cell:>24}" for cell in cells))
    for who in best:
        if who != "ours":
            print(f"{who + ' / ours':<12}" + "".join(
                f"{best[who][name] / best['ours'][name]:>24.2f}" if name in best[who] else f"{'-':>24}" for name in FIGURES))
    overheads = [run["overhead"] for run in results["ours"]]
    print(f"ours: a step takes {100 * min(overheads):.1f} to {100 * max(overheads):.1f} % more than its forward pass")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--dtype", choices=("fp32", "bf16"), default="fp32")
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peers", default="nchw,nhwc,compile,sdcpp")
    parser.add_argument("--sdcpp", help="the `sd-cli` program of stable-diffusion.cpp (its source comes with PyPI's stable-diffusion-cpp-python)")
    parser.add_argument("--sdcpp-model", help="DIR as one file for it: darkroom-engine convert DIR model.safetensors")
    parser.add_argument("--run-peer", choices=("nchw", "nhwc", "compile"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.steps < 2:
        parser.error("--steps must be at least 2: the time of a step is the interval between two")
    if arguments.run_peer:
        run_peer(arguments)
        return
    peers = [peer for peer in arguments.peers.split(",") if peer]
    if "sdcpp" in peers and not (arguments.sdcpp and arguments.sdcpp_model):
        print("sdcpp skipped: no program and model were given with --sdcpp and --sdcpp-model")
        peers.remove("sdcpp")
    results = {who: [] for who in ("ours", *peers)}

    def measure(who):
        if who not in results:
            return
        try:
            run = run_ours(arguments) if who == "ours" else run_sdcpp(arguments) if who == "sdcpp" else run_diffusers(arguments, who)
        except RuntimeError as error:
            if who == "ours":
                raise
            print(f"{who} skipped: {error}")
            del results[who]
            return
        results[who].append(run)
        print(json.dumps({"who": who, **{name: round(value, 4) for name, value in run.items()}}), flush=True)

    for _ in range(arguments.rounds):
        for who in ("ours", *peers, *reversed(peers), "ours"):
            measure(who)
    table(results)


if __name__ == "__main__":
    main()
