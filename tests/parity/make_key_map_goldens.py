#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the goldens of the key maps: every parameter of Stable Diffusion 1.5 in CompVis' and in diffusers' spelling, with its shapes.

The CompVis names are listed below from the module tree of its UNetModel and AutoencoderKL. diffusers' own converter proves the list: given
one tensor a name, it must use each of them once and give exactly the state dict of UNet2DConditionModel, AutoencoderKL and CLIPTextModel,
shape for shape. A line of a golden: CompVis name, diffusers name, CompVis shape, diffusers shape.
usage: make_key_map_goldens.py [--out tests/core/checkpoint/golden]
"""
import argparse
import pathlib

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint, convert_ldm_vae_checkpoint
from transformers import CLIPTextConfig, CLIPTextModel

HERE = pathlib.Path(__file__).resolve().parent

SD15_UNET = {"block_out_channels": [320, 640, 1280, 1280], "layers_per_block": 2, "cross_attention_dim": 768, "attention_head_dim": 8,
             "down_block_types": ["CrossAttnDownBlock2D"] * 3 + ["DownBlock2D"], "up_block_types": ["UpBlock2D"] + ["CrossAttnUpBlock2D"] * 3}
# Three levels, one layer, attention in the middle level alone, nine input channels as an inpainting model has.
SMALL_UNET = {"block_out_channels": [32, 64, 64], "layers_per_block": 1, "cross_attention_dim": 48, "attention_head_dim": 8, "in_channels": 9,
              "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
              "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"]}
SD15_VAE = {"block_out_channels": [128, 256, 512, 512], "layers_per_block": 2, "latent_channels": 4,
            "down_block_types": ["DownEncoderBlock2D"] * 4, "up_block_types": ["UpDecoderBlock2D"] * 4}


class Names(dict):
    """CompVis name -> shape."""

    def layer(self, name, *shape, bias=True):
        self[name + ".weight"] = list(shape)
        if bias:
            self[name + ".bias"] = [shape[0]]

    def conv(self, name, out, into, kernel=3):
        self.layer(name, out, into, kernel, kernel)

    def norm(self, name, width):
        self.layer(name, width)

    def unet_resnet(self, name, into, out, time):
        self.norm(name + ".in_layers.0", into)
        self.conv(name + ".in_layers.2", out, into)
        self.layer(name + ".emb_layers.1", out, time)
        self.norm(name + ".out_layers.0", out)
        self.conv(name + ".out_layers.3", out, out)
        if into != out:
            self.conv(name + ".skip_connection", out, into, 1)

    def transformer(self, name, width, context):
        self.norm(name + ".norm", width)
        self.conv(name + ".proj_in", width, width, 1)
        block = name + ".transformer_blocks.0"
        for attention, source in (("attn1", width), ("attn2", context)):
            self.layer(f"{block}.{attention}.to_q", width, width, bias=False)
            self.layer(f"{block}.{attention}.to_k", width, source, bias=False)
            self.layer(f"{block}.{attention}.to_v", width, source, bias=False)
            self.layer(f"{block}.{attention}.to_out.0", width, width)
        self.layer(block + ".ff.net.0.proj", 8 * width, width)
        self.layer(block + ".ff.net.2", width, 4 * width)
        for norm in ("norm1", "norm2", "norm3"):
            self.norm(f"{block}.{norm}", width)
        self.conv(name + ".proj_out", width, width, 1)

    def vae_resnet(self, name, into, out):
        self.norm(name + ".norm1", into)
        self.conv(name + ".conv1", out, into)
        self.norm(name + ".norm2", out)
        self.conv(name + ".conv2", out, out)
        if into != out:
            self.conv(name + ".nin_shortcut", out, into, 1)

    def vae_middle(self, name, width):
        self.vae_resnet(name + ".block_1", width, width)
        self.norm(name + ".attn_1.norm", width)
        for projection in ("q", "k", "v", "proj_out"):
            self.conv(f"{name}.attn_1.{projection}", width, width, 1)
        self.vae_resnet(name + ".block_2", width, width)


def compvis_unet(config):
    names, widths, layers = Names(), config["block_out_channels"], config["layers_per_block"]
    base, time, context = widths[0], 4 * widths[0], config["cross_attention_dim"]
    attention = [kind.startswith("CrossAttn") for kind in config["down_block_types"]]
    names.layer("time_embed.0", time, base)
    names.layer("time_embed.2", time, time)
    names.conv("input_blocks.0.0", base, config.get("in_channels", 4))
    skips, channels, block = [base], base, 1
    for level, width in enumerate(widths):
        for _ in range(layers):
            names.unet_resnet(f"input_blocks.{block}.0", channels, width, time)
            if attention[level]:
                names.transformer(f"input_blocks.{block}.1", width, context)
            channels = width
            skips.append(channels)
            block += 1
        if level + 1 < len(widths):
            names.conv(f"input_blocks.{block}.0.op", channels, channels)
            skips.append(channels)
            block += 1
    names.unet_resnet("middle_block.0", channels, channels, time)
    names.transformer("middle_block.1", channels, context)
    names.unet_resnet("middle_block.2", channels, channels, time)
    block = 0
    for level in reversed(range(len(widths))):
        for layer in range(layers + 1):
            names.unet_resnet(f"output_blocks.{block}.0", channels + skips.pop(), widths[level], time)
            channels, slot = widths[level], 1
            if attention[level]:
                names.transformer(f"output_blocks.{block}.1", channels, context)
                slot = 2
            if level > 0 and layer == layers:
                names.conv(f"output_blocks.{block}.{slot}.conv", channels, channels)
            block += 1
    names.norm("out.0", base)
    names.conv("out.2", 4, base)
    return names


def compvis_vae(config):
    names, widths, layers = Names(), config["block_out_channels"], config["layers_per_block"]
    names.conv("encoder.conv_in", widths[0], 3)
    channels = widths[0]
    for level, width in enumerate(widths):
        for layer in range(layers):
            names.vae_resnet(f"encoder.down.{level}.block.{layer}", channels, width)
            channels = width
        if level + 1 < len(widths):
            names.conv(f"encoder.down.{level}.downsample.conv", channels, channels)
    names.vae_middle("encoder.mid", channels)
    names.norm("encoder.norm_out", channels)
    names.conv("encoder.conv_out", 8, channels)
    names.conv("quant_conv", 8, 8, 1)
    names.conv("post_quant_conv", 4, 4, 1)
    names.conv("decoder.conv_in", channels, 4)
    names.vae_middle("decoder.mid", channels)
    for level in reversed(range(len(widths))):
        for layer in range(layers + 1):
            names.vae_resnet(f"decoder.up.{level}.block.{layer}", channels, widths[level])
            channels = widths[level]
        if level > 0:
            names.conv(f"decoder.up.{level}.upsample.conv", channels, channels)
    names.norm("decoder.norm_out", channels)
    names.conv("decoder.conv_out", 3, channels)
    return names


def pairs(names, convert, model, prefix):
    """Lines of a golden, after diffusers' converter has shown that the names are those that it knows."""
    tensors = {name: torch.empty(shape, device="meta") for name, shape in names.items()}
    by_id = {}
    tagged = {}
    for name, tensor in tensors.items():
        tensor.tag = name
        by_id[id(tensor)] = name
        tagged[prefix + name] = tensor
    converted = convert(tagged)
    expected = {name: list(tensor.shape) for name, tensor in model.state_dict().items()}
    assert set(converted) == set(expected), sorted(set(converted) ^ set(expected))[:10]
    lines, used = [], set()
    for name, shape in expected.items():
        # Attention projections of the VAE come back as slices of the convolutions: found by name then, each by the one that gave it.
        theirs = by_id.get(id(converted[name])) or VAE_PROJECTIONS[name]
        assert list(converted[name].shape) == shape, (name, converted[name].shape, shape)
        used.add(theirs)
        lines.append(f"{theirs}\t{name}\t{','.join(map(str, names[theirs]))}\t{','.join(map(str, shape))}")
    assert used == set(names), sorted(set(names) - used)[:10]
    return lines


VAE_PROJECTIONS = {
    f"{half}.mid_block.attentions.0.{ours}.weight": f"{half}.mid.attn_1.{theirs}.weight"
    for half in ("encoder", "decoder")
    for ours, theirs in (("to_q", "q"), ("to_k", "k"), ("to_v", "v"), ("to_out.0", "proj_out"))
}


def on_meta(cls, config):
    with torch.device("meta"):
        return cls.from_config(config)


def text_lines():
    config = CLIPTextConfig(hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12, projection_dim=768)
    with torch.device("meta"):
        model = CLIPTextModel(config)
    shapes = {name: ",".join(map(str, tensor.shape)) for name, tensor in model.state_dict().items()}
    return [f"{name}\t{name}\t{shape}\t{shape}" for name, shape in shapes.items()]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=pathlib.Path, default=HERE.parent / "core" / "checkpoint" / "golden")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    goldens = {"text_sd15": text_lines()}
    for name, config in (("unet_sd15", SD15_UNET), ("unet_small", SMALL_UNET)):
        model = on_meta(UNet2DConditionModel, config)
        goldens[name] = pairs(compvis_unet(config), lambda tensors, c=config: convert_ldm_unet_checkpoint(tensors, c), model,
                              "model.diffusion_model.")
    goldens["vae_sd15"] = pairs(compvis_vae(SD15_VAE), lambda tensors: convert_ldm_vae_checkpoint(tensors, SD15_VAE),
                                on_meta(AutoencoderKL, SD15_VAE), "first_stage_model.")
    for name, lines in goldens.items():
        (out / f"{name}.tsv").write_text("\n".join(lines) + "\n")
        print(f"{name}: {len(lines)} tensors")


if __name__ == "__main__":
    main()
