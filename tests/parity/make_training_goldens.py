#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Goldens of tests/core/train/training_parity_test: a training loop of diffusers' UNet2DConditionModel, torch.optim.AdamW and the recipe's
schedule and EMA, in float32.

Both sides draw the same weights, latents, captions, noise, timesteps and caption dropout from the same counter-based generator (Philox4x32-10,
written here once more in NumPy), so that nothing but results lies in the golden.

--size sd15 is the UNet of Stable Diffusion 1.5 (20 GB), --size third the same with 128 for 320 channels (4 GB): two steps of plain training, written
to --out, which the test reads by DARKROOM_TRAINING_GOLDEN (with QTEST_FUNCTION_TIMEOUT in ms where it takes over five minutes)."""
import argparse
import json
import math
import pathlib

import numpy as np
import torch
from diffusers import DDPMScheduler, UNet2DConditionModel
from diffusers.training_utils import compute_snr
from transformers.optimization import Adafactor

OUT = pathlib.Path(__file__).resolve().parent.parent / "core" / "train" / "golden" / "training.json"
SMALL = dict(sample_size=8, in_channels=4, out_channels=4, layers_per_block=1, block_out_channels=(16, 32), cross_attention_dim=20,
             attention_head_dim=2, norm_num_groups=8, down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
             up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"))
SD15 = dict(sample_size=16, in_channels=4, out_channels=4, layers_per_block=2, cross_attention_dim=768, attention_head_dim=8, norm_num_groups=32)
TRAIN_STEPS, SEED, WEIGHT_SEED = 1000, 42, 7
# options of the UNet, steps, side of the latents, tokens, batch, decays of the averages (one, where each takes 3.4 GB)
SIZES = {
    "small": (SMALL, 20, 8, 7, 4, (0.99, 0.5)),
    "third": (dict(SD15, block_out_channels=(128, 256, 512, 512)), 2, 16, 77, 2, (0.99, 0.5)),
    "sd15": (dict(SD15, block_out_channels=(320, 640, 1280, 1280)), 2, 16, 77, 2, (0.99,)),
}
PEAK, WARMUP, WARMUP_FROM, FLOOR, CLIP, DECAY, DROPOUT = 1e-3, 5, 0.01, 0.01, 1.0, 0.01, 0.3
BETAS, EPS = (0.9, 0.999), 1e-8

# name -> what differs from plain epsilon prediction with Min-SNR gamma 5 under a cosine
CASES = {
    "plain": {},
    "accumulation": {"micro_steps": 2},
    "two ranks": {"ranks": 2},
    "two ranks, accumulation": {"ranks": 2, "micro_steps": 2},
    "recompute": {"recompute": True},
    "v prediction": {"prediction": "v_prediction"},
    "v prediction, zero terminal SNR": {"prediction": "v_prediction", "zero_terminal_snr": True},
    "gamma 2": {"gamma": 2.0},
    "no Min-SNR": {"gamma": 0.0, "schedule": "constant"},
    "resume": {"resume_at": 10},
    "flow": {"prediction": "flow", "timesteps": "logit_normal", "schedule": "linear"},
    "huber, offset noise": {"loss": "huber", "offset_noise": 0.1, "schedule": "polynomial", "power": 2.0},
    "adamw8bit": {"optimizer": "adamw8bit"},
    "adafactor": {"optimizer": "adafactor"},
}

# ---- core/tensor/counter_rng


def mix(x):
    mask = (1 << 64) - 1
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & mask
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & mask
    return x ^ (x >> 31)


def philox(seed, stream, sample, blocks):
    """uint32 [blocks, 4]"""
    mask = (1 << 64) - 1
    lane = mix(mix((stream + 0x9E3779B97F4A7C15) & mask) ^ ((sample + 0xD1B54A32D192ED03) & mask))
    index = np.arange(blocks, dtype=np.uint64)
    low = np.uint64(0xFFFFFFFF)
    c0, c1 = index & low, index >> np.uint64(32)
    c2, c3 = np.full_like(index, lane & 0xFFFFFFFF), np.full_like(index, lane >> 32)
    key0, key1 = seed & 0xFFFFFFFF, seed >> 32
    for _ in range(10):
        a, b = np.uint64(0xD2511F53) * c0, np.uint64(0xCD9E8D57) * c2
        c0, c1, c2, c3 = (b >> np.uint64(32)) ^ c1 ^ np.uint64(key0), b & low, (a >> np.uint64(32)) ^ c3 ^ np.uint64(key1), a & low
        key0, key1 = (key0 + 0x9E3779B9) & 0xFFFFFFFF, (key1 + 0xBB67AE85) & 0xFFFFFFFF
    return np.stack([c0, c1, c2, c3], axis=1)


def unit(words):
    return (words >> np.uint64(8)).astype(np.float32) * np.float32(2.0 ** -24)


def counter_normal(count, seed, stream, sample):
    words = philox(seed, stream, sample, (count + 3) // 4)
    values = np.empty(words.shape, dtype=np.float32)
    for pair in (0, 2):
        radius = np.sqrt(-2.0 * np.log1p(-unit(words[:, pair]).astype(np.float64)))
        angle = 2.0 * np.pi * unit(words[:, pair + 1]).astype(np.float64)
        values[:, pair] = radius * np.cos(angle)
        values[:, pair + 1] = radius * np.sin(angle)
    return torch.from_numpy(values.reshape(-1)[:count].copy())


def counter_unit(seed, stream, sample, index):
    words = philox(seed, stream, sample, index + 1)[index]
    return float(((int(words[1]) << 32) | int(words[0])) >> 11) * 2.0 ** -53


# ---- core/train/sample_draws and the inputs of the test

TIMESTEP, DROPPED, NOISE, OFFSET = (purpose << 48 for purpose in (1, 2, 3, 4))
LATENT, CAPTION, EMPTY = 1, 2, 3


def draw_timestep(order, rule):
    u = counter_unit(SEED, TIMESTEP, order, 0)
    if rule == "logit_normal":
        n = math.sqrt(-2 * math.log1p(-u)) * math.cos(2 * math.pi * counter_unit(SEED, TIMESTEP, order, 1))
        u = 1 / (1 + math.exp(-n))
    return min(int(u * TRAIN_STEPS), TRAIN_STEPS - 1)


def samples_of(orders, case, width, tokens, side):
    numel = 4 * side * side
    x0 = torch.stack([counter_normal(numel, WEIGHT_SEED, LATENT, k).view(4, side, side) for k in orders])
    eps = torch.stack([counter_normal(numel, SEED, NOISE, k).view(4, side, side) for k in orders])
    if case.get("offset_noise"):
        eps += case["offset_noise"] * torch.stack([counter_normal(4, SEED, OFFSET, k).view(4, 1, 1) for k in orders])
    t = torch.tensor([draw_timestep(k, case.get("timesteps", "uniform")) for k in orders])
    states = [counter_normal(tokens * width, WEIGHT_SEED, EMPTY if counter_unit(SEED, DROPPED, k, 0) < DROPOUT else CAPTION,
                             0 if counter_unit(SEED, DROPPED, k, 0) < DROPOUT else k).view(tokens, width) for k in orders]
    return x0, eps, t, torch.stack(states)


def name_stream(name):
    value = 14695981039346656037
    for c in name.encode():
        value = ((value ^ c) * 1099511628211) & ((1 << 64) - 1)
    return value


@torch.no_grad()
def set_weights(model):
    for name, parameter in model.named_parameters():
        normal = counter_normal(parameter.numel(), WEIGHT_SEED, name_stream(name), 0).view(parameter.shape)
        if parameter.dim() >= 2:
            parameter.copy_(normal * np.float32(1 / math.sqrt(parameter.numel() / parameter.shape[0])))
        else:
            parameter.copy_(normal * np.float32(0.1) + (1 if "norm" in name and name.endswith("weight") else 0))


# ---- the recipe


def learning_rate(step, total, schedule="cosine", power=1.0):
    if step < WARMUP:
        return PEAK * (WARMUP_FROM + (1 - WARMUP_FROM) * (step / WARMUP))
    p = min(1.0, (step - WARMUP) / (total - WARMUP))
    if schedule == "constant":
        return PEAK
    if schedule == "cosine":
        return PEAK * (FLOOR + (1 - FLOOR) * 0.5 * (1 + math.cos(math.pi * p)))
    return PEAK * (FLOOR + (1 - FLOOR) * (1 - p if schedule == "linear" else math.pow(1 - p, power)))


def check_against_torch(total):
    """The closed form of the recipe is what its run got from torch: LinearLR, then CosineAnnealingLR."""
    dummy = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=PEAK)
    schedule = torch.optim.lr_scheduler.SequentialLR(
        dummy, [torch.optim.lr_scheduler.LinearLR(dummy, WARMUP_FROM, total_iters=WARMUP),
                torch.optim.lr_scheduler.CosineAnnealingLR(dummy, total - WARMUP, eta_min=FLOOR * PEAK)], [WARMUP])
    for step in range(total):
        given = dummy.param_groups[0]["lr"]
        assert abs(given - learning_rate(step, total)) < 1e-12 * PEAK, (step, given, learning_rate(step, total))
        dummy.step()
        schedule.step()


def dynamic_code(signed):
    values = [0.0, 1.0]
    for decade in range(7):
        count = (1 if signed else 2) << decade
        for i in range(count):
            middle = 10.0 ** (decade - 6) * (0.1 + 0.9 * (i + 0.5) / count)
            values += [middle, -middle] if signed else [middle]
    return torch.tensor(sorted(values), dtype=torch.float64).float()


class Adamw8bit(torch.optim.Optimizer):
    """Dettmers et al. 2021 in blocks of 256 of each tensor's own order, a second moment kept from the byte of zero."""

    def __init__(self, parameters, lr):
        super().__init__(parameters, dict(lr=lr))
        self.codes = (dynamic_code(True), dynamic_code(False))

    def stored(self, values, code, floor):
        blocks = torch.nn.functional.pad(values.flatten(), (0, -values.numel() % 256)).view(-1, 256)
        scale = blocks.abs().amax(1, keepdim=True)
        x = torch.where(scale > 0, blocks / scale, 0)
        byte = torch.searchsorted((code[:-1] + code[1:]) / 2, x.contiguous())
        if floor:
            byte = torch.where((byte == 0) & (blocks > 0), 1, byte)
        return (code[byte] * scale).flatten()[:values.numel()].view_as(values)

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if not state:
                    state.update(step=0, m=torch.zeros_like(p), v=torch.zeros_like(p))
                state["step"] += 1
                m = state["m"].lerp(p.grad, 1 - BETAS[0])
                v = state["v"] * BETAS[1] + p.grad * p.grad * (1 - BETAS[1])
                p.mul_(1 - group["lr"] * DECAY)
                p.sub_(group["lr"] / (1 - BETAS[0] ** state["step"]) * (m / (v.sqrt() / math.sqrt(1 - BETAS[1] ** state["step"]) + EPS)))
                state["m"], state["v"] = self.stored(m, self.codes[0], False), self.stored(v, self.codes[1], True)


class MatrixAdafactor:
    """transformers' Adafactor over each weight as the matrix [outputs, everything else]."""

    def __init__(self, parameters, lr):
        self.weights = list(parameters)
        self.views = [torch.nn.Parameter(p.detach().view(p.shape[0], -1) if p.dim() > 1 else p.detach()) for p in self.weights]
        self.inner = Adafactor(self.views, lr=lr, scale_parameter=False, relative_step=False, warmup_init=False, beta1=None,
                               weight_decay=DECAY, clip_threshold=1.0, decay_rate=-0.8, eps=(1e-30, 1e-3))
        self.param_groups = self.inner.param_groups

    def step(self):
        for view, p in zip(self.views, self.weights):
            view.grad = p.grad.view_as(view)
        self.inner.step()

    def state_dict(self):
        return self.inner.state_dict()

    def load_state_dict(self, state):
        self.inner.load_state_dict(state)


def make_optimizer(model, name):
    if name == "adamw8bit":
        return Adamw8bit(model.parameters(), PEAK)
    if name == "adafactor":
        return MatrixAdafactor(model.parameters(), PEAK)
    return torch.optim.AdamW(model.parameters(), lr=PEAK, betas=BETAS, eps=EPS, weight_decay=DECAY, foreach=False, fused=False)


def sample_losses(model, scheduler, x0, eps, t, states, case):
    prediction, gamma = case.get("prediction", "epsilon"), case.get("gamma", 5.0)
    if prediction == "flow":
        sigma = ((t + 1) / TRAIN_STEPS).view(-1, 1, 1, 1)
        x_t, target, told = (1 - sigma) * x0 + sigma * eps, eps - x0, t + 1
        snr = ((1 - sigma) / sigma).square().flatten()
        weight = torch.minimum(snr, torch.full_like(snr, gamma)) * sigma.flatten().square()
    else:
        x_t, told = scheduler.add_noise(x0, eps, t), t
        target = eps if prediction == "epsilon" else scheduler.get_velocity(x0, eps, t)
        snr = compute_snr(scheduler, t)
        weight = torch.minimum(snr, torch.full_like(snr, gamma)) / (snr if prediction == "epsilon" else snr + 1)
    if gamma == 0:
        weight = torch.ones_like(snr)
    error = model(x_t, told, states).sample - target
    mse = error.square().mean(dim=(1, 2, 3))
    if case.get("loss") == "huber":
        delta = 0.1
        return weight * (2 * delta * ((error.square() + delta * delta).sqrt() - delta)).mean(dim=(1, 2, 3)), mse
    return weight * mse, mse


def scheduler_of(case):
    return DDPMScheduler(num_train_timesteps=TRAIN_STEPS, beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear",
                         prediction_type="v_prediction" if case.get("prediction") == "v_prediction" else "epsilon",
                         rescale_betas_zero_snr=case.get("zero_terminal_snr", False))


def parts_of(orders, case):
    """Samples of a rank lie ranks apart; a rank's micro-steps are consecutive pieces of its samples."""
    ranks, micro = case.get("ranks", 1), case.get("micro_steps", 1)
    for rank in range(ranks):
        mine = orders[rank::ranks]
        each = len(mine) // micro
        for begin in range(0, len(mine), each):
            yield mine[begin:begin + each]


def run_case(case, options, steps, total, tokens, side, batch, decays):
    model = UNet2DConditionModel(**options).train()
    set_weights(model)
    if case.get("recompute"):
        model.enable_gradient_checkpointing()
    emas = [{name: p.detach().clone() for name, p in model.named_parameters()} for _ in decays]
    optimizer, scheduler = make_optimizer(model, case.get("optimizer", "adamw")), scheduler_of(case)
    rows = {"loss": [], "loss_unweighted": [], "grad_norm": [], "lr": []}
    for step in range(steps):
        if step == case.get("resume_at"):
            saved_model, saved_state = {k: v.clone() for k, v in model.state_dict().items()}, optimizer.state_dict()
            model = UNet2DConditionModel(**options).train()
            model.load_state_dict(saved_model)
            optimizer = make_optimizer(model, case.get("optimizer", "adamw"))
            optimizer.load_state_dict(saved_state)
        lr = learning_rate(step, total, case.get("schedule", "cosine"), case.get("power", 1.0))
        for group in optimizer.param_groups:
            group["lr"] = lr
        model.zero_grad(set_to_none=True)
        weighted, plain = 0.0, 0.0
        for orders in parts_of(list(range(step * batch, (step + 1) * batch)), case):
            x0, eps, t, states = samples_of(orders, case, options["cross_attention_dim"], tokens, side)
            losses, mse = sample_losses(model, scheduler, x0, eps, t, states, case)
            (losses.sum() / batch).backward()
            weighted += losses.detach().double().sum().item()
            plain += mse.detach().double().sum().item()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP).item()
        optimizer.step()
        with torch.no_grad():
            for decay, ema in zip(decays, emas):
                used = min(decay, (1 + step) / (10 + step))
                for name, p in model.named_parameters():
                    ema[name].mul_(used).add_(p, alpha=1 - used)
        for key, value in (("loss", weighted / batch), ("loss_unweighted", plain / batch), ("grad_norm", norm), ("lr", lr)):
            rows[key].append(value)
    return rows, model, emas


def summary(tensor):
    """The first and last element of a tensor, and its norm."""
    flat = tensor.detach().flatten()
    picked = [flat[0].item(), flat[-1].item()]
    return [float(f"{value:.9g}") for value in picked + [flat.double().norm().item()]]


def rounded(rows):
    return {key: values if key == "lr" else [float(f"{v:.10g}") for v in values] for key, values in rows.items()}


def write_golden(size, out):
    options, steps, side, tokens, batch, decays = SIZES[size]
    total = max(steps, 20)
    check_against_torch(total)
    cases = []
    for name, case in CASES.items() if size == "small" else [("plain", {})]:
        rows, model, emas = run_case(case, options, steps, total, tokens, side, batch, decays)
        entry = {"name": name, "settings": case, **rounded(rows)}
        # Cases that must give plain's numbers are held against plain's weights.
        if name not in ("accumulation", "two ranks", "two ranks, accumulation", "recompute", "resume"):
            entry["ema"] = {key: summary(value) for key, value in emas[0].items()}
        if name == "plain" and len(emas) > 1:
            entry["second_ema"] = {key: summary(value) for key, value in emas[1].items()}
        if name == "plain":
            entry["weights"] = {key: summary(value) for key, value in model.named_parameters()}
        cases.append(entry)
        print(f"{name}: loss {rows['loss'][0]:.6f} -> {rows['loss'][-1]:.6f}")
    config = {k: v for k, v in model.config.items() if not k.startswith("_")}
    golden = {
        "made_by": f"torch {torch.__version__}, diffusers UNet2DConditionModel", "config": config, "seed": SEED, "weight_seed": WEIGHT_SEED,
        "steps": steps, "total_steps": total, "batch": batch, "side": side, "tokens": tokens, "peak_lr": PEAK, "warmup_steps": WARMUP, "warmup_from": WARMUP_FROM,
        "floor": FLOOR, "clip_norm": CLIP, "weight_decay": DECAY, "cfg_dropout": DROPOUT, "emas": decays, "cases": cases}
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(golden, separators=(",", ":")).replace('{"name"', '\n{"name"') + "\n")
    print(f"{out}: {out.stat().st_size} bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--out", type=pathlib.Path, default=OUT)
    chosen = parser.parse_args()
    torch.manual_seed(0)
    if chosen.size == "small":
        torch.set_num_threads(1)
    write_golden(chosen.size, chosen.out)


if __name__ == "__main__":
    main()
