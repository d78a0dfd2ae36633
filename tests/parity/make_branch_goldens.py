#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Goldens for runs that go on from the source run's checkpoints: a file as that run wrote them (source_run.md 2), and what torch's AdamW makes
of the next step.

    .venv-parity/bin/python tests/parity/make_branch_goldens.py

writes tests/core/train/golden/{sd_latest.pt, next_step.safetensors}. The model is a few of the source run's modules, registered in an order
that no layout of ours has, so that moments which are numbered by parameters() must be matched by name.
"""
import pathlib

import torch
from safetensors.torch import save_file

OUT = pathlib.Path(__file__).resolve().parents[1] / "core" / "train" / "golden"
RATE = 1e-3


class Parts(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv_out = torch.nn.Conv2d(6, 4, 3, padding=1)
        self.t_emb = torch.nn.Sequential(torch.nn.Linear(5, 6), torch.nn.SiLU(), torch.nn.Linear(6, 6))
        self.conv_in = torch.nn.Conv2d(4, 6, 3, padding=1)

    def forward(self, x, t):
        return self.conv_out(torch.tanh(self.conv_in(x) + self.t_emb(t)[:, :, None, None]))


def main():
    torch.manual_seed(1)
    model = Parts()
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2)
    shadow = {name: value.detach().clone() for name, value in model.named_parameters()}
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=10**9)

    def gradients():
        optimizer.zero_grad()
        model(torch.randn(2, 4, 5, 5), torch.randn(2, 5)).square().mean().backward()

    for step in range(3):
        gradients()
        optimizer.step()
        for name, value in model.named_parameters():
            shadow[name].lerp_(value.detach(), 0.5)
    OUT.mkdir(exist_ok=True)
    prefixed = {f"module.{name}": value for name, value in model.state_dict().items()}
    torch.save({"epoch": 42, "global_step": 3, "best_loss": 0.0947, "unet_state_dict": prefixed,
                "optimizer_state_dict": optimizer.state_dict(), "lr_scheduler_state_dict": cosine.state_dict(),
                "ema_state_dict": {"shadow": {f"module.{name}": value for name, value in shadow.items()}, "step_count": 3, "decay": 0.9999}},
               OUT / "sd_latest.pt")
    expected = {f"ema.{name}": value.clone() for name, value in shadow.items()}
    expected |= {f"before.{name}": value.detach().clone() for name, value in model.named_parameters()}
    gradients()
    expected |= {f"gradient.{name}": value.grad.clone() for name, value in model.named_parameters()}
    optimizer.step()
    for name, value in model.named_parameters():
        expected[f"after.{name}"] = value.detach().clone()
        for part in ("exp_avg", "exp_avg_sq"):
            expected[f"{part}.{name}"] = optimizer.state[value][part].clone()
    save_file(expected, OUT / "next_step.safetensors", metadata={"lr": str(RATE)})


if __name__ == "__main__":
    main()
