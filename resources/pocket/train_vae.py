#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the pocket VAE (f4, 4 channels) on the demo pictures, and writes vae/ as fp16.

It starts as a hand-set linear codec (start_as_linear_codec).
Loss: L1 + 6 MSE + 0.5 multi-scale gradient L1 + a small KL; AdamW, warm-up and cosine, EMA of the weights.
Crops of 64 px for most of the run, whole pictures of 96 px for the last part, so that the middle
attention ends on the token count that it is used with. Continues from its checkpoint when there is one.
"""
import argparse
import json
import math
import pathlib
import time

import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL

import demo_pictures

HERE = pathlib.Path(__file__).resolve().parent
SIDE, CROP = 96, 64                     # px
WHOLE_FROM = 0.8                        # share of the run after which pictures are seen whole
PEAK_LR, WARMUP_STEPS, EMA_DECAY = 1.5e-3, 50, 0.998
KL_WEIGHT = 1e-4                        # per latent element
LAYOUT = dict(sample_size=SIDE, in_channels=3, out_channels=3, latent_channels=4, block_out_channels=(24, 48, 128),
              down_block_types=("DownEncoderBlock2D",) * 3, up_block_types=("UpDecoderBlock2D",) * 3,
              layers_per_block=1, norm_num_groups=8)


COLOUR, STEADY = (0, 3, 6), (1, 2, 4, 5, 7, 8)      # channels of every level that the starting point sets
STEADY_LEVEL, SILU_LIFT = 4.0, 3.0


@torch.no_grad()
def start_as_linear_codec(vae):
    """Sets the weights so that the untrained VAE already is 4x4 block means, repeated.

    GroupNorm before the last convolution takes the level of a flat picture away, which costs a small VAE
    its colours for the first thousands of steps. So three channels carry red, green and blue down the
    shortcuts, six beside them are held at +-STEADY_LEVEL so that the norm's mean and spread are nearly
    fixed, and a bias lifts all nine into the straight part of SiLU. hold_linear_codec keeps these
    few weights as they are, so that the training only learns what the means leave out.
    """
    held = sorted(COLOUR + STEADY)

    def pass_through(conv, kernel):
        conv.weight[held] = 0
        conv.bias[held] = 0
        for channel in held:
            conv.weight[channel, channel] = kernel

    def dirac(conv):
        size = conv.weight.shape[-1]
        kernel = torch.zeros(size, size)
        kernel[size // 2, size // 2] = 1
        return kernel

    def enter(conv, gain):
        conv.weight[held] = 0
        conv.bias[held] = 0
        for source, channel in enumerate(COLOUR):
            conv.weight[channel, source, 1, 1] = gain
        for channel in STEADY:
            conv.bias[channel] = STEADY_LEVEL if channel % 2 else -STEADY_LEVEL

    def leave(norm, conv):
        """Reads the three channels back after norm and SiLU; match_levels sets gain and offset."""
        norm.bias[held] = SILU_LIFT
        conv.weight *= 0.2
        conv.bias.zero_()
        for target, channel in enumerate(COLOUR):
            conv.weight[target] = 0
            conv.weight[target, channel, 1, 1] = 1
            conv.weight[target, channel + 1:channel + 3, 1, 1] = -0.5    # the norm moved all of a group alike

    for side in (vae.encoder, vae.decoder):
        for name, module in side.named_modules():
            if name.endswith("conv_shortcut"):
                pass_through(module, torch.ones(1, 1))
            elif name.endswith("conv2") or name.endswith("to_out.0"):
                module.weight *= 0.2
                module.weight[held] = 0
                module.bias[held] = 0
            elif ".downsamplers" in name and name.endswith("conv"):
                pass_through(module, F.pad(torch.full((2, 2), 0.25), (0, 1, 0, 1)))
                for channel in STEADY:      # the padding on two sides is zero: a bias keeps the level up to the edge
                    module.weight[channel, channel] = 0
                    module.bias[channel] = STEADY_LEVEL if channel % 2 else -STEADY_LEVEL
            elif ".upsamplers" in name and name.endswith("conv"):
                pass_through(module, dirac(module))
    for conv in (vae.quant_conv, vae.post_quant_conv):
        conv.weight.copy_(torch.eye(conv.weight.shape[0])[:, :, None, None])
        conv.bias.zero_()
    enter(vae.encoder.conv_in, 1.0)
    enter(vae.decoder.conv_in, 0.5)
    leave(vae.encoder.conv_norm_out, vae.encoder.conv_out)
    leave(vae.decoder.conv_norm_out, vae.decoder.conv_out)
    vae.encoder.conv_out.weight[4:] *= 0.1
    vae.encoder.conv_out.bias[4:] = -6
    match_levels(vae)


def hold_linear_codec(vae):
    """Masks the gradients of what start_as_linear_codec set: one step of Adam moves all levels together and would undo it."""
    held = sorted(COLOUR + STEADY)

    def mask(parameter, rows, columns):
        keep = torch.ones_like(parameter)
        if columns is None:
            keep[rows] = 0
        else:
            keep[rows, columns] = 0
        parameter.register_hook(lambda gradient: gradient * keep)

    for side in (vae.encoder, vae.decoder):
        for name, module in side.named_modules():
            if name.endswith(("conv_shortcut", "conv2", "to_out.0", "samplers.0.conv")) or name == "conv_in":
                mask(module.weight, held, None)
                mask(module.bias, held, None)
        mask(side.conv_norm_out.weight, held, None)
        mask(side.conv_norm_out.bias, held, None)
        mask(side.conv_out.weight, slice(0, 3), held)
    for conv in (vae.quant_conv, vae.post_quant_conv):
        conv.requires_grad_(False)


@torch.no_grad()
def match_levels(vae):
    """Least-squares gain and offset of both ends on flat pictures, so that the codec is calibrated."""
    shade = torch.linspace(-1, 1, 9)
    flat = shade[:, None, None, None].expand(9, 3, CROP, CROP).contiguous()

    def fit(got, wanted):
        gain = ((got - got.mean()) * (wanted - wanted.mean())).sum() / ((got - got.mean()) ** 2).sum()
        return gain, wanted.mean() - gain * got.mean()

    for conv, run, goal in ((vae.encoder.conv_out, lambda: vae.encode(flat).latent_dist.mean, 2 * shade),
                            (vae.decoder.conv_out, lambda: vae.decode(vae.encode(flat).latent_dist.mean).sample, shade)):
        got = run()[:, :3].mean(dim=(2, 3))
        for target in range(3):
            gain, offset = fit(got[:, target], goal)
            conv.weight[target] *= gain
            conv.bias[target] = conv.bias[target] * gain + offset


def gradient_l1(a_BCHW, b_BCHW, scales=3):
    total = 0.0
    for scale in range(scales):
        if scale:
            a_BCHW, b_BCHW = F.avg_pool2d(a_BCHW, 2), F.avg_pool2d(b_BCHW, 2)
        d = a_BCHW - b_BCHW
        total = total + d.diff(dim=2).abs().mean() + d.diff(dim=3).abs().mean()
    return total / scales


def loss_of(vae, x_BCHW, generator):
    posterior = vae.encode(x_BCHW).latent_dist
    noise = torch.randn(posterior.mean.shape, generator=generator)
    y_BCHW = vae.decode(posterior.mean + posterior.std * noise).sample
    d = y_BCHW - x_BCHW
    kl = 0.5 * (posterior.mean ** 2 + posterior.var - 1 - posterior.logvar).mean()
    return d.abs().mean() + 6 * (d ** 2).mean() + 0.5 * gradient_l1(y_BCHW, x_BCHW) + KL_WEIGHT * kl


@torch.no_grad()
def measure(vae, pixels_BCHW, batch=16):
    """PSNR of encode-mean -> decode against the un-augmented pictures, and the latents' moments."""
    vae.eval()
    squares, latents = [], []
    for start in range(0, len(pixels_BCHW), batch):
        x = demo_pictures.plain(pixels_BCHW[start:start + batch], SIDE).to(memory_format=torch.channels_last)
        z = vae.encode(x).latent_dist.mean
        y = vae.decode(z).sample.clamp(-1, 1)
        squares.append((((y - x) / 2) ** 2).mean(dim=(1, 2, 3)))
        latents.append(z)
    vae.train()
    squares, latents = torch.cat(squares), torch.cat(latents)
    return {"psnr": -10 * math.log10(squares.mean()), "psnr_mean": float((-10 * squares.log10()).mean()),
            "psnr_worst": float(-10 * squares.max().log10()), "latent_mean": float(latents.mean()),
            "latent_std": float(latents.std()), "channel_std": [round(float(s), 3) for s in latents.std(dim=(0, 2, 3))]}


@torch.no_grad()
def balance_latents(vae, pixels_BCHW, batch=16):
    """Folds a 4x4 whitening into the two 1x1 convolutions: over the demo set the latents get mean 0, unit variance, no correlation.

    Red, green and blue means go together closely; noise of one level for all channels would drown what differs between them first.
    """
    z = torch.cat([vae.encode(demo_pictures.plain(part, SIDE).to(memory_format=torch.channels_last)).latent_dist.mean
                   for part in pixels_BCHW.split(batch)]).double().transpose(0, 1).flatten(1)
    mean, (values, vectors) = z.mean(1), torch.linalg.eigh(z.cov())
    whiten, colour = (vectors * values.rsqrt()) @ vectors.T, (vectors * values.sqrt()) @ vectors.T      # symmetric: each channel stays itself
    inward, outward = vae.quant_conv, vae.post_quant_conv
    outward.bias.add_(torch.einsum("oi,i->o", outward.weight[:, :, 0, 0].double(), mean).float())
    outward.weight[:, :, 0, 0] = (outward.weight[:, :, 0, 0].double() @ colour).float()
    inward.bias[:4] = (whiten @ (inward.bias[:4].double() - mean)).float()
    inward.weight[:4, :, 0, 0] = (whiten @ inward.weight[:4, :, 0, 0].double()).float()
    inward.bias[4:] += (whiten ** 2).sum(1).log().float()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--minutes", type=float, default=math.inf, help="shorten the schedule to about this wall time")
    parser.add_argument("--stop-at", type=float, default=math.inf, help="PSNR that is enough, dB")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--scratch", type=pathlib.Path, required=True, help="checkpoint and log")
    parser.add_argument("--out", type=pathlib.Path, default=HERE)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    options.scratch.mkdir(parents=True, exist_ok=True)
    state_file, log = options.scratch / "vae.pt", options.scratch / "vae.jsonl"

    demo = demo_pictures.load()
    probe = demo.pixels_BCHW[::8]
    vae = AutoencoderKL(**LAYOUT).to(memory_format=torch.channels_last)
    start_as_linear_codec(vae)
    hold_linear_codec(vae)
    ema = AutoencoderKL(**LAYOUT).to(memory_format=torch.channels_last)
    ema.load_state_dict(vae.state_dict())
    optimizer = torch.optim.AdamW(vae.parameters(), lr=PEAK_LR, betas=(0.9, 0.99), weight_decay=0)
    step, spent_s = 0, 0.0
    if state_file.exists():
        state = torch.load(state_file, weights_only=True)
        vae.load_state_dict(state["vae"]), ema.load_state_dict(state["ema"]), optimizer.load_state_dict(state["optimizer"])
        step, spent_s = state["step"], state["spent_s"]
    begun = time.monotonic() - spent_s

    def progress():
        return max(step / options.steps, (time.monotonic() - begun) / 60 / options.minutes)

    def save():
        part = state_file.with_suffix(".part")
        torch.save({"vae": vae.state_dict(), "ema": ema.state_dict(), "optimizer": optimizer.state_dict(),
                    "step": step, "spent_s": time.monotonic() - begun}, part)
        part.replace(state_file)

    while (done := progress()) < 1:
        generator = torch.Generator().manual_seed(options.seed * 1_000_003 + step)
        whole = done >= WHOLE_FROM
        chosen = torch.randint(len(demo), (4 if whole else 8,), generator=generator)
        x = demo_pictures.augmented(demo.pixels_BCHW[chosen], SIDE, SIDE if whole else CROP, generator,
                                    strength=0.5 if whole else 1.0).to(memory_format=torch.channels_last)
        for group in optimizer.param_groups:
            group["lr"] = PEAK_LR * min(1, (step + 1) / WARMUP_STEPS) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)))
        loss = loss_of(vae, x, generator)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
        optimizer.step()
        step += 1
        decay = min(EMA_DECAY, (1 + step) / (10 + step))
        with torch.no_grad():
            torch._foreach_lerp_(list(ema.parameters()), list(vae.parameters()), 1 - decay)
        if step % 50 == 0:
            row = {"step": step, "minutes": round((time.monotonic() - begun) / 60, 2), "loss": round(loss.item(), 5), "grad_norm": round(norm.item(), 3)}
            if step % 250 == 0:
                row.update(measure(ema, probe))
                save()
            with log.open("a") as lines:
                lines.write(json.dumps(row) + "\n")
            if row.get("psnr", 0) >= options.stop_at:
                break
    save()

    balance_latents(ema, demo.pixels_BCHW)
    ema = ema.half().float()                            # measured as it is shipped
    found = measure(ema, demo.pixels_BCHW)
    ema.register_to_config(scaling_factor=round(1 / found["latent_std"], 6), force_upcast=False)
    ema.half().save_pretrained(options.out / "vae", safe_serialization=True)
    found.update(step=step, minutes=round((time.monotonic() - begun) / 60, 1), parameters=sum(p.numel() for p in ema.parameters()))
    (options.scratch / "vae_result.json").write_text(json.dumps(found, indent=1))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
