#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""LoRA files as peft and diffusers write them, merged by our engine, beside peft's own layers: the latents of 10 steps of the embedded model; exits 1
where they part.

    .venv-parity/bin/python tests/parity/compare_lora.py

peft computes W x + scale B A x in every layer, we add scale B A to the weights once. Files: diffusers' names without alpha, the same with the adapter's
alpha in the metadata, and kohya's names with alpha keys. Random adapters of rank 4 in the UNet's attention, convolutions and feed-forward and in the
text encoder, strong enough to change the picture.
"""
import pathlib
import sys
import tempfile

import compare_pictures
import torch
from compare_pictures import MODEL, sampled, text_states
from diffusers import DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from diffusers.utils import convert_state_dict_to_diffusers, convert_state_dict_to_kohya
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from safetensors.torch import save_file
from transformers import CLIPTextModel

STEPS, SEED, RANK, ALPHA = 10, 3, 4, 6
UNET_PARTS = ["to_q", "to_k", "to_v", "to_out.0", "conv1", "conv2", "ff.net.0.proj", "ff.net.2"]
TEXT_PARTS = ["q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2"]


def ours(folder, *loras):
    return compare_pictures.ours("ddim", SEED, folder, *(word for lora in loras for word in ("--lora", lora)), steps=STEPS)[0]


def scale_by(models, scale):
    for model in models:
        for layer in model.modules():
            if hasattr(layer, "set_scale"):
                layer.set_scale("default", scale)


def theirs(unet, text, shape, scale):
    scale_by((unet, text), scale)
    return sampled(DDIMScheduler.from_pretrained(MODEL, subfolder="scheduler"), SEED, shape, unet, text_states(text), STEPS)


def adapted(alpha):
    """The two models with random adapters that differ from nothing by about a tenth of the weights."""
    torch.manual_seed(7)
    unet = UNet2DConditionModel.from_pretrained(MODEL, subfolder="unet").float()
    text = CLIPTextModel.from_pretrained(MODEL / "text_encoder").float()
    unet.add_adapter(LoraConfig(r=RANK, lora_alpha=alpha, target_modules=UNET_PARTS, init_lora_weights=False))
    text.add_adapter(LoraConfig(r=RANK, lora_alpha=alpha, target_modules=TEXT_PARTS, init_lora_weights=False))
    with torch.no_grad():
        for model in (unet, text):
            for name, weight in model.named_parameters():
                if "lora_" in name:
                    weight.copy_(torch.randn_like(weight) * 0.06)
    return unet.eval(), text.eval()


def states(unet, text):
    return get_peft_model_state_dict(unet), get_peft_model_state_dict(text)


def write_files(folder):
    """name of the file -> (path, alpha of the models beside it)"""
    plain, strong = adapted(RANK), adapted(ALPHA)
    files = {}
    for name, (unet, text), metadata in (("diffusers", plain, {}), ("diffusers, alpha in the metadata", strong, {"r": RANK, "lora_alpha": ALPHA})):
        unet_state, text_state = (convert_state_dict_to_diffusers(state) for state in states(unet, text))
        more = {f"{part}_lora_adapter_metadata": {**metadata, "target_modules": modules} for part, modules in
                (("unet", UNET_PARTS), ("text_encoder", TEXT_PARTS))} if metadata else {}
        out = folder / name.replace(" ", "_").replace(",", "")
        StableDiffusionPipeline.save_lora_weights(out, unet_lora_layers=unet_state, text_encoder_lora_layers=text_state, **more)
        files[name] = (out / "pytorch_lora_weights.safetensors", unet, text)
    unet, text = strong
    unet_state, text_state = states(unet, text)
    both = {f"unet.{key}": value for key, value in unet_state.items()} | {f"text_encoder.{key}": value for key, value in text_state.items()}
    kohya = convert_state_dict_to_kohya(both)
    for key in [key for key in kohya if key.endswith(".alpha")]:
        kohya[key] = torch.tensor(float(ALPHA))
    save_file({key: value.contiguous() for key, value in kohya.items()}, folder / "kohya.safetensors")
    files["kohya"] = (folder / "kohya.safetensors", unet, text)
    return files


def main():
    failed = False
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        bare = ours(folder)
        for title, (file, unet, text) in write_files(folder).items():
            for scale in (1.0, 0.7, -0.4):
                made = ours(folder, f"{file}:{scale}")
                there = theirs(unet, text, made.shape, scale)
                apart, moved = (made - there).abs().max().item(), (made - bare).abs().max().item()
                good = apart <= 1e-3 and moved > 0.1
                failed = failed or not good
                print(f"{title}, scale {scale}: latents within {apart:.1e} of peft's; the adapter moved them by {moved:.2f}{'' if good else '  TOO FAR'}")
        unchanged = ours(folder)
        print(f"without one again: {'the same' if torch.equal(unchanged, bare) else 'NOT THE SAME'}")
        failed = failed or not torch.equal(unchanged, bare)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
