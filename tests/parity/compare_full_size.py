#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A random model of Stable Diffusion 1.5's size, each part and whole pictures beside diffusers and transformers; exits 1 where they part.

    .venv-parity/bin/python tests/parity/compare_full_size.py [--work build/parity] [--only text,unet,vae,pictures] [--report FILE.json] [--engine PATH]

The model is made by `darkroom-engine init`; layers that start at zero or one are then filled with random numbers, else they would compare
nothing. fp32 must agree to 1e-4 of the largest value; bf16 may be as far from diffusers' fp32 as diffusers' own bf16 is. Pictures: 20 DDIM
steps, CFG 7.5, 256x256, two seeds; and two steps each for prompts of 0, 5, 75 and 200 tokens (75 fill the 77 places of a chunk). Takes about
9 GB of memory, 4.3 GB of disk and, on two cores, a quarter of an hour.
"""
import argparse
import gc
import json
import math
import pathlib
import subprocess
import sys
import warnings

warnings.filterwarnings("ignore")

import numpy
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build" / "bin" / "darkroom-engine"
FP32_LIMIT, LATENT_LIMIT, BF16_SLACK = 1e-4, 1e-3, 1.05
WORDS = ("cat", "dog", "house", "red", "apple", "tree", "car")


def engine(*arguments):
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, arguments))}: {done.stderr.strip()[-600:]}")
    return done.stdout


def randn(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def fill_constants(folder):
    """Norms off the identity, biases and zero-initialised layers off zero."""
    for part in ("unet", "vae", "text_encoder"):
        file = next((folder / part).glob("*.safetensors"))
        tensors = load_file(file)
        filled = 0
        for index, (name, tensor) in enumerate(sorted(tensors.items())):
            if tensor.numel() > 1 and bool((tensor == tensor.flatten()[0]).all()):
                scale = 0.1 if tensor.dim() == 1 else 1 / math.sqrt(3 * tensor[0].numel())
                tensors[name] = tensor + scale * randn(index, *tensor.shape)
                filled += 1
        save_file(tensors, str(file) + ".new")
        pathlib.Path(str(file) + ".new").rename(file)
        print(f"{part}: {filled} of {len(tensors)} tensors were constant and have random values now", flush=True)
        del tensors
        gc.collect()


def prepare(work):
    model = work / "sd15"
    if not (model / "filled").exists():
        engine("init", "--layout", "sd15", "--seed", 5, "--out", model)
        fill_constants(model)
        (model / "filled").touch()
    return model


class Report:
    def __init__(self):
        self.rows, self.failed = [], False

    def add(self, what, value, limit, note=""):
        good = value <= limit
        self.failed |= not good
        self.rows.append({"what": what, "value": value, "limit": limit, "good": good, "note": note})
        print(f"{'ok  ' if good else 'FAIL'} {what:<44} {value:.2e} (limit {limit:.1e}) {note}", flush=True)

    def compare(self, what, ours, ours_half, theirs, theirs_half):
        """fp32 by the largest difference over the largest value; bf16 by the root mean square, which one value does not decide."""
        self.add(f"{what}, fp32", ((ours - theirs).abs().max() / theirs.abs().max()).item(), FP32_LIMIT)
        rms = lambda tensor: ((tensor - theirs).pow(2).mean().sqrt() / theirs.pow(2).mean().sqrt()).item()
        limit = BF16_SLACK * rms(theirs_half)
        self.add(f"{what}, bf16", rms(ours_half), limit, "rms; the limit is diffusers' own bf16 and 5 %")


class Forward:
    """The engine's `forward` on given tensors."""

    def __init__(self, model, work):
        self.model, self.inputs, self.out = model, work / "inputs.safetensors", work / "outputs.safetensors"

    def __call__(self, part, inputs, dtype, *more):
        save_file({name: tensor.contiguous() for name, tensor in inputs.items()}, self.inputs)
        engine("forward", part, "--model", self.model, "--inputs", self.inputs, "--out", self.out, "--dtype", dtype, *more)
        return {name: tensor.clone() for name, tensor in load_file(self.out).items()}


@torch.no_grad()
def both_dtypes(module, run):
    """run(module, dtype) in fp32 and bf16; the module ends in bf16."""
    full = run(module, torch.float32)
    half = run(module.to(torch.bfloat16), torch.bfloat16)
    return [(a.float(), b.float()) for a, b in zip(full, half)]


def token_ids(count, first=0):
    """Ids of a chunk with so many tokens (at most 75), as the engine's tokenizer gives them for words of one token; `first` is the number of its
    first word in the prompt."""
    known = [json.loads(engine("tokenize", word))["ids"][0][1] for word in WORDS]
    ids = [49406] + [known[i % len(known)] for i in range(first, first + count)] + [49407]
    return ids + [49407] * (77 - len(ids))


def chunks_of(count):
    return [min(75, count - first) for first in range(0, count, 75)] or [0]


def compare_text(report, model, forward):
    from transformers import CLIPTextModel
    counts = [0, 5, 75, *chunks_of(200)]
    ids = torch.tensor([token_ids(count) for count in counts])
    mask = torch.zeros_like(ids)
    for row, count in enumerate(counts):
        mask[row, :count + 2] = 1
    for name, given in (("without mask", {"ids": ids}), ("with mask", {"ids": ids, "mask": mask})):
        ours, half = forward("text_encoder", given, "fp32")["states"], forward("text_encoder", given, "bf16")["states"]
        module = CLIPTextModel.from_pretrained(model / "text_encoder").eval()
        (theirs, theirs_half), = both_dtypes(module, lambda m, dtype: [m(ids, attention_mask=given.get("mask")).last_hidden_state])
        report.compare(f"text encoder, 0/5/75/200 tokens {name}", ours, half, theirs, theirs_half)


def compare_unet(report, model, forward):
    from diffusers import UNet2DConditionModel
    keep = torch.ones(2, 77, dtype=torch.int64)
    keep[0, 7:] = 0
    cases = {"64x64": (64, 64, 77, None), "40x72": (40, 72, 77, None), "32x32, 231 tokens": (32, 32, 231, None), "32x32, mask": (32, 32, 77, keep)}
    made = {}
    for index, (name, (rows, columns, tokens, mask)) in enumerate(cases.items()):
        given = {"x": randn(10 + index, 2, 4, rows, columns), "t": torch.tensor([3, 981]), "context": randn(20 + index, 2, tokens, 768)}
        given |= {"mask": mask} if mask is not None else {}
        made[name] = (given, forward("unet", given, "fp32")["output"], forward("unet", given, "bf16")["output"])
    module = UNet2DConditionModel.from_pretrained(model / "unet").eval()

    def run_all(m, dtype):
        return [m(given["x"].to(dtype), given["t"], given["context"].to(dtype), encoder_attention_mask=given.get("mask")).sample
                for given, _, _ in made.values()]

    for name, (theirs, theirs_half) in zip(made, both_dtypes(module, run_all)):
        report.compare(f"UNet, {name}", made[name][1], made[name][2], theirs, theirs_half)


def compare_vae(report, model, forward):
    from diffusers import AutoencoderKL
    images, latents = randn(31, 1, 3, 256, 320).clamp(-1, 1), randn(32, 1, 4, 40, 72) / 0.18215
    encoded, encoded_half = forward("vae_encode", {"images": images}, "fp32"), forward("vae_encode", {"images": images}, "bf16")
    decoded, decoded_half = forward("vae_decode", {"latents": latents}, "fp32"), forward("vae_decode", {"latents": latents}, "bf16")
    strips = forward("vae_decode", {"latents": latents}, "fp32", "--strips")["images"]
    strips_half = forward("vae_decode", {"latents": latents}, "bf16", "--strips")["images"]
    encoded_strips = forward("vae_encode", {"images": images}, "fp32", "--strips")
    module = AutoencoderKL.from_pretrained(model / "vae").eval()

    def run_all(m, dtype):
        posterior = m.encode(images.to(dtype)).latent_dist
        return posterior.mean, posterior.logvar, m.decode(latents.to(dtype)).sample

    (mean, mean_half), (logvar, logvar_half), (pixels, pixels_half) = both_dtypes(module, run_all)
    report.compare("VAE encode 256x320, mean", encoded["mean"], encoded_half["mean"], mean, mean_half)
    report.compare("VAE encode 256x320, log variance", encoded["logvar"], encoded_half["logvar"], logvar, logvar_half)
    report.compare("VAE decode 320x576", decoded["images"], decoded_half["images"], pixels, pixels_half)
    report.compare("VAE decode 320x576 in strips", strips, strips_half, pixels, pixels_half)
    report.add("VAE encode 256x320 in strips, fp32", ((encoded_strips["mean"] - mean).abs().max() / mean.abs().max()).item(), FP32_LIMIT)
    levels = lambda tensor: (tensor.clamp(-1, 1) / 2 + 0.5).mul(255).round()
    report.add("VAE decode in strips beside whole, levels", (levels(strips) - levels(decoded["images"])).abs().max().item(), 2)


def our_pictures(model, work, prompt, steps, seeds, name):
    latents, folder = work / f"{name}.safetensors", work / name
    engine("generate", "--model", model, "--prompt", prompt, "--steps", steps, "--cfg", 7.5, "--sampler", "ddim", "--seed", 0, "--count", seeds,
           "--width", 256, "--height", 256, "--dtype", "fp32", "--save-latents", latents, "--out", folder)
    files = sorted(folder.glob("*.png"))[-seeds:]
    return load_file(latents)["latents"].clone(), [torch.from_numpy(numpy.array(Image.open(file).convert("RGB"))) for file in files]


@torch.no_grad()
def compare_pictures(report, model, work):
    from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
    from transformers import CLIPTextModel
    # 5 tokens are also the prompt of the whole pictures.
    prompts = {count: " ".join(WORDS[i % len(WORDS)] for i in range(count)) for count in (5, 0, 75, 200)}
    cases = [("whole picture", 5, 20, 2)] + [(f"{count} tokens, 2 steps", count, 2, 1) for count in prompts]
    ours = [our_pictures(model, work, prompts[count], steps, seeds, f"picture{index}") for index, (_, count, steps, seeds) in enumerate(cases)]
    text = CLIPTextModel.from_pretrained(model / "text_encoder").eval()
    states = {}
    for count in prompts:
        chunks = chunks_of(count)
        states[count] = [torch.cat([text(torch.tensor([token_ids(n, 75 * i)]))[0] for i, n in enumerate(row)], dim=1)
                         for row in ([0] * len(chunks), chunks)]
    del text
    unet = UNet2DConditionModel.from_pretrained(model / "unet").eval()
    settings = json.loads((model / "scheduler" / "scheduler_config.json").read_text())
    expected = []
    for name, count, steps, seeds in cases:
        for seed in range(seeds):
            scheduler = DDIMScheduler.from_config(settings)
            scheduler.set_timesteps(steps)
            x = randn(seed, 1, 4, 32, 32) * scheduler.init_noise_sigma
            for t in scheduler.timesteps:
                without, with_text = unet(torch.cat([x, x]), t, torch.cat(states[count])).sample.chunk(2)
                x = scheduler.step(without + 7.5 * (with_text - without), t, x).prev_sample
            expected.append(x)
    del unet
    gc.collect()
    vae = AutoencoderKL.from_pretrained(model / "vae").eval()
    theirs = iter(expected)
    for (name, count, steps, seeds), (latents, pictures) in zip(cases, ours):
        for seed in range(seeds):
            x = next(theirs)
            report.add(f"{name}, seed {seed}, latents", (latents[seed:seed + 1] - x).abs().max().item(), LATENT_LIMIT,
                       f"largest latent {x.abs().max().item():.1f}")
            pixels = (vae.decode(x / vae.config.scaling_factor).sample / 2 + 0.5).clamp(0, 1).mul(255).round().byte()[0].permute(1, 2, 0)
            apart = (pixels.int() - pictures[seed].int()).abs()
            report.add(f"{name}, seed {seed}, bytes beyond one level", (apart > 1).float().mean().item(), 1e-3,
                       f"equal {(apart == 0).float().mean().item():.4f}, deviation of the picture {pixels.float().std().item():.0f} levels")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build" / "parity")
    parser.add_argument("--only", default="text,unet,vae,pictures")
    parser.add_argument("--report", type=pathlib.Path)
    parser.add_argument("--engine", type=pathlib.Path, default=PROGRAM)
    arguments = parser.parse_args()
    globals()["PROGRAM"] = arguments.engine
    arguments.work.mkdir(parents=True, exist_ok=True)
    model = prepare(arguments.work)
    report, forward = Report(), Forward(model, arguments.work)
    wanted = arguments.only.split(",")
    if "text" in wanted:
        compare_text(report, model, forward)
    if "unet" in wanted:
        compare_unet(report, model, forward)
    gc.collect()
    if "vae" in wanted:
        compare_vae(report, model, forward)
    gc.collect()
    if "pictures" in wanted:
        compare_pictures(report, model, arguments.work)
    if arguments.report:
        arguments.report.write_text(json.dumps(report.rows, indent=1) + "\n")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
