#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Golden of core/kernels/adamw_ema: ten steps of clip_grad_norm_, torch.optim.AdamW (not fused) and an EMA, in float32."""
import json
import pathlib

import torch

OUT = pathlib.Path(__file__).resolve().parent.parent / "core" / "kernels" / "golden" / "adamw_ema.json"
N, STEPS = 37, 10
LR, BETAS, EPS, DECAY, CLIP, EMA = 3e-3, (0.9, 0.999), 1e-8, 1e-2, 1.0, 0.9999


def values(k):
    """Exact in float32: multiples of 1/64 in [-2, 2]."""
    return torch.tensor([((i * 37 + k * 101) % 257 - 128) / 64 for i in range(N)], dtype=torch.float32)


def main():
    weight = torch.nn.Parameter(values(0))
    ema = weight.detach().clone()
    optimizer = torch.optim.AdamW([weight], lr=LR, betas=BETAS, eps=EPS, weight_decay=DECAY, foreach=False, fused=False)
    norms = []
    for step in range(STEPS):
        weight.grad = values(step + 1)
        norms.append(torch.nn.utils.clip_grad_norm_([weight], CLIP).item())
        optimizer.step()
        decay = min(EMA, (1 + step) / (10 + step))
        ema.mul_(decay).add_(weight.detach(), alpha=1 - decay)
    state = optimizer.state[weight]
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps({
        "made_by": f"torch {torch.__version__}", "steps": STEPS, "lr": LR, "eps": EPS, "weight_decay": DECAY, "clip": CLIP, "ema": EMA, "norms": norms,
        "weight": weight.tolist(), "exp_avg": state["exp_avg"].tolist(), "exp_avg_sq": state["exp_avg_sq"].tolist(), "ema_weight": ema.tolist(),
    }, indent=1) + "\n")


if __name__ == "__main__":
    main()
