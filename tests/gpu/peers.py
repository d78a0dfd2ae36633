#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same work as `darkroom-engine bench train_step|unet_step --model sd15`, by diffusers: one JSON line an arm.

eager_autocast   fp32 weights under bf16 autocast, as most training scripts run it
eager_bf16       bf16 weights over fp32 masters, channels_last
benchmark_bf16   the same with cuDNN's search for the fastest algorithm
compile_bf16     the same through torch.compile
sample_fp16      one forward pass of two latents in fp16, eager and compiled

Every training arm does the whole step: noise, forward, backward, clip to 1, fused AdamW, EMA 0.9999. Inputs are random and lie on the GPU.
"""
import argparse
import json
import statistics
import sys
import time

import torch
import torch.nn.functional as F
from diffusers import UNet2DConditionModel

CONFIG = dict(sample_size=64, in_channels=4, out_channels=4, layers_per_block=2, block_out_channels=(320, 640, 1280, 1280), cross_attention_dim=768,
              attention_head_dim=8, down_block_types=("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
              up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3)


def fresh_unet(dtype, channels_last):
    torch.manual_seed(0)
    with torch.device("cuda"):
        unet = UNet2DConditionModel(**CONFIG)
    unet = unet.to(dtype)
    return unet.to(memory_format=torch.channels_last) if channels_last else unet


class TrainingArm:
    def __init__(self, batch, side, autocast, compiled):
        self.autocast = autocast
        self.unet = fresh_unet(torch.float32 if autocast else torch.bfloat16, not autocast)
        self.weights = list(self.unet.parameters())
        self.masters = self.weights if autocast else [w.detach().float().requires_grad_() for w in self.weights]
        self.ema = [w.detach().clone() for w in self.masters]
        self.optimizer = torch.optim.AdamW(self.masters, lr=1e-5, fused=True)
        self.run = torch.compile(self.unet) if compiled else self.unet
        self.alpha_bar = torch.cumprod(1 - torch.linspace(0.00085 ** 0.5, 0.012 ** 0.5, 1000, device="cuda") ** 2, 0)
        dtype = torch.float32 if autocast else torch.bfloat16
        self.x0 = torch.randn(batch, 4, side, side, device="cuda")
        self.eps = torch.randn_like(self.x0)
        self.t = torch.randint(1000, (batch,), device="cuda")
        self.context = torch.randn(batch, 77, 768, device="cuda", dtype=dtype)
        self.dtype = dtype

    def step(self):
        a = self.alpha_bar[self.t][:, None, None, None]
        x_t = (a.sqrt() * self.x0 + (1 - a).sqrt() * self.eps).to(self.dtype)
        if not self.autocast:
            x_t = x_t.contiguous(memory_format=torch.channels_last)
        with torch.autocast("cuda", torch.bfloat16, enabled=self.autocast):
            out = self.run(x_t, self.t, self.context, return_dict=False)[0]
        F.mse_loss(out.float(), self.eps).backward()
        if not self.autocast:
            for master, weight in zip(self.masters, self.weights):
                master.grad = weight.grad.float()
                weight.grad = None
        torch.nn.utils.clip_grad_norm_(self.masters, 1.0, foreach=True)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        with torch.no_grad():
            torch._foreach_lerp_(self.ema, self.masters, 1e-4)
            if not self.autocast:
                torch._foreach_copy_(self.weights, self.masters)


def median_ms(work, repeat, warm_up=4):
    for _ in range(warm_up):
        work()
    torch.cuda.synchronize()
    times = []
    for _ in range(repeat):
        started = time.perf_counter()
        work()
        torch.cuda.synchronize()
        times.append((time.perf_counter() - started) * 1e3)
    return statistics.median(times), min(times)


def say(arm, batch, side, times, **more):
    print(json.dumps({"arm": arm, "batch": batch, "latent_side": side, "median_ms": round(times[0], 2), "min_ms": round(times[1], 2),
                      "images_per_s": round(batch / times[0] * 1e3, 2), "peak_gib": round(torch.cuda.max_memory_allocated() / 2 ** 30, 2),
                      "torch": torch.__version__, "cudnn": torch.backends.cudnn.version(), **more}), flush=True)


def train(name, batch, side=64, autocast=False, benchmark=False, compiled=False, repeat=8, profile=None):
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    torch.backends.cudnn.benchmark = benchmark
    arm = TrainingArm(batch, side, autocast, compiled)
    say(name, batch, side, median_ms(arm.step, repeat))
    if profile:
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as trace:
            for _ in range(2):
                arm.step()
            torch.cuda.synchronize()
        with open(profile, "w") as file:
            file.write(trace.key_averages().table(sort_by="cuda_time_total", row_limit=60, max_name_column_width=90))
    del arm


@torch.no_grad()
def sample(compiled, repeat=30):
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    torch.backends.cudnn.benchmark = False
    unet = fresh_unet(torch.float16, True)
    run = torch.compile(unet) if compiled else unet
    x = torch.randn(2, 4, 64, 64, device="cuda", dtype=torch.float16).contiguous(memory_format=torch.channels_last)
    context = torch.randn(2, 77, 768, device="cuda", dtype=torch.float16)
    t = torch.tensor([500, 500], device="cuda")
    say("sample_fp16_compiled" if compiled else "sample_fp16_eager", 2, 64, median_ms(lambda: run(x, t, context, return_dict=False), repeat))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=["compile_bf16"], help="torch.compile's training alone")
    parser.add_argument("--profile", help="file for the kernel times of eager_bf16")
    arguments = parser.parse_args()
    if arguments.only:
        train("compile_bf16", 24, compiled=True)
        return 0
    sample(False)
    sample(True)
    train("eager_bf16", 24, profile=arguments.profile)
    train("benchmark_bf16", 24, benchmark=True)
    train("eager_autocast", 24, autocast=True)
    train("eager_bf16", 64)
    train("compile_bf16", 24, compiled=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
