#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the goldens of tests/core/lora for what LyCORIS trains: LoHa, LoKr, DoRA and whole differences, and the weights after merging.

Peer: the modules of lycoris-lora 4.1 as they stand in training (get_weight: the change with its scale; apply_weight_decompose), fp32 on the CPU,
over the models of make_lora_goldens.py. LyCORIS' own merging scales a LoHa or LoKr twice (get_diff_weight), so it is not the peer.
usage: make_lycoris_goldens.py [--out tests/core/lora/golden]
"""
import argparse
import pathlib

import torch
from lycoris.modules.full import FullModule
from lycoris.modules.locon import LoConModule
from lycoris.modules.loha import LohaModule
from lycoris.modules.lokr import LokrModule
from lycoris.modules.norms import NormModule
from safetensors.torch import save_file

from make_lora_goldens import HERE, compvis, models, settle

BLOCK = "down_blocks.0.attentions.0.transformer_blocks.0"
WIDE = "mid_block.attentions.0.transformer_blocks.0.ff.net.0.proj"  # 8 to 64: both factors of a LoKr are large enough to be factored
CONV = ("mid_block.resnets.0.conv1", "up_blocks.0.resnets.0.conv2")
POINTWISE = "mid_block.attentions.0.proj_in"
TEXT = "text_model.encoder.layers.1.mlp.fc1"


def layers():
    """Every layer of the UNet and of the text encoder by the name that kohya-ss/sd-scripts gives it, the UNet's once more by CompVis'."""
    unet, text = models()
    kinds = (torch.nn.Linear, torch.nn.Conv2d, torch.nn.GroupNorm, torch.nn.LayerNorm)
    return {("unet", name): module for name, module in unet.named_modules() if isinstance(module, kinds)} | {
        ("text_encoder", name): module for name, module in text.named_modules() if isinstance(module, kinds)}


def kohya_name(part, name, as_compvis):
    return ("lora_unet_" + (compvis(name) if as_compvis else name) if part == "unet" else "lora_te_" + name).replace(".", "_")


def make(kind, module, generator, **options):
    """A LyCORIS module over a layer, with numbers in all that it trains."""
    adapter = kind("", module, **options)
    with torch.no_grad():
        for name, value in adapter.named_parameters():
            if name == "dora_scale":
                value.mul_(1 + 0.3 * torch.rand(value.shape, generator=generator))
            else:
                value.copy_(0.3 * torch.randn(value.shape, generator=generator))
    return adapter


def tensors_of(adapter):
    """As LyCORIS saves them. A FullModule that was never applied to its layer still holds the differences themselves."""
    if isinstance(adapter, FullModule):
        tensors = {"diff": adapter.weight} | ({} if adapter.bias is None else {"diff_b": adapter.bias})
    elif isinstance(adapter, NormModule):
        tensors = {"w_norm": adapter.w_norm, "b_norm": adapter.b_norm}
    else:
        tensors = adapter.custom_state_dict()
    return {name: value.detach().clone().contiguous() for name, value in tensors.items()}


def merged(adapter, module, scale):
    """The layer's parameters after the merge."""
    if isinstance(adapter, (FullModule, NormModule)):
        names = ("weight", "bias") if isinstance(adapter, FullModule) else ("w_norm", "b_norm")
        differences = [getattr(adapter, name, None) for name in names]
        return {end: old + scale * change for end, old, change in zip(("weight", "bias"), (module.weight, module.bias), differences)
                if old is not None and change is not None}
    change = adapter.make_weight() * adapter.scale if isinstance(adapter, LoConModule) else adapter.get_weight(module.weight.shape)
    changed = module.weight + change.view(module.weight.shape)
    if not adapter.wd:
        return {"weight": module.weight + scale * change.view(module.weight.shape)}
    assert scale == 1  # LyCORIS, ComfyUI and peft each have another rule for a share of a DoRA
    return {"weight": adapter.apply_weight_decompose(changed)}


def write(out, name, seed, scale, choices, as_compvis=False):
    generator, all_layers = torch.Generator().manual_seed(seed), layers()
    file, weights = {}, {}
    for part, layer, kind, options in choices:
        module = all_layers[part, layer]
        adapter = make(kind, module, generator, **options)
        file |= {f"{kohya_name(part, layer, as_compvis)}.{end}": value for end, value in tensors_of(adapter).items()}
        weights |= {f"{part}.{layer}.{end}": value.detach().clone().contiguous() for end, value in merged(adapter, module, scale).items()}
    save_file(file, out / f"{name}.safetensors")
    save_file(weights, out / f"merged_{name}.safetensors")
    print(name, len(file), "tensors,", len(weights), "weights changed;", ", ".join(sorted({key.rsplit(".", 1)[1] for key in file})))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, default=HERE.parent / "core" / "lora" / "golden")
    out = parser.parse_args().out
    unet, text = "unet", "text_encoder"
    small, tucker = dict(lora_dim=2, alpha=1.5), dict(lora_dim=2, alpha=1.5, use_tucker=True)
    write(out, "loha", 11, 0.8, [(unet, f"{BLOCK}.attn1.to_q", LohaModule, small), (unet, f"{BLOCK}.attn2.to_k", LohaModule, small),
                                 (unet, CONV[0], LohaModule, small), (unet, CONV[1], LohaModule, tucker),
                                 (unet, POINTWISE, LohaModule, small), (text, TEXT, LohaModule, dict(lora_dim=3, alpha=3, rs_lora=True))])
    one = dict(lora_dim=1, alpha=0.5)
    write(out, "lokr", 12, -0.6, [(unet, f"{BLOCK}.attn1.to_q", LokrModule, dict(lora_dim=8, alpha=3)),  # both factors whole
                                  (unet, WIDE, LokrModule, dict(lora_dim=3, alpha=2, decompose_both=True)),
                                  (unet, f"{BLOCK}.attn2.to_v", LokrModule, one), (unet, CONV[0], LokrModule, one),
                                  (unet, CONV[1], LokrModule, dict(one, use_tucker=True)), (unet, "mid_block.resnets.1.conv1", LokrModule, small),
                                  (unet, POINTWISE, LokrModule, one), (text, TEXT, LokrModule, dict(one, factor=2))], as_compvis=True)
    rows, columns = dict(small, weight_decompose=True), dict(small, weight_decompose=True, wd_on_out=False)
    write(out, "dora", 13, 1.0, [(unet, f"{BLOCK}.attn1.to_q", LoConModule, rows), (unet, f"{BLOCK}.attn1.to_k", LoConModule, columns),
                                 (unet, CONV[0], LoConModule, columns), (unet, CONV[1], LohaModule, dict(rows, use_tucker=True)),
                                 (unet, POINTWISE, LokrModule, dict(columns, lora_dim=1)), (text, TEXT, LokrModule, dict(rows, lora_dim=1))])
    write(out, "differences", 14, 0.7, [(unet, f"{BLOCK}.attn1.to_out.0", FullModule, {}), (unet, f"{BLOCK}.attn1.to_q", FullModule, {}),
                                        (unet, CONV[0], FullModule, {}), (unet, "mid_block.resnets.0.norm1", NormModule, {}),
                                        (unet, f"{BLOCK}.norm2", NormModule, {}), (text, "text_model.final_layer_norm", NormModule, {}),
                                        (text, TEXT, LohaModule, small)])
    for name in ("loha", "lokr", "dora", "differences"):
        settle(out / f"{name}.safetensors")
        settle(out / f"merged_{name}.safetensors")


if __name__ == "__main__":
    main()
