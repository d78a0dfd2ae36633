#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Goldens of the samplers of core/diffusion: whole loops of diffusers' schedulers, stock and in float32, and of k-diffusion's samplers where diffusers
has none (its schedules sgm_uniform and simple, one step of linspace, DPM++ 3M SDE), over an analytic function in the model's place.

Noise is a formula of the number of the draw, so both sides have the same draws; one loop has those of k-diffusion's own Brownian tree, written down.
"""
import importlib
import importlib.util
import json
import math
import pathlib
import sys
import types

import diffusers
import numpy as np
import scipy.stats
import torch
from diffusers import (DDIMScheduler, DDPMScheduler, DEISMultistepScheduler, DPMSolverMultistepScheduler, DPMSolverSDEScheduler,
                       EulerAncestralDiscreteScheduler, EulerDiscreteScheduler, HeunDiscreteScheduler, KDPM2AncestralDiscreteScheduler,
                       KDPM2DiscreteScheduler, LCMScheduler, LMSDiscreteScheduler, PNDMScheduler, UniPCMultistepScheduler)

OUT = pathlib.Path(__file__).resolve().parent.parent / "core" / "diffusion" / "golden"
SHAPE = (1, 4, 2, 2)
SD15 = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", num_train_timesteps=1000)
STEP_COUNTS = (1, 2, 5, 20)
SCHEDULE_OPTIONS = {"default": {}, "karras": {"use_karras_sigmas": True}, "exponential": {"use_exponential_sigmas": True},
                    "beta": {"use_beta_sigmas": True}}
SCHEDULES = ("default", "karras", "exponential", "beta", "sgm_uniform", "simple")
# name -> class, its options, whether it works on x0 + sigma eps
DIFFUSERS = {
    "ddim": (DDIMScheduler, dict(clip_sample=False, set_alpha_to_one=False, steps_offset=1), False),
    "ddpm": (DDPMScheduler, dict(clip_sample=False, steps_offset=1), False),
    "pndm": (PNDMScheduler, dict(skip_prk_steps=True, set_alpha_to_one=False, steps_offset=1), False),
    "lcm": (LCMScheduler, dict(clip_sample=False), False),
    "euler": (EulerDiscreteScheduler, dict(steps_offset=1), True),
    "euler_a": (EulerAncestralDiscreteScheduler, dict(steps_offset=1), True),
    "heun": (HeunDiscreteScheduler, dict(steps_offset=1), True),
    "dpm2": (KDPM2DiscreteScheduler, dict(steps_offset=1), True),
    "dpm2_a": (KDPM2AncestralDiscreteScheduler, dict(steps_offset=1), True),
    "lms": (LMSDiscreteScheduler, dict(steps_offset=1), True),
    "dpmpp_sde": (DPMSolverSDEScheduler, dict(steps_offset=1), True),
    "dpmpp_2m": (DPMSolverMultistepScheduler, dict(steps_offset=1), False),
    "dpmpp_2m_sde": (DPMSolverMultistepScheduler, dict(steps_offset=1, algorithm_type="sde-dpmsolver++"), False),
    "unipc": (UniPCMultistepScheduler, dict(steps_offset=1), False),
    "deis": (DEISMultistepScheduler, dict(steps_offset=1), False),
}
K_NAMES = {"euler": "sample_euler", "euler_a": "sample_euler_ancestral", "heun": "sample_heun", "dpm2": "sample_dpm_2",
           "dpm2_a": "sample_dpm_2_ancestral", "lms": "sample_lms", "dpmpp_2m": "sample_dpmpp_2m", "dpmpp_2m_sde": "sample_dpmpp_2m_sde",
           "dpmpp_sde": "sample_dpmpp_sde", "dpmpp_3m_sde": "sample_dpmpp_3m_sde"}
STOCHASTIC = {"ddpm", "lcm", "euler_a", "dpm2_a", "dpmpp_2m_sde", "dpmpp_sde", "dpmpp_3m_sde"}
OWN_TIMESTEPS = {"ddim", "ddpm", "pndm", "lcm"}
MULTISTEP = {"dpmpp_2m", "dpmpp_2m_sde", "unipc", "deis"}


def load_k_diffusion():
    """Its sampling and external modules alone: the package's __init__ wants training libraries that sampling does not."""
    folder = pathlib.Path(importlib.util.find_spec("k_diffusion").origin).parent
    package, utils = types.ModuleType("k_diffusion"), types.ModuleType("k_diffusion.utils")
    package.__path__ = [str(folder)]
    utils.append_dims = lambda x, n: x[(...,) + (None,) * (n - x.ndim)]
    package.utils = utils
    sys.modules.update({"k_diffusion": package, "k_diffusion.utils": utils})
    return importlib.import_module("k_diffusion.sampling"), importlib.import_module("k_diffusion.external")


K_SAMPLING, K_EXTERNAL = load_k_diffusion()


def element():
    return torch.arange(math.prod(SHAPE), dtype=torch.float64).view(SHAPE)


def start_noise():
    return (1.3 * torch.sin(element() * 2.1 + 0.4)).float()


def latents():
    return (2.5 * torch.cos(element() * 0.7)).float()


class Model:
    """The analytic function; remembers the train steps that it was asked at."""

    def __init__(self):
        self.asked = []

    def __call__(self, x, t):
        self.asked.append(float(t))
        return torch.tanh(0.7 * x) + 0.1 * math.sin(float(t) / 100)


class Draws:
    def __init__(self):
        self.count = 0

    def __call__(self, *_, **__):
        self.count += 1
        return (1.4 * torch.sin(element() * 1.7 + 0.9 * self.count)).float()


def alphas_cumprod():
    return DDPMScheduler(**SD15).alphas_cumprod


def sigma_table():
    return (((1 - alphas_cumprod()) / alphas_cumprod()) ** 0.5).double().numpy()


def sigmas_of(schedule, n):
    """Falling sigmas without the final 0, over the whole table."""
    table = sigma_table()
    low, high = table[0], table[-1]
    if schedule == "default":
        return np.exp(np.interp(np.linspace(999, 0, n), np.arange(1000), np.log(table)))
    if schedule == "karras":
        return K_SAMPLING.get_sigmas_karras(n, low, high)[:-1].double().numpy()
    if schedule == "exponential":
        return K_SAMPLING.get_sigmas_exponential(n, low, high)[:-1].double().numpy()
    if schedule == "beta":
        return np.array([low + (high - low) * scipy.stats.beta.ppf(p, 0.6, 0.6) for p in 1 - np.linspace(0, 1, n)])
    if schedule == "sgm_uniform":
        return np.exp(np.interp(np.linspace(999, 0, n + 1)[:-1], np.arange(1000), np.log(table)))
    return np.array([table[-(1 + int(k * (1000 / n)))] for k in range(n)])


def from_k_diffusion(name, schedule, steps, prediction, draws):
    model = Model()
    kind = K_EXTERNAL.DiscreteEpsDDPMDenoiser if prediction == "epsilon" else K_EXTERNAL.DiscreteVDDPMDenoiser
    denoiser = kind(model, alphas_cumprod(), quantize=False)
    sigmas = torch.tensor(np.append(sigmas_of(schedule, steps), 0.0), dtype=torch.float32)
    x = start_noise() * (sigmas[0] ** 2 + 1) ** 0.5
    extra = {"noise_sampler": draws} if name in STOCHASTIC else {}
    final = getattr(K_SAMPLING, K_NAMES[name])(denoiser, x, sigmas, disable=True, **extra)
    return final, model.asked


def from_diffusers(name, schedule, steps, prediction, draws, eta=0.0, strength=1.0, **config):
    kind, options, exploding = DIFFUSERS[name]
    scheduler = kind(**SD15, **{**options, **config}, **SCHEDULE_OPTIONS.get(schedule, {}), prediction_type=prediction)
    scheduler.set_timesteps(steps)
    if schedule not in SCHEDULE_OPTIONS:  # a multistep solver on sigmas that diffusers has no name for
        sigmas = sigmas_of(schedule, steps)
        log_table = np.log(sigma_table())
        scheduler.timesteps = torch.tensor(np.interp(np.log(sigmas), log_table, np.arange(1000)), dtype=torch.float32)
        last = sigma_table()[0] if name == "deis" else 0.0
        scheduler.sigmas = torch.tensor(np.append(sigmas, last), dtype=torch.float32)
    order = getattr(scheduler, "order", 1)
    begin = (steps - min(int(steps * strength), steps)) * order
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(begin)
    sys.modules[kind.__module__].randn_tensor = draws
    if name == "dpmpp_sde":
        scheduler.noise_sampler = draws
    timesteps = scheduler.timesteps[begin:]
    if strength < 1:
        x = scheduler.add_noise(latents(), start_noise(), timesteps[:1])
    else:
        x = start_noise() * ((scheduler.sigmas[0] ** 2 + 1) ** 0.5 if exploding else 1)
    model = Model()
    for t in timesteps:
        more = {}
        if name == "ddim" and eta > 0:
            more = {"eta": eta, "variance_noise": draws()}
        elif name == "dpmpp_2m_sde":
            more = {"variance_noise": draws()}
        x = scheduler.step(model(scheduler.scale_model_input(x, t), t), t, x, **more).prev_sample
    return x, model.asked


def loop(name, schedule="default", steps=20, prediction="epsilon", eta=0.0, strength=1.0, zero_snr=False, spacing=None):
    draws = Draws()
    one_linspace_step = steps == 1 and name in K_NAMES and name not in MULTISTEP
    by_k = (name == "dpmpp_3m_sde" or one_linspace_step or (name == "euler_a" and schedule != "default")
            or (schedule not in SCHEDULE_OPTIONS and name in K_NAMES))
    config = {}
    if spacing:
        config["timestep_spacing"] = spacing
    if zero_snr:
        config["rescale_betas_zero_snr"] = True
    if by_k:
        final, asked = from_k_diffusion(name, schedule, steps, prediction, draws)
    else:
        final, asked = from_diffusers(name, schedule, steps, prediction, draws, eta, strength, **config)
    row = {"sampler": name, "by": "k-diffusion" if by_k else "diffusers", "schedule": schedule, "steps": steps, "prediction": prediction,
           "asked": [round(t, 4) for t in asked], "final": [float(f"{v:.8g}") for v in final.flatten().tolist()]}
    row.update({key: value for key, value in (("eta", eta), ("zero_snr", zero_snr), ("spacing", spacing)) if value})
    if strength < 1:
        row["strength"] = strength
    return row


def all_loops():
    for name in [*DIFFUSERS, "dpmpp_3m_sde"]:
        for schedule in ("default",) if name in OWN_TIMESTEPS else SCHEDULES:
            for steps in STEP_COUNTS:
                if steps == 1 and (name == "dpmpp_3m_sde" or (name == "dpmpp_2m_sde" and schedule in ("sgm_uniform", "simple"))):
                    continue  # k-diffusion's own fails there
                for prediction in ("epsilon", "v_prediction"):
                    yield loop(name, schedule, steps, prediction)
    for eta in (0.3, 1.0):
        yield loop("ddim", eta=eta)
    for name in ("ddim", "ddpm", "pndm", "euler", "heun", "dpmpp_sde", "dpmpp_2m", "unipc", "deis"):
        for spacing in ("leading", "trailing", "linspace"):
            yield loop(name, spacing=spacing)
            yield loop(name, spacing=spacing, steps=7)
        yield loop(name, spacing="trailing", steps=48)
    for name in ("euler", "dpm2", "lms", "dpmpp_sde"):
        for schedule in ("karras", "exponential", "beta"):
            yield loop(name, schedule, spacing="leading")
    for name in ("ddim", "euler", "heun", "dpm2", "dpmpp_2m", "unipc", "deis", "ddpm", "euler_a", "dpmpp_2m_sde", "dpmpp_sde"):
        yield loop(name, strength=0.63)
    for name in ("ddim", "ddpm", "euler", "euler_a", "dpmpp_2m", "unipc"):
        yield loop(name, prediction="v_prediction", zero_snr=True, spacing="trailing")
    yield loop("lcm", prediction="v_prediction", steps=4, zero_snr=True)


def starts():
    """init_noise_sigma, which scales pure noise, of each class and spacing."""
    rows = []
    for name, (kind, options, exploding) in DIFFUSERS.items():
        for spacing in ("leading", "trailing", "linspace"):
            if name == "lcm":
                continue
            scheduler = kind(**SD15, **{**options, "timestep_spacing": spacing})
            scheduler.set_timesteps(20)
            first = float(scheduler.sigmas[0]) if exploding else 0.0
            rows.append({"sampler": name, "spacing": spacing, "scale": float(scheduler.init_noise_sigma) / math.sqrt(1 + first * first)})
    return rows


def tree_loop():
    """DPM++ SDE with k-diffusion's own Brownian tree, its draws written down."""
    sigmas = torch.tensor(np.append(sigmas_of("karras", 5), 0.0), dtype=torch.float32)
    tree = K_SAMPLING.BrownianTreeNoiseSampler(start_noise(), sigmas[-2], sigmas[0], seed=42)
    record = []

    def draws(sigma, sigma_next):
        record.append((float(sigma), float(sigma_next), tree(sigma, sigma_next)))
        return record[-1][2]

    final, _ = from_k_diffusion("dpmpp_sde", "karras", 5, "epsilon", draws)
    return {"steps": 5, "schedule": "karras", "final": [float(f"{v:.8g}") for v in final.flatten().tolist()],
            "draws": [{"sigma": a, "sigma_next": b, "noise": [float(f"{v:.8g}") for v in w.flatten().tolist()]} for a, b, w in record]}


def write(name, content):
    rows = content.pop("loops")
    head = json.dumps(content)[:-1]
    (OUT / name).write_text(head + ',\n"loops": [\n' + ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows) + "\n]}\n")


def main():
    torch.set_num_threads(1)
    made_by = f"diffusers {diffusers.__version__}, k-diffusion 0.1.1.post1, scipy {scipy.__version__}, torch {torch.__version__}"
    loops = list(all_loops())
    OUT.mkdir(parents=True, exist_ok=True)
    write("samplers.json", {"made_by": made_by, "starts": starts(),
                            "sigmas": {str(t): float(f"{sigma_table()[t]:.8g}") for t in (0, 1, 2, 5, 10, 50, 100, 250, 500, 750, 998, 999)},
                            "loops": [r for r in loops if r["sampler"] not in STOCHASTIC]})
    write("noisy_samplers.json", {"made_by": made_by, "tree": tree_loop(), "loops": [r for r in loops if r["sampler"] in STOCHASTIC]})


if __name__ == "__main__":
    main()
