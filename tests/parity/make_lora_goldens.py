#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the goldens of tests/core/lora: LoRA files in every spelling for a tiny UNet and CLIP text model, and the weights after merging.

Peers: diffusers 0.36 (load_lora_weights, fuse_lora, save_lora_weights) with peft 0.18, fp32 on the CPU. kohya's files are written here, by the
naming rules of kohya-ss/sd-scripts and LyCORIS. The models' own weights follow a formula (base_values), which the tests repeat.
usage: make_lora_goldens.py [--out tests/core/lora/golden]
"""
import argparse
import json
import pathlib
import shutil
import tempfile

import peft
import torch
from diffusers import DiffusionPipeline, UNet2DConditionModel
from diffusers.loaders import StableDiffusionLoraLoaderMixin
from diffusers.utils import convert_state_dict_to_diffusers
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel

HERE = pathlib.Path(__file__).resolve().parent
UNET = dict(sample_size=8, in_channels=4, out_channels=4, block_out_channels=(4, 8), layers_per_block=1, cross_attention_dim=6,
            attention_head_dim=2, norm_num_groups=2, down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D"))
TEXT = dict(vocab_size=20, hidden_size=6, intermediate_size=10, num_hidden_layers=2, num_attention_heads=2, max_position_embeddings=9,
            bos_token_id=18, eos_token_id=19)
ATTENTION = [f"{attention}.{end}" for attention in ("attn1", "attn2") for end in ("to_q", "to_k", "to_v", "to_out.0")]


class Pipeline(DiffusionPipeline, StableDiffusionLoraLoaderMixin):
    """As much of a pipeline as a LoRA touches."""
    _lora_loadable_modules = ["unet", "text_encoder"]
    unet_name, text_encoder_name = "unet", "text_encoder"

    def __init__(self, unet, text_encoder):
        super().__init__()
        self.register_modules(unet=unet, text_encoder=text_encoder)


def base_values(name, shape):
    """Weights that C++ can make too: whole numbers of 1/1600, from the index and the sum of the name's bytes."""
    index = torch.arange(torch.Size(shape).numel(), dtype=torch.int64)
    return (((index * 37 + sum(name.encode()) * 11) % 401 - 200).double() / 1600).float().reshape(shape)


def models():
    unet, text = UNet2DConditionModel(**UNET), CLIPTextModel(CLIPTextConfig(**TEXT))
    for model in (unet, text):
        model.load_state_dict({name: base_values(name, value.shape) for name, value in model.state_dict().items()})
    return unet.eval(), text.eval()


def randn(generator, *shape):
    return 0.1 * torch.randn(*shape, generator=generator)


def pair(generator, weight, rank):
    """down and up of a layer, as kohya shapes them."""
    out, rest = weight.shape[0], weight.shape[1:]
    ones = (1,) * (weight.dim() - 2)
    return randn(generator, rank, *rest), randn(generator, out, rank, *ones)


def unet_layers(convolutions):
    """Names of diffusers' layers, by the kinds that trainers pick."""
    unet, _ = models()
    names = []
    for name, module in unet.named_modules():
        if isinstance(module, torch.nn.Linear) and (".attentions." in name or convolutions):
            names.append(name)
        elif isinstance(module, torch.nn.Conv2d) and name.startswith(("down", "mid", "up")):
            if convolutions or name.endswith(("proj_in", "proj_out")):
                names.append(name)
    return [name for name in names if not name.startswith("time_embedding")]


def text_layers():
    _, text = models()
    return [name for name, module in text.named_modules() if isinstance(module, torch.nn.Linear)]


def compvis(name):
    """The layer's name in CompVis' UNet of UNET: one residual block a level on the way down, two on the way up."""
    starts = {"down_blocks.0.resnets.0": "input_blocks.1.0", "down_blocks.0.attentions.0": "input_blocks.1.1",
              "down_blocks.0.downsamplers.0.conv": "input_blocks.2.0.op", "down_blocks.1.resnets.0": "input_blocks.3.0",
              "mid_block.resnets.0": "middle_block.0", "mid_block.attentions.0": "middle_block.1", "mid_block.resnets.1": "middle_block.2",
              "up_blocks.0.resnets.0": "output_blocks.0.0", "up_blocks.0.resnets.1": "output_blocks.1.0",
              "up_blocks.0.attentions.0": "output_blocks.0.1", "up_blocks.0.attentions.1": "output_blocks.1.1",
              "up_blocks.0.upsamplers.0.conv": "output_blocks.1.2.conv", "up_blocks.1.resnets.0": "output_blocks.2.0",
              "up_blocks.1.attentions.0": "output_blocks.2.1", "up_blocks.1.resnets.1": "output_blocks.3.0",
              "up_blocks.1.attentions.1": "output_blocks.3.1"}
    ends = {"conv1": "in_layers.2", "time_emb_proj": "emb_layers.1", "conv2": "out_layers.3", "conv_shortcut": "skip_connection"}
    start = next(start for start in starts if name == start or name.startswith(start + "."))
    end = name[len(start) + 1:]
    return starts[start] + ("." + ends.get(end, end) if end else "")


def kohya_file(seed, convolutions, name_of, dtype, rank, alpha, text_prefix="lora_te_"):
    generator = torch.Generator().manual_seed(seed)
    unet, text = (dict(model.named_parameters()) for model in models())
    layers = [("lora_unet_" + name_of(name).replace(".", "_"), unet[name + ".weight"]) for name in unet_layers(convolutions)]
    layers += [(text_prefix + name.replace(".", "_"), text[name + ".weight"]) for name in text_layers()]
    tensors = {}
    for i, (name, weight) in enumerate(layers):
        down, up = pair(generator, weight, rank + i % 2)
        tensors |= {name + ".lora_down.weight": down.to(dtype), name + ".lora_up.weight": up.to(dtype), name + ".alpha": torch.tensor(alpha)}
    return tensors


def old_diffusers_file(seed, rank):
    """Attention processors of diffusers before 0.22, text encoder layers of 0.15 to 0.21; no alphas."""
    generator = torch.Generator().manual_seed(seed)
    unet, text = (dict(model.named_parameters()) for model in models())
    tensors = {}
    for name in unet_layers(False):
        block, _, end = name.rpartition(".attn")
        if block:
            number, end = end.split(".", 1)
            down, up = pair(generator, unet[name + ".weight"], rank)
            stem = f"unet.{block}.attn{number}.processor.{end.removesuffix('.0')}_lora"
            tensors |= {stem + ".down.weight": down, stem + ".up.weight": up}
    for name in text_layers():
        if "self_attn" in name:
            down, up = pair(generator, text[name + ".weight"], rank)
            short = {"q_proj": "to_q", "k_proj": "to_k", "v_proj": "to_v", "out_proj": "to_out"}[name.rsplit(".", 1)[1]]
            stem = f"text_encoder.{name.rsplit('.', 1)[0]}.{short}_lora"
            tensors |= {stem + ".down.weight": down, stem + ".up.weight": up}
    return tensors


def peft_file(out, seed, with_metadata):
    """What diffusers saves of adapters that were trained with peft."""
    torch.manual_seed(seed)
    unet, text = models()
    patterns = dict(alpha_pattern={"mid_block.attentions.0.proj_in": 7, "attn2.to_k": 2}, rank_pattern={"conv1": 2}) if with_metadata else {}
    unet_config = peft.LoraConfig(r=3, lora_alpha=5 if with_metadata else 3, init_lora_weights=False,
                                  target_modules=["to_q", "to_k", "to_v", "to_out.0", "proj_in", "conv1"], **patterns)
    text_config = peft.LoraConfig(r=3, lora_alpha=4 if with_metadata else 3, init_lora_weights=False,
                                  target_modules=["q_proj", "v_proj", "fc1"], use_rslora=with_metadata)
    unet.add_adapter(unet_config)
    text.add_adapter(text_config)
    metadata = dict(unet_lora_adapter_metadata=plain(unet_config), text_encoder_lora_adapter_metadata=plain(text_config)) if with_metadata else {}
    text_layers_saved = peft.get_peft_model_state_dict(text)
    if not with_metadata:  # as diffusers' own training scripts do
        text_layers_saved = convert_state_dict_to_diffusers(text_layers_saved)
    with tempfile.TemporaryDirectory() as folder:
        StableDiffusionLoraLoaderMixin.save_lora_weights(folder, unet_lora_layers=peft.get_peft_model_state_dict(unet),
                                                         text_encoder_lora_layers=text_layers_saved, **metadata)
        shutil.copy(pathlib.Path(folder) / "pytorch_lora_weights.safetensors", out)


def plain(config):
    values = config.to_dict()
    return {key: sorted(value) if isinstance(value, set) else value for key, value in values.items()
            if isinstance(value, (bool, int, float, str, dict, list, set)) and key not in ("loftq_config", "lora_runtime_config", "eva_config")}


def peft_folder(out, seed):
    """What peft itself saves of a UNet: names without a pipeline, the alpha beside the file."""
    torch.manual_seed(seed)
    unet, _ = models()
    config = peft.LoraConfig(r=4, lora_alpha=6, init_lora_weights=False, target_modules=["to_q", "to_out.0", "conv2"], use_rslora=True)
    wrapped = peft.get_peft_model(unet, config)
    wrapped.save_pretrained(out)
    (out / "README.md").unlink(missing_ok=True)
    saved = json.loads((out / "adapter_config.json").read_text())
    saved["target_modules"].sort()  # a set: in another order in each run
    (out / "adapter_config.json").write_text(json.dumps(saved, indent=2) + "\n")
    merged = wrapped.merge_and_unload()
    return {"unet." + name: value for name, value in changed(merged, models()[0]).items()}


def changed(model, before):
    old = before.state_dict()
    return {name: value.contiguous() for name, value in model.state_dict().items() if not torch.equal(value, old[name])}


def fused(files, scales):
    """The weights that differ after diffusers has merged the files."""
    unet, text = models()
    pipe = Pipeline(unet, text)
    names = [f"adapter_{i}" for i in range(len(files))]
    for name, file in zip(names, files):
        pipe.load_lora_weights(str(file.parent), weight_name=file.name, adapter_name=name, unet_config=pipe.unet.config)
    pipe.set_adapters(names, list(scales))
    pipe.fuse_lora(components=["unet", "text_encoder"], adapter_names=names)
    pipe.unload_lora_weights()
    unet_before, text_before = models()
    return {"unet." + name: value for name, value in changed(pipe.unet, unet_before).items()} | {
        "text_encoder." + name: value for name, value in changed(pipe.text_encoder, text_before).items()}


def settle(file):
    """The header's metadata in order: safetensors writes it in another one in each run."""
    raw = file.read_bytes()
    size = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:8 + size])
    header["__metadata__"] = dict(sorted(header.get("__metadata__", {}).items()))
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    file.write_bytes(len(text).to_bytes(8, "little") + text + raw[8 + size:])
    file.chmod(0o644)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, default=HERE.parent / "core" / "lora" / "golden")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    unet, text = models()
    unet.save_config(out / "unet")
    (out / "text_encoder").mkdir(exist_ok=True)
    text.config.to_json_file(out / "text_encoder" / "config.json")

    save_file(kohya_file(1, False, lambda name: name, torch.float16, 2, 1.5), out / "kohya.safetensors",
              {"ss_network_dim": "2", "ss_network_alpha": "1.5", "ss_base_model_version": "sd_v1", "ss_output_name": "golden",
               "ss_tag_frequency": '{"10_a": {"1girl": 3, "sky": 1}, "2_b": {"sky": 4}}'})
    save_file(kohya_file(2, True, compvis, torch.float32, 3, 2.0, "lora_te1_"), out / "kohya_compvis.safetensors")
    save_file(old_diffusers_file(3, 2), out / "diffusers_old.safetensors")
    peft_file(out / "peft.safetensors", 4, True)
    peft_file(out / "peft_plain.safetensors", 5, False)
    # As A1111 saves a word of two vectors, and diffusers' older training script one of one.
    vectors = torch.arange(12, dtype=torch.float32).reshape(2, 6) / 8
    torch.save({"string_to_token": {"*": 265}, "string_to_param": {"*": torch.nn.Parameter(vectors)}, "name": "other", "step": 500,
                "sd_checkpoint": "cc6cb27103", "sd_checkpoint_name": "v1-5-pruned"}, out / "a1111_word.pt")
    torch.save({"<toy>": vectors[1].clone()}, out / "learned_embeds.bin")
    cases = {"kohya": (["kohya"], [1.0]), "kohya_compvis": (["kohya_compvis"], [0.6]), "diffusers_old": (["diffusers_old"], [-0.5]),
             "peft": (["peft"], [1.0]), "peft_plain": (["peft_plain"], [1.25]), "two": (["kohya", "peft_plain"], [0.7, -0.4])}
    for case, (files, scales) in cases.items():
        merged = fused([out / f"{file}.safetensors" for file in files], scales)
        save_file(merged, out / f"merged_{case}.safetensors")
        print(case, len(merged), "weights changed")
    folder = peft_folder(out / "peft_folder", 6)
    save_file(folder, out / "merged_peft_folder.safetensors")
    print("peft_folder", len(folder), "weights changed")
    for file in out.rglob("*.safetensors"):
        settle(file)


if __name__ == "__main__":
    main()
