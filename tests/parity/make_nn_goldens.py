#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the goldens of tests/core/nn: small random models with inputs, outputs and gradients, fp32 on the CPU.

Peers: torch 2.11, diffusers 0.35 (UNet2DConditionModel, AutoencoderKL), transformers 4.57 (CLIPTextModel), and for the source run's
UNet, which has no peer, the class ScratchUNet below, written from source_run.md section 1.
usage: make_nn_goldens.py [--out tests/core/nn/golden]
"""
import argparse
import json
import math
import pathlib

import torch
import torch.nn as nn
import torch.nn.functional as F
from diffusers import AutoencoderKL, AutoencoderTiny, UNet2DConditionModel
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel

HERE = pathlib.Path(__file__).resolve().parent


def unsettle(model, seed):
    """Moves every parameter off its initial value, so that no norm is the identity and no bias is zero."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            scale = 0.1 if parameter.dim() == 1 else 0.5 * float(parameter.std()) + 1e-3
            parameter.add_(noise * scale)
    return model.eval()


def randn(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def write_text(out, activation, seed):
    torch.manual_seed(seed)
    config = CLIPTextConfig(vocab_size=600, hidden_size=32, intermediate_size=64, num_hidden_layers=3, num_attention_heads=4,
                            max_position_embeddings=77, hidden_act=activation, bos_token_id=598, eos_token_id=599)
    model = unsettle(CLIPTextModel(config), seed)
    model.save_pretrained(out)
    ids = torch.randint(0, 598, (2, 77), generator=torch.Generator().manual_seed(seed))
    mask = torch.ones(2, 77, dtype=torch.int64)
    ids[:, 0], ids[0, 20:], mask[0, 20:], ids[1, 76] = 598, 599, 0, 599
    with torch.no_grad():
        plain = model(ids, output_hidden_states=True)
        skipped = model.text_model.final_layer_norm(plain.hidden_states[-2])
        masked = model(ids, attention_mask=mask).last_hidden_state
    save_file({"ids": ids, "mask": mask, "plain": plain.last_hidden_state, "masked": masked, "skip_2": skipped.contiguous()},
              out / "golden.safetensors")


def write_unet_case(out, run, model, x, t, context):
    """Output of one forward pass, and the gradients of the mean square of it."""
    model.zero_grad()
    y = run(x, t, context)
    y.pow(2).mean().backward()
    tensors = {"x": x, "t": t, "context": context, "y": y.detach().contiguous()}
    tensors |= {"grad." + name: parameter.grad.contiguous() for name, parameter in model.named_parameters()}
    save_file(tensors, out / "golden.safetensors")


def write_unet(out, seed, size, shard="10GB", **options):
    torch.manual_seed(seed)
    model = unsettle(UNet2DConditionModel(**options), seed)
    model.save_pretrained(out, max_shard_size=shard)
    x = randn(seed + 1, 2, options["in_channels"], *size)
    t = torch.tensor([3, 977])
    context = randn(seed + 2, 2, 9, options["cross_attention_dim"])
    write_unet_case(out, lambda *a: model(*a).sample, model, x, t, context)
    keep = torch.ones(2, 9, dtype=torch.int64)
    keep[0, 4:] = 0
    with torch.no_grad():
        masked = model(x, t, context, encoder_attention_mask=keep).sample
    save_file({"keep": keep, "y": masked.contiguous()}, out / "masked.safetensors")


def write_vae(out, seed, **options):
    torch.manual_seed(seed)
    model = unsettle(AutoencoderKL(**options), seed)
    model.save_pretrained(out)
    images = randn(seed + 1, 2, 3, 24, 40).clamp(-1, 1)
    with torch.no_grad():
        posterior = model.encode(images).latent_dist
        latents = randn(seed + 2, 2, options["latent_channels"], 6, 5)
        decoded = model.decode(latents).sample
    save_file({"images": images, "mean": posterior.mean.contiguous(), "logvar": posterior.logvar.contiguous(), "latents": latents,
               "decoded": decoded.contiguous()}, out / "golden.safetensors")


def write_tiny(out, seed, width):
    torch.manual_seed(seed)
    model = unsettle(AutoencoderTiny(encoder_block_out_channels=(width,) * 4, decoder_block_out_channels=(width,) * 4), seed)
    model.save_pretrained(out)
    latents = 3 * randn(seed + 1, 2, 4, 5, 3)  # beyond 3 they are squeezed
    with torch.no_grad():
        decoded = model.decode(latents).sample
    save_file({"latents": latents, "decoded": decoded.contiguous()}, out / "golden.safetensors")


class ScratchAttention(nn.Module):
    def __init__(self, width, context, heads):
        super().__init__()
        self.heads = heads
        self.to_q = nn.Linear(width, width, bias=False)
        self.to_k = nn.Linear(context, width, bias=False)
        self.to_v = nn.Linear(context, width, bias=False)
        self.to_out = nn.Linear(width, width)

    def forward(self, x, context):
        def heads_of(y):
            return y.reshape(y.shape[0], y.shape[1], self.heads, -1).permute(0, 2, 1, 3)
        q, k, v = heads_of(self.to_q(x)), heads_of(self.to_k(context)), heads_of(self.to_v(context))
        weights = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]), dim=-1)
        return self.to_out((weights @ v).permute(0, 2, 1, 3).reshape(x.shape))


class ScratchTransformerBlock(nn.Module):
    def __init__(self, width, context, heads):
        super().__init__()
        self.ln1, self.ln2, self.ln3 = nn.LayerNorm(width), nn.LayerNorm(width), nn.LayerNorm(width)
        self.self_attn = ScratchAttention(width, width, heads)
        self.cross_attn = ScratchAttention(width, context, heads)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x, context):
        y = self.ln1(x)
        x = x + self.self_attn(y, y)
        x = x + self.cross_attn(self.ln2(x), context)
        return x + self.mlp(self.ln3(x))


class ScratchSpatial(nn.Module):
    def __init__(self, width, context, heads, groups):
        super().__init__()
        self.norm = nn.GroupNorm(groups, width)
        self.proj_in = nn.Conv2d(width, width, 1)
        self.tfm = ScratchTransformerBlock(width, context, heads)
        self.proj_out = nn.Conv2d(width, width, 1)

    def forward(self, x, context):
        h = self.proj_in(self.norm(x))
        tokens = self.tfm(h.flatten(2).transpose(1, 2), context)
        return x + self.proj_out(tokens.transpose(1, 2).reshape(x.shape))


class ScratchBlock(nn.Module):
    def __init__(self, in_width, width, time_width, groups, spatial):
        super().__init__()
        self.time_mlp = nn.Sequential(nn.SiLU(), nn.Linear(time_width, width))
        self.norm1, self.conv1 = nn.GroupNorm(groups, in_width), nn.Conv2d(in_width, width, 3, padding=1)
        self.norm2, self.conv2 = nn.GroupNorm(groups, width), nn.Conv2d(width, width, 3, padding=1)
        self.skip = nn.Conv2d(in_width, width, 1) if in_width != width else nn.Identity()
        self.tfm = spatial

    def forward(self, x, t, context):
        h = self.conv1(F.silu(self.norm1(x))) + self.time_mlp(t)[:, :, None, None]
        h = self.conv2(F.silu(self.norm2(h)))
        if self.tfm is not None:
            h = self.tfm(h, context)
        return h + self.skip(x)


class ScratchUNet(nn.Module):
    def __init__(self, widths, attention, heads, context, groups, blocks=2):
        super().__init__()
        base = widths[0]
        self.base = base

        def block(in_width, level, with_attention):
            spatial = ScratchSpatial(widths[level], context, heads, groups) if with_attention else None
            return ScratchBlock(in_width, widths[level], base, groups, spatial)
        self.t_emb = nn.Sequential(nn.Linear(base, 4 * base), nn.SiLU(), nn.Linear(4 * base, base))
        self.conv_in = nn.Conv2d(4, base, 3, padding=1)
        self.downs, self.ups, width, skips = nn.ModuleList(), nn.ModuleList(), base, []
        for level in range(len(widths)):
            for _ in range(blocks):
                self.downs.append(block(width, level, level in attention))
                width = widths[level]
                skips.append(width)
            if level + 1 < len(widths):
                self.downs.append(nn.Conv2d(width, width, 3, stride=2, padding=1))
        last = len(widths) - 1
        self.mid = nn.ModuleList([block(width, last, True), block(width, last, False)])
        for level in reversed(range(len(widths))):
            for _ in range(blocks):
                self.ups.append(block(width + skips.pop(), level, level in attention))
                width = widths[level]
            if level > 0:
                self.ups.append(nn.ConvTranspose2d(width, width, 4, stride=2, padding=1))
        self.norm_out = nn.GroupNorm(groups, base)
        self.conv_out = nn.Conv2d(base, 4, 3, padding=1)

    def forward(self, x, t, context):
        half = self.base // 2
        angles = t[:, None].float() * torch.exp(-math.log(10000) * torch.arange(half) / (half - 1))[None]
        t = self.t_emb(torch.cat([angles.sin(), angles.cos()], dim=1))
        h, skips = self.conv_in(x), []
        for module in self.downs:
            if isinstance(module, ScratchBlock):
                h = module(h, t, context)
                skips.append(h)
            else:
                h = module(h)
        for module in self.mid:
            h = module(h, t, context)
        for module in self.ups:
            h = module(torch.cat([h, skips.pop()], dim=1), t, context) if isinstance(module, ScratchBlock) else module(h)
        return self.conv_out(F.silu(self.norm_out(h)))


def write_scratch(out, seed):
    torch.manual_seed(seed)
    widths, attention, heads, context_width, groups = (8, 16, 24), {1, 2}, 4, 20, 8
    model = unsettle(ScratchUNet(widths, attention, heads, context_width, groups), seed)
    out.mkdir(parents=True, exist_ok=True)
    cross = [level in attention for level in range(len(widths))]
    config = {"_class_name": "DarkroomScratchUNet", "in_channels": 4, "out_channels": 4, "block_out_channels": widths, "layers_per_block": 2,
              "down_block_types": ["CrossAttnDownBlock2D" if c else "DownBlock2D" for c in cross],
              "up_block_types": ["CrossAttnUpBlock2D" if c else "UpBlock2D" for c in reversed(cross)],
              "attention_head_dim": heads, "cross_attention_dim": context_width, "norm_num_groups": groups}
    (out / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    save_file({name: value.contiguous() for name, value in model.state_dict().items()}, out / "diffusion_pytorch_model.safetensors")
    x, context = randn(seed + 1, 2, 4, 16, 12), randn(seed + 2, 2, 9, context_width)
    write_unet_case(out, model, model, x, torch.tensor([0, 999]), context)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, default=HERE.parent / "core" / "nn" / "golden")
    out = parser.parse_args().out
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    down, cross_down, up, cross_up = "DownBlock2D", "CrossAttnDownBlock2D", "UpBlock2D", "CrossAttnUpBlock2D"
    write_text(out / "text_quick_gelu", "quick_gelu", 1)
    write_text(out / "text_gelu", "gelu", 2)
    write_unet(out / "unet_three_levels", 3, (16, 24), in_channels=4, out_channels=4, sample_size=16, block_out_channels=(8, 16, 24),
               down_block_types=(cross_down, cross_down, down), up_block_types=(up, cross_up, cross_up), layers_per_block=(1, 2, 1),
               attention_head_dim=(2, 4, 8), cross_attention_dim=20, norm_num_groups=8)
    # Everything else that a config may say, latents that are no multiple of 4, and shards.
    write_unet(out / "unet_linear_sharded", 4, (9, 14), shard="150KB", in_channels=5, out_channels=8, sample_size=16, block_out_channels=(8, 16, 16),
               down_block_types=(down, cross_down, cross_down), up_block_types=(cross_up, cross_up, up), layers_per_block=1,
               attention_head_dim=(2, 2, 4), cross_attention_dim=12, norm_num_groups=4, norm_eps=1e-6, use_linear_projection=True,
               transformer_layers_per_block=(1, 2, 1), flip_sin_to_cos=False, freq_shift=1, downsample_padding=0, conv_in_kernel=5,
               conv_out_kernel=1, time_embedding_dim=24)
    write_vae(out / "vae", 5, in_channels=3, out_channels=3, latent_channels=4, block_out_channels=(8, 16, 16), layers_per_block=2,
              down_block_types=("DownEncoderBlock2D",) * 3, up_block_types=("UpDecoderBlock2D",) * 3, norm_num_groups=4, sample_size=24)
    write_scratch(out / "unet_scratch", 6)
    write_tiny(out / "tiny", 7, 8)
    print("wrote", sum(f.stat().st_size for f in out.rglob("*") if f.is_file()), "bytes to", out)


if __name__ == "__main__":
    main()
