#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the pocket text encoder (CLIP's shape, real CLIP vocabulary) on the demo pictures and writes text_encoder/ as fp16.

CLIP's symmetric contrastive loss against a small convolutional image tower that is thrown away, with soft
targets (equal captions are equal, captions of one folder a little so), and the category and the folder predicted from
the sentence. Words of the captions are dropped at random, so that each word carries its own meaning.
Tokens that the captions never use keep their random start, at the spread that the trained ones end with.
"""
import argparse
import json
import math
import pathlib
import time

import tokenizers
import torch
import torch.nn as nn
import torch.nn.functional as F
from transformers import CLIPTextConfig, CLIPTextModel

import demo_pictures

HERE = pathlib.Path(__file__).resolve().parent
MERGES = HERE.parent / "tokenizer" / "merges.txt"
TOKENS, START, END = 77, 49406, 49407
SHARED = 64                                 # width of the space where captions and pictures meet
PEAK_LR, WARMUP_STEPS = 1.5e-3, 50
LAYOUT = dict(vocab_size=49408, hidden_size=96, intermediate_size=384, num_hidden_layers=3, num_attention_heads=4,
              max_position_embeddings=TOKENS, hidden_act="quick_gelu", projection_dim=96, bos_token_id=START,
              eos_token_id=END, pad_token_id=1)


class ImageTower(nn.Module):
    """48x48 RGB -> unit vectors; strided convolutions, mean and maximum pooled."""

    def __init__(self):
        super().__init__()
        widths = (3, 32, 64, 96, 128)
        self.blocks = nn.Sequential(*[nn.Sequential(nn.Conv2d(a, b, 3, 2, 1), nn.GroupNorm(8, b), nn.SiLU(),
                                                    nn.Conv2d(b, b, 3, 1, 1), nn.GroupNorm(8, b), nn.SiLU())
                                      for a, b in zip(widths, widths[1:])])
        self.out = nn.Linear(2 * widths[-1], SHARED)

    def forward(self, x_BCHW):
        h = self.blocks(x_BCHW)
        return self.out(torch.cat([h.mean(dim=(2, 3)), h.amax(dim=(2, 3))], 1))


def clip_tokenizer():
    """CLIP's tokenizer from the merges that the engine itself carries."""
    lines = MERGES.read_text(encoding="utf-8").splitlines()
    merges = [tuple(line.split()) for line in lines[1:]]
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in printable]
    letters = [chr(byte) for byte in printable] + [chr(256 + index) for index in range(len(others))]
    words = letters + [letter + "</w>" for letter in letters] + ["".join(pair) for pair in merges] + ["<|startoftext|>", "<|endoftext|>"]
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE({word: index for index, word in enumerate(words)}, merges, end_of_word_suffix="</w>"))
    tokenizer.normalizer = tokenizers.normalizers.Sequence([tokenizers.normalizers.NFC(), tokenizers.normalizers.Replace(tokenizers.Regex(r"\s+"), " "),
                                                            tokenizers.normalizers.Lowercase()])
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Sequence([
        tokenizers.pre_tokenizers.Split(tokenizers.Regex(r"'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+"), "removed", invert=True),
        tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)])
    return tokenizer


def ids_of(captions):
    """int64 [B, 77]: start, the caption, end, then end as padding."""
    tokenizer = clip_tokenizer()
    rows = torch.full((len(captions), TOKENS), END)
    for row, caption in enumerate(captions):
        ids = [START] + tokenizer.encode(caption).ids[:TOKENS - 2] + [END]
        rows[row, :len(ids)] = torch.tensor(ids)
    return rows


def thinned(ids_BL, generator, share=0.1):
    """Drops inner tokens at random, closing the gaps; at least one stays."""
    out = torch.full_like(ids_BL, END)
    for row, ids in enumerate(ids_BL):
        inner = ids[1:int((ids == END).nonzero()[0])]
        kept = inner[torch.rand(len(inner), generator=generator) >= share]
        kept = kept if len(kept) else inner
        out[row, 0], out[row, 1:1 + len(kept)] = START, kept
    return out


class Student(nn.Module):
    def __init__(self, categories, folders):
        super().__init__()
        self.text = CLIPTextModel(CLIPTextConfig(**LAYOUT))
        nn.init.normal_(self.text.text_model.embeddings.token_embedding.weight, std=0.1)
        nn.init.normal_(self.text.text_model.embeddings.position_embedding.weight, std=0.05)
        self.project = nn.Linear(LAYOUT["hidden_size"], SHARED)
        self.tower = ImageTower()
        self.category = nn.Linear(LAYOUT["hidden_size"], categories)
        self.folder = nn.Linear(LAYOUT["hidden_size"], folders)
        self.log_scale = nn.Parameter(torch.tensor(math.log(10.0)))

    def sentences(self, ids_BL):
        return self.text(input_ids=ids_BL).pooler_output


def indexed(names):
    order = sorted(set(names))
    return torch.tensor([order.index(name) for name in names]), order


@torch.no_grad()
def report(student, ids_BL, pixels_BCHW, captions, categories, folders):
    """Retrieval and neighbourhood figures on the un-augmented demo set, and the moments of the hidden state."""
    student.eval()
    pooled = torch.cat([student.sentences(part) for part in ids_BL.split(128)])
    hidden = torch.cat([student.text(input_ids=part).last_hidden_state for part in ids_BL[:256].split(128)])
    text = F.normalize(student.project(pooled), dim=1)
    image = F.normalize(torch.cat([student.tower(demo_pictures.plain(part, 48)) for part in pixels_BCHW.split(64)]), dim=1)
    same_caption = torch.tensor([[a == b for b in captions] for a in captions])
    best = (image @ text.T).argmax(1)
    near = text @ text.T - 10 * same_caption.float()
    student.train()
    return {"image_to_caption_top1": float(same_caption[torch.arange(len(best)), best].float().mean()),
            "other_caption_same_category": float((categories[near.argmax(1)] == categories).float().mean()),
            "other_caption_same_folder": float((folders[near.argmax(1)] == folders).float().mean()),
            "category_accuracy": float((student.category(pooled).argmax(1) == categories).float().mean()),
            "hidden_std": float(hidden.std()), "hidden_mean": float(hidden.mean())}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=1200)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--scratch", type=pathlib.Path, required=True, help="log")
    parser.add_argument("--out", type=pathlib.Path, default=HERE)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    options.scratch.mkdir(parents=True, exist_ok=True)

    demo = demo_pictures.load()
    ids = ids_of(demo.captions)
    caption_index, captions = indexed(demo.captions)
    categories, category_names = indexed(demo.categories)
    folders, folder_names = indexed([key.rsplit("-", 1)[0] for key in demo.keys])
    small = F.interpolate(demo.pixels_BCHW.float(), size=(96, 96), mode="area").round().to(torch.uint8)
    student = Student(len(category_names), len(folder_names))
    optimizer = torch.optim.AdamW(student.parameters(), lr=PEAK_LR, betas=(0.9, 0.98), weight_decay=0)
    begun = time.monotonic()
    for step in range(options.steps):
        generator = torch.Generator().manual_seed(options.seed * 1_000_003 + step)
        chosen = torch.randperm(len(demo), generator=generator)[:128]
        for group in optimizer.param_groups:
            group["lr"] = PEAK_LR * min(1, (step + 1) / WARMUP_STEPS) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / options.steps)))
        x = demo_pictures.augmented(small[chosen], 48, 48, generator, strength=0.3)
        length = int((ids[chosen] != END).sum(1).max()) + 1                       # causal: what follows changes nothing before it
        pooled = student.sentences(thinned(ids[chosen][:, :length + 1], generator))
        text, image = F.normalize(student.project(pooled), dim=1), F.normalize(student.tower(x), dim=1)
        alike = (caption_index[chosen][:, None] == caption_index[chosen]).float()
        alike = alike + 0.05 * (folders[chosen][:, None] == folders[chosen]).float()
        target = alike / alike.sum(1, keepdim=True)
        logits = student.log_scale.exp().clamp(max=50) * image @ text.T
        contrast = 0.5 * (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target))
        kind = F.cross_entropy(student.category(pooled), categories[chosen]) + F.cross_entropy(student.folder(pooled), folders[chosen])
        loss = contrast + 0.25 * kind
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(student.parameters(), 1.0)
        optimizer.step()
        if (step + 1) % 100 == 0:
            row = {"step": step + 1, "minutes": round((time.monotonic() - begun) / 60, 2), "loss": round(loss.item(), 4),
                   "contrast": round(contrast.item(), 4), **report(student, ids, demo.pixels_BCHW, demo.captions, categories, folders)}
            with (options.scratch / "text_encoder.jsonl").open("a") as lines:
                lines.write(json.dumps(row) + "\n")

    used = torch.zeros(LAYOUT["vocab_size"], dtype=torch.bool)
    used[ids.unique()] = True
    table = student.text.text_model.embeddings.token_embedding.weight
    with torch.no_grad():
        seen = table[used]
        table[~used] = table[~used] / table[~used].std() * seen.std()
    student.text.half().float()                         # measured as it is shipped
    found = report(student, ids, demo.pixels_BCHW, demo.captions, categories, folders)
    found.update(steps=options.steps, tokens_seen=int(used.sum()), parameters=sum(p.numel() for p in student.text.parameters()),
                 minutes=round((time.monotonic() - begun) / 60, 1))
    student.text.half().save_pretrained(options.out / "text_encoder", safe_serialization=True)
    (options.scratch / "text_encoder_result.json").write_text(json.dumps(found, indent=1))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
