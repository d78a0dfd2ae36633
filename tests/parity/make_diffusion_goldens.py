#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Goldens of core/diffusion from diffusers' DDIMScheduler and DDPMScheduler, in float64, with an analytic function in the model's place."""
import json
import pathlib

import diffusers
import torch
from diffusers import DDIMScheduler, DDPMScheduler

OUT = pathlib.Path(__file__).resolve().parent.parent / "core" / "diffusion" / "golden" / "ddim.json"
SD15 = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", num_train_timesteps=1000, clip_sample=False)


def start():
    return torch.tensor([-3.5, -1.0, -0.25, 0.0, 0.5, 1.25, 2.0, 4.0], dtype=torch.float64).view(1, 2, 2, 2)


def model(x, t):
    return torch.tanh(0.7 * x) + 0.1 * torch.sin(torch.tensor(float(t), dtype=torch.float64) / 100)


def step_noise(i):
    return torch.sin(torch.arange(8, dtype=torch.float64).view(1, 2, 2, 2) * 1.7 + 0.3 * i)


def loop(steps, eta=0.0, prediction="epsilon", **config):
    scheduler = DDIMScheduler(**SD15, prediction_type=prediction, **config)
    scheduler.alphas_cumprod = scheduler.alphas_cumprod.double()
    scheduler.final_alpha_cumprod = scheduler.final_alpha_cumprod.double()
    scheduler.set_timesteps(steps)
    x = start()
    for i, t in enumerate(scheduler.timesteps):
        x = scheduler.step(model(x, t), t, x, eta=eta, variance_noise=step_noise(i) if eta > 0 else None).prev_sample
    return {"steps": steps, "eta": eta, "prediction": prediction, "config": config, "timesteps": scheduler.timesteps.tolist(),
            "final": x.flatten().tolist()}


def main():
    ddpm = DDPMScheduler(**SD15)
    linear = DDPMScheduler(beta_start=1e-4, beta_end=2e-2, beta_schedule="linear", num_train_timesteps=1000)
    noisy = ddpm.add_noise(torch.full((3, 1, 1, 1), 2.0), torch.full((3, 1, 1, 1), -1.0), torch.tensor([0, 500, 999]))
    velocity = ddpm.get_velocity(torch.full((3, 1, 1, 1), 2.0), torch.full((3, 1, 1, 1), -1.0), torch.tensor([0, 500, 999]))
    golden = {
        "made_by": f"diffusers {diffusers.__version__}, torch {torch.__version__}",
        "alpha_bar": {str(t): ddpm.alphas_cumprod[t].item() for t in (0, 1, 250, 500, 750, 998, 999)},
        "linear_alpha_bar": {str(t): linear.alphas_cumprod[t].item() for t in (0, 500, 999)},
        "noisy": noisy.flatten().tolist(), "velocity": velocity.flatten().tolist(),
        "loops": [
            loop(20, steps_offset=1, set_alpha_to_one=False, timestep_spacing="leading"),
            loop(20, steps_offset=0, set_alpha_to_one=True, timestep_spacing="leading"),
            loop(30, steps_offset=1, set_alpha_to_one=False, timestep_spacing="leading"),
            loop(30, steps_offset=0, set_alpha_to_one=False, timestep_spacing="trailing"),
            loop(20, steps_offset=0, set_alpha_to_one=True, timestep_spacing="linspace"),
            loop(20, eta=1.0, steps_offset=1, set_alpha_to_one=False, timestep_spacing="leading"),
            loop(20, prediction="v_prediction", steps_offset=1, set_alpha_to_one=False, timestep_spacing="leading"),
        ],
    }
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
