#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes what is not trained (model_index.json, the scheduler, the UNet's config) and checks that diffusers and transformers read the whole.

The UNet's weights come from Darkroom's own trainer (plan.json); until they lie here, a random UNet stands in for the check.
"""
import argparse
import json
import pathlib

import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from transformers import CLIPTextModel

HERE = pathlib.Path(__file__).resolve().parent
LIMIT_BYTES = 32_000_000
INDEX = {
    "_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.35.2", "feature_extractor": [None, None],
    "image_encoder": [None, None], "requires_safety_checker": False, "safety_checker": [None, None],
    "scheduler": ["diffusers", "DDIMScheduler"], "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": [None, None], "unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "AutoencoderKL"],
}
SCHEDULER = {
    "_class_name": "DDIMScheduler", "_diffusers_version": "0.35.2", "beta_end": 0.012, "beta_schedule": "scaled_linear",
    "beta_start": 0.00085, "clip_sample": False, "num_train_timesteps": 1000, "prediction_type": "epsilon",
    "set_alpha_to_one": False, "steps_offset": 1, "timestep_spacing": "leading", "trained_betas": None,
}
# attention_head_dim is the number of heads, as in SD 1.5. The finest level has no attention: it costs most there and decides least.
UNET = dict(
    sample_size=24, in_channels=4, out_channels=4, block_out_channels=(48, 80, 128, 160), layers_per_block=1,
    down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
    up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    cross_attention_dim=96, attention_head_dim=4, norm_num_groups=16)


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path, default=HERE)
    out = parser.parse_args().out
    write_json(out / "model_index.json", INDEX)
    write_json(out / "scheduler" / "scheduler_config.json", SCHEDULER)
    unet = UNet2DConditionModel(**UNET)
    unet.save_config(out / "unet")

    DDIMScheduler.from_pretrained(out, subfolder="scheduler")
    if (out / "unet" / "diffusion_pytorch_model.safetensors").exists():
        unet = UNet2DConditionModel.from_pretrained(out, subfolder="unet")
    if not (out / "vae").is_dir() or not (out / "text_encoder").is_dir():
        print("vae/ or text_encoder/ is not there yet: nothing was checked")
        return
    vae = AutoencoderKL.from_pretrained(out, subfolder="vae")
    text = CLIPTextModel.from_pretrained(out, subfolder="text_encoder", torch_dtype=torch.float32)
    with torch.no_grad():
        hidden = text(input_ids=torch.tensor([[49406, 320, 736, 1769, 5857] + [49407] * 72])).last_hidden_state
        latents = vae.encode(torch.zeros(1, 3, 96, 96)).latent_dist.mean * vae.config.scaling_factor
        eps = unet(latents, torch.tensor([500]), hidden).sample
        picture = vae.decode(eps / vae.config.scaling_factor).sample
    assert eps.shape == (1, 4, 24, 24) and picture.shape == (1, 3, 96, 96)
    parts = {name: sum(p.numel() for p in module.parameters()) for name, module in (("text_encoder", text), ("vae", vae), ("unet", unet))}
    stored = sum(path.stat().st_size for path in out.rglob("*.safetensors"))
    if not (out / "unet" / "diffusion_pytorch_model.safetensors").exists():
        stored += 2 * parts["unet"] + 64 * 1024
    print(json.dumps({**parts, "total": sum(parts.values()), "bytes_with_unet": stored}))
    assert stored <= LIMIT_BYTES, f"{stored:,} bytes are more than {LIMIT_BYTES:,}"


if __name__ == "__main__":
    main()
