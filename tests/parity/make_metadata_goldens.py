# SPDX-License-Identifier: Apache-2.0
"""Writes the goldens of what pictures say about how they were made, with Pillow, piexif and Python's own re and json.

usage: python tests/parity/make_metadata_goldens.py
tests/core/recipe/a1111_ours.jsonl   settings, the text that A1111 would write for them, and the prompts that its parser reads where they differ
tests/core/recipe/a1111_any.jsonl    texts of all kinds, and what A1111's parser reads from them
tests/core/recipe/pictures.jsonl     pictures as other programs write them (Pillow's bytes in base64), and what must come of them, by hand
tests/core/image/mask_golden.json    Pillow's bicubic, and a Gaussian by NumPy
Then it reads tests/core/recipe/data/ours.{png,jpg,webp}, which a test writes (DARKROOM_WRITE_SAMPLES), as A1111 does: piexif's UserComment, else
the PNG text; and checks the size of the pictures and the JSON in MakerNote.
"""
import base64
import gzip
import io
import json
import pathlib
import random
import re

import numpy
import piexif
import piexif.helper
from PIL import Image, PngImagePlugin

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECIPE = ROOT / "tests" / "core" / "recipe"
SEED = 20261126

# --- A1111's grammar: the pattern is the format's fact, the code around it is ours -----------------------------------------------------

PAIR = re.compile(r'\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')


def parse(text):
    """What the web UI's parser makes of a text: prompt, negative prompt, settings in order."""
    lines = text.strip().split("\n")
    pairs = PAIR.findall(lines[-1])
    if len(pairs) >= 3:
        lines.pop()
    else:
        pairs = []
    sides, side = {"prompt": None, "negative": None}, "prompt"
    for line in (line.strip() for line in lines):
        if line.startswith("Negative prompt:"):
            side, line = "negative", line[len("Negative prompt:"):].strip()
        sides[side] = line if not sides[side] else sides[side] + "\n" + line
    settings = {}
    for key, value in pairs:
        if value == "":
            continue
        if value[0] == value[-1] == '"':
            try:
                value = json.loads(value)
            except ValueError:
                pass
        settings[key] = value
    return {"prompt": sides["prompt"] or "", "negative": sides["negative"] or "", "settings": [[k, v] for k, v in settings.items()]}


# --- the text that belongs to settings -------------------------------------------------------------------------------------------------

LABELS = {"ddim": "DDIM", "pndm": "PLMS", "euler": "Euler", "euler_a": "Euler a", "heun": "Heun", "dpm2": "DPM2", "dpm2_a": "DPM2 a", "lms": "LMS",
          "dpmpp_2m": "DPM++ 2M", "dpmpp_2m_sde": "DPM++ 2M SDE", "dpmpp_sde": "DPM++ SDE", "dpmpp_3m_sde": "DPM++ 3M SDE", "unipc": "UniPC",
          "deis": "DEIS", "lcm": "LCM", "ddpm": "DDPM"}
SCHEDULES = {"default": "Uniform", "karras": "Karras", "exponential": "Exponential", "sgm_uniform": "SGM Uniform", "simple": "Simple", "beta": "Beta"}
NOT_UNIFORM = {"dpm2", "dpm2_a", "dpmpp_2m", "dpmpp_sde", "dpmpp_2m_sde", "dpmpp_3m_sde"}  # A1111's Automatic is another schedule there
EMPHASES = {"original": None, "no_norm": "No norm", "none": "Ignore", "comfy": "Comfy"}


def number(value):
    return repr(value).removesuffix(".0")


def quote(value):
    return json.dumps(value, ensure_ascii=False) if any(c in value for c in ",:\n") or value[:1] in ('"', " ", "\t", "\r") else value


def write(case):
    options = case["options"]
    varied = options.get("variation_strength", 0) > 0
    index = case["image_index"]
    fields = [("Steps", options["steps"]), ("Sampler", LABELS[options["sampler"]])]
    schedule = options.get("schedule")
    if schedule and (schedule != "default" or options["sampler"] in NOT_UNIFORM):
        fields.append(("Schedule type", SCHEDULES[schedule]))
    fields += [("CFG scale", options["cfg_scale"]), ("Seed", options["seed"] + (0 if varied else index)),
               ("Size", f'{options["width"]}x{options["height"]}'), ("Model hash", case["model_hash"][:10]),
               ("Model", re.sub(r"(?<=.)\.(safetensors|ckpt|pt)$", "", case["model_name"], flags=re.S)), ("VAE hash", case["vae_hash"][:10]),
               ("VAE", pathlib.PurePosixPath(options["vae"]).stem if options.get("vae") else None)]
    if varied:
        fields += [("Variation seed", options["variation_seed"] + index), ("Variation seed strength", options["variation_strength"])]
    hires, picture = options.get("hires_scale"), options.get("init_image")
    if picture or hires:
        fields.append(("Denoising strength", options["strength"] if picture else options["hires_strength"]))
    fields += [("Clip skip", options["clip_skip"] if options["clip_skip"] > 1 else None), ("RNG", "CPU"), ("Mask blur", options.get("mask_blur", 4) if options.get("mask") else None), ("Hires upscale", hires),
               ("Hires steps", options.get("hires_steps") if hires else None), ("Hires upscaler", case["hires_upscaler"] if hires else None)]
    if hires and picture:
        fields.append(("Hires denoising strength", options["hires_strength"]))
    for key, hashes in (("Lora hashes", case["lora_hashes"]), ("TI hashes", case["embedding_hashes"])):
        fields.append((key, ", ".join(re.sub("[:,]", "", one["name"]) + ": " + one["hash"] for one in hashes)))
    fields.append(("Emphasis", "None" if options["prompt_syntax"] == "plain" else EMPHASES[options["emphasis"]]))
    if options["eta"]:
        fields.append(("Eta DDIM" if options["sampler"] == "ddim" else "Eta", options["eta"]))
    fields += [("CFG Rescale", options["cfg_rescale"] or None), ("Version", "Darkroom " + case["version"])]
    fields = [[key, value if isinstance(value, str) else number(value)] for key, value in fields if value not in (None, "")]
    prompt = options["prompt"]
    for lora in options.get("lora", []):
        text_scale = f':{number(lora["text_scale"])}' if "text_scale" in lora else ""
        prompt += f'{" " if prompt else ""}<lora:{pathlib.PurePosixPath(lora["path"]).stem}{text_scale}:{number(lora["scale"])}>'
    line = ", ".join(f"{key}: {quote(value)}" for key, value in fields)
    return prompt + ("\nNegative prompt: " + options["negative"] if options["negative"] else "") + "\n" + line, fields


WORDS = ["a cat", "castle", "oil on canvas", "blue hour", "1girl", "(masterpiece:1.2)", "[[dull]]", "{rim light}", "BREAK", "[cat:dog:0.5]", "a AND b :1.2",
         "«цитата»", "猫と犬", "고양이", "مدينة", "שלום", "naïve café", "Straße", "🐈‍⬛", "👩‍👩‍👧‍👦", "e\u0301", "한\u3000글", "x\u00a0y", "line\u2028sep", "\u200bzero",
         "\"quoted\"", "'single'", "back\\slash", "\\(escaped\\)", "a: b", "k: v, w: x", "x:1, y:2, z:3", "a, b, c", ",", ":", ";", "--", "___", "<tag>",
         "Steps: 20", "Negative prompt", "{\"json\": [1, 2]}", "100%", "C:\\models\\x", "http://example.org/?a=b", "α/β", "№ 5", "tab\there", "~`^|"]
LINES = ["Steps: 20, Sampler: Euler, CFG scale: 7, Seed: 1", "Negative prompt: inside", "   ", "", "\t", "a: 1, b: 2, c: 3", "k: , l: , m: ", "Template: x"]
NAMES = ["v1-5-pruned-emaonly.safetensors", "pocket", "a, b.ckpt", "name: 2.pt", "\"quoted\"", "\"x\", y", "models.v2", "мой стиль.safetensors", "猫",
         "back\\slash", "line\nbreak", " leading", "512x512", "x", ".pt", "tab\tinside", "trailing ", "🐈", "a\"b", "\\", "\u001fcontrol,"]


def some_prompt(rng):
    kind = rng.random()
    if kind < 0.06:
        return ""
    if kind < 0.1:
        return rng.choice(["   ", "\n\n", " x ", "\tlead", "trail \t", "a\n\n\nb", "Negative prompt: all of it", "\u3000", "x\r\ny"])
    lines = []
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        if rng.random() < 0.12:
            lines.append(rng.choice(LINES))
        else:
            lines.append(rng.choice([", ", " ", ",", "; "]).join(rng.choice(WORDS) for _ in range(rng.randint(1, 5))))
    return "\n".join(lines)


DEFAULTS = {"negative": "", "seed": 0, "eta": 0, "clip_skip": 1, "cfg_rescale": 0, "prompt_syntax": "weighted", "emphasis": "original", "strength": 0.75,
            "hires_strength": 0.5}


def stable(text):
    """True when nothing is lost between lines: what the parser strips or takes for a border is not in it."""
    lines = text.split("\n")
    return all(line == line.strip() and not line.startswith("Negative prompt:") for line in lines) and (text == text.strip())


def our_cases(rng, count):
    for _ in range(count):
        sampler = rng.choice(list(LABELS))
        options = {"prompt": some_prompt(rng), "negative": rng.choice(["", some_prompt(rng), "blurry, low quality"]), "seed": rng.choice([0, 41, 2**32 - 1, 2**53 - 9]),
                   "steps": rng.randint(1, 150), "cfg_scale": rng.choice([1.0, 7.0, 7.5, 12.25, 0.1]), "eta": rng.choice([0, 0, 0.5, 1.0]), "sampler": sampler,
                   "clip_skip": rng.choice([1, 1, 2, 12]), "width": 8 * rng.randint(1, 200), "height": 8 * rng.randint(1, 200),
                   "cfg_rescale": rng.choice([0, 0, 0.7]), "prompt_syntax": rng.choice(["weighted", "weighted", "plain"]),
                   "emphasis": rng.choice(list(EMPHASES)), "strength": 0.75, "hires_strength": 0.5}
        if rng.random() < 0.7:
            options["schedule"] = rng.choice(list(SCHEDULES))
        if rng.random() < 0.2:
            options |= {"variation_seed": rng.randint(0, 2**32), "variation_strength": rng.choice([0.05, 0.5, 1.0])}
        if rng.random() < 0.25:
            options |= {"hires_scale": rng.choice([1.5, 2.0]), "hires_strength": 0.55} | ({"hires_steps": 12} if rng.random() < 0.5 else {})
        if rng.random() < 0.2:
            options |= {"init_image": "a/b.png", "strength": 0.6} | ({"mask": "m.png", "mask_blur": rng.choice([0, 8])} if rng.random() < 0.5 else {})
        if rng.random() < 0.2:
            options["lora"] = [{"path": f"loras/{name}.safetensors", "scale": rng.choice([1.0, -0.5, 0.8])} | ({"text_scale": 0.25} if rng.random() < 0.3 else {}) for name in rng.sample(["detail", "my style", "x.v2"], rng.randint(1, 2))]
        if rng.random() < 0.2:
            options["vae"] = rng.choice(["vaes/mse-840000.safetensors", "v, a: e.pt"])
        case = {"options": options, "image_index": rng.choice([0, 0, 3]), "model_name": rng.choice(NAMES), "model_hash": rng.choice(["", "6ce0161689b3"]),
                "vae_hash": rng.choice(["", "735e4c3a447a"]), "version": "0.1.0", "hires_upscaler": rng.choice(["", "Latent"]),
                "lora_hashes": rng.choice([[], [], [{"name": "detail", "hash": "7c0b3b9a1c4d"}, {"name": "my: st,yle", "hash": "001122334455"}]]),
                "embedding_hashes": rng.choice([[], [], [{"name": "easynegative", "hash": "c74b4e810b03"}]])}
        text, fields = write(case)
        parsed = parse(text)
        assert parsed.pop("settings") == fields, text  # every value comes back, so the line alone says them
        if stable(options["prompt"]) and stable(options["negative"]) and not options.get("lora"):
            assert parsed.pop("prompt") == options["prompt"] and parsed.pop("negative") == options["negative"], text  # left out: as in the case
        options = {key: value for key, value in options.items() if value != DEFAULTS.get(key)}
        case = {key: value for key, value in (case | {"options": options}).items() if value not in ("", [], 0)}
        # Without LoRAs the prompts are not repeated: the text is the two of them and this line.
        yield {"case": case, **({"text": text} if "lora" in options else {"line": text.rsplit("\n", 1)[1]}), "parsed": parsed}


PIECES = ["Steps", "Sampler", "CFG scale", "Seed", "Size", ": ", ": ", ": ", ":", ", ", ", ", ", ", ",", '"', '"', "\\", "\\\"", "a", "ab", "é", "猫", "🐈", " ", "  ", "\t", "\n", "-",
          "/", "_", "1", "20", "x", "512x512", "Negative prompt:", "\nNegative prompt:", "\u00a0", "\u3000", "\u2028", "\x1f", "\x0b", "\r", "{", "}", ";", "(", ")", "\"a, b\"", "\"\\n\"",
          "½", "Ⅷ", "٣", "२", "ª", "\u0301", "ﬁ", "𝒜", "ǅ", "·", "\u200d", "'", "Euler a", "\"\"", "\"x\"y"]


def any_cases(rng, count):
    for index in range(count):
        head = "" if rng.random() < 0.5 else "a prompt\n"
        tail = "".join(rng.choice(PIECES) for _ in range(rng.randint(0, 40)))
        if index % 3 == 0:
            tail = ", ".join(rng.choice(["Steps", "Key", "Ab c", "x", "d-e/f", "é1"]) + rng.choice([": ", ":", " : "]) + rng.choice(PIECES) + rng.choice(["", "", rng.choice(PIECES)])
                             for _ in range(rng.randint(2, 6)))
        text = head + tail
        yield {"text": text, "parsed": parse(text)}


# --- pictures of other programs -------------------------------------------------------------------------------------------------------

def png(texts=(), mode="RGB", exif=None, size=(16, 16), pixels=None):
    info = PngImagePlugin.PngInfo()
    for keyword, text, *how in texts:
        if how == ["itxt"]:
            info.add_itxt(keyword, text, zip=True)
        else:
            info.add_text(keyword, text, zip=how == ["zip"])
    image = Image.new(mode, size, (200, 120, 60, 255)[:len(mode)])
    if pixels is not None:
        image = Image.fromarray(pixels, mode)
    out = io.BytesIO()
    image.save(out, "PNG", pnginfo=info, **({"exif": exif} if exif else {}))
    return out.getvalue()


def saved(form, exif):
    out = io.BytesIO()
    Image.new("RGB", (16, 16), (200, 120, 60)).save(out, form, exif=exif)
    return out.getvalue()


def comment_exif(data):
    return piexif.dump({"Exif": {piexif.ExifIFD.UserComment: data}})


def little_endian_exif(data):
    """A hand-made block in Intel's order: one directory, one EXIF directory, one UserComment."""
    block = b"II*\0" + (8).to_bytes(4, "little")
    block += (1).to_bytes(2, "little") + (0x8769).to_bytes(2, "little") + (4).to_bytes(2, "little") + (1).to_bytes(4, "little") + (26).to_bytes(4, "little") + bytes(4)
    block += (1).to_bytes(2, "little") + (0x9286).to_bytes(2, "little") + (7).to_bytes(2, "little") + len(data).to_bytes(4, "little") + (44).to_bytes(4, "little") + bytes(4)
    return b"Exif\0\0" + block + data


def pillow_exif(fields):
    exif = Image.Exif()
    for tag, value in fields.items():
        exif[tag] = value
    return exif


def stealth(payload, signature):
    payload = gzip.compress(payload, mtime=0) if signature == "stealth_pngcomp" else payload
    data = signature.encode() + (8 * len(payload)).to_bytes(4, "big") + payload
    bits = [byte >> (7 - i) & 1 for byte in data for i in range(8)]
    height = 72
    width = -(-len(bits) // height) + 1
    pixels = numpy.full((height, width, 4), 254, numpy.uint8)
    for at, bit in enumerate(bits):
        pixels[at % height, at // height, 3] |= bit
    return pixels


BASE = "a castle\nNegative prompt: fog\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 42, Size: 512x768, Model hash: 6ce0161689, Model: v1-5-pruned-emaonly, RNG: CPU, Version: v1.10.1"
BASE_OPTIONS = {"prompt": "a castle", "negative": "fog", "prompt_syntax": "weighted", "steps": 20, "cfg_scale": 7.0, "seed": 42, "width": 512, "height": 768,
                "sampler": "euler_a", "schedule": "default", "spacing": "linspace"}
BASE_MODEL = ["v1-5-pruned-emaonly", "6ce0161689"]
UNICODE = "猫、крепость 🐈 «é»"


def line(rest, cpu=True):
    return "p\nSteps: 9, Seed: 3, CFG scale: 5, " + rest + (", RNG: CPU" if cpu else "")


def line_options(**more):
    return {"prompt": "p", "negative": "", "prompt_syntax": "weighted", "steps": 9, "seed": 3, "cfg_scale": 5.0} | more


EULER = {"sampler": "euler", "schedule": "default", "spacing": "linspace"}


def a1111_pictures():
    base = {"source": "AUTOMATIC1111", "options": BASE_OPTIONS, "model": BASE_MODEL}
    unicode_text = BASE.replace("a castle", UNICODE)
    unicode_base = base | {"options": BASE_OPTIONS | {"prompt": UNICODE}}
    yield "tEXt", png([("parameters", BASE)]), base
    yield "zTXt", png([("parameters", BASE, "zip")]), base
    yield "iTXt", png([("parameters", unicode_text)]), unicode_base
    yield "iTXt, compressed", png([("parameters", unicode_text, "itxt")]), unicode_base
    comment = piexif.helper.UserComment.dump(unicode_text, "unicode")
    yield "JPEG, UNICODE big-endian", saved("JPEG", comment_exif(comment)), unicode_base
    yield "WebP, UNICODE big-endian", saved("WEBP", comment_exif(comment)), unicode_base
    little = b"UNICODE\0" + unicode_text.encode("utf-16-le")
    yield "JPEG, UNICODE little-endian", saved("JPEG", little_endian_exif(little)), unicode_base
    yield "JPEG, UNICODE with a byte order mark", saved("JPEG", comment_exif(b"UNICODE\0" + unicode_text.encode("utf-16"))), unicode_base
    yield "JPEG, ASCII", saved("JPEG", comment_exif(b"ASCII\0\0\0" + BASE.encode() + b"\0\0")), base
    yield "WebP, raw UTF-8", saved("WEBP", comment_exif(unicode_text.encode())), unicode_base
    yield "JPEG, UserComment in the first directory", saved("JPEG", pillow_exif({0x9286: BASE})), base
    yield "PNG, EXIF before the chunk", png([("parameters", "other\nSteps: 1, Seed: 2, CFG scale: 3")], exif=comment_exif(comment)), unicode_base
    yield "Forge, alpha channel, packed", png(mode="RGBA", pixels=stealth(unicode_text.encode(), "stealth_pngcomp")), unicode_base
    yield "Forge, alpha channel, plain", png(mode="RGBA", pixels=stealth(BASE.encode(), "stealth_pnginfo")), base

    for label, ours in LABELS.items():
        spacing = {"spacing": "leading"} if ours in ("DDIM", "PLMS") else {}
        if label in NOT_UNIFORM or label in ("euler", "euler_a", "heun", "lms"):
            spacing = {"spacing": "linspace"}
        spacing = {"spacing": "leading"} if label in ("ddim", "pndm") else spacing
        yield f"sampler {ours}", png([("parameters", line(f"Sampler: {ours}, Size: 8x8"))]), {
            "source": "AUTOMATIC1111", "options": line_options(width=8, height=8, sampler=label, schedule="default", **spacing)}
    for text, sampler, schedule in (("DPM++ 2M Karras", "dpmpp_2m", "karras"), ("DPM++ 2M SDE Karras", "dpmpp_2m_sde", "karras"), ("DPM2 a Karras", "dpm2_a", "karras"), ("LMS Karras", "lms", "karras"),
                                    ("DPM++ SDE Karras", "dpmpp_sde", "karras"), ("DPM++ 3M SDE Exponential", "dpmpp_3m_sde", "exponential"), ("k_euler_a", "euler_a", "default"),
                                    ("Euler SGMUniform", "euler", "sgm_uniform"), ("dpm++2m karras", "dpmpp_2m", "karras")):
        options = line_options(sampler=sampler, schedule=schedule) | ({"spacing": "linspace"} if schedule == "default" else {})
        yield f"old sampler {text}", png([("parameters", line(f"Sampler: {text}"))]), {"source": "AUTOMATIC1111", "options": options}
    for text, sampler, schedule in (("DPM++ 2M", "dpmpp_2m", "karras"), ("DPM++ 2M SDE", "dpmpp_2m_sde", "exponential"), ("DPM2", "dpm2", "karras"), ("Euler a", "euler_a", "default")):
        options = line_options(sampler=sampler, schedule=schedule) | ({"spacing": "linspace"} if schedule == "default" else {})
        yield f"Automatic with {text}", png([("parameters", line(f"Sampler: {text}, Schedule type: Automatic"))]), {"source": "AUTOMATIC1111", "options": options}
    for text, schedule in (("Karras", "karras"), ("Exponential", "exponential"), ("SGM Uniform", "sgm_uniform"), ("Simple", "simple"), ("Beta", "beta"), ("Normal", "default"), ("Uniform", "default")):
        options = line_options(sampler="dpmpp_2m", schedule=schedule) | ({"spacing": "linspace"} if schedule == "default" else {})
        yield f"schedule {text}", png([("parameters", line(f"Sampler: DPM++ 2M, Schedule type: {text}"))]), {"source": "AUTOMATIC1111", "options": options}
    yield "sampler that we do not have", png([("parameters", line("Sampler: DPM++ 2S a, Schedule type: KL Optimal"))]), {
        "source": "AUTOMATIC1111", "options": line_options(), "notes": ["Sampler", "Schedule type"]}
    yield "noise of the graphics card", png([("parameters", line("Sampler: Euler", cpu=False))]), {"source": "AUTOMATIC1111", "options": line_options(**EULER), "notes": ["RNG"]}
    yield "noise as on NVIDIA", png([("parameters", line("Sampler: Euler, RNG: NV", cpu=False))]), {"source": "AUTOMATIC1111", "options": line_options(**EULER), "notes": ["RNG"]}
    yield "hires fix", png([("parameters", line("Sampler: Euler, Size: 512x512, Denoising strength: 0.4, Hires upscale: 1.5, Hires steps: 10, Hires upscaler: 4x-UltraSharp, Hires sampler: Heun"))]), {
        "source": "AUTOMATIC1111", "options": line_options(width=512, height=512, hires_scale=1.5, hires_steps=10, hires_strength=0.4, **EULER), "notes": ["Hires sampler"]}
    yield "hires resize", png([("parameters", line("Sampler: Euler, Size: 512x256, Denoising strength: 0.4, Hires resize: 1024x512"))]), {
        "source": "AUTOMATIC1111", "options": line_options(width=512, height=256, hires_scale=2.0, hires_strength=0.4, **EULER)}
    yield "hires resize to another shape", png([("parameters", line("Sampler: Euler, Size: 512x512, Hires resize: 1024x512"))]), {
        "source": "AUTOMATIC1111", "options": line_options(width=512, height=512, **EULER), "notes": ["Hires resize"]}
    yield "image to image, ControlNet and strangers", png([("parameters", line('Sampler: Euler, Denoising strength: 0.6, Mask blur: 4, ControlNet 0: "Module: canny, Weight: 1", Tiling: True'))]), {
        "source": "AUTOMATIC1111", "options": line_options(strength=0.6, mask_blur=4, **EULER), "notes": ["Denoising strength", "Mask blur", "ControlNet 0", "Tiling"]}
    yield "variation, clip skip, rescale, eta", png([("parameters", line("Sampler: DDIM, Variation seed: 7, Variation seed strength: 0.25, Clip skip: 2, Eta DDIM: 0.5, CFG Rescale φ: 0.7"))]), {
        "source": "AUTOMATIC1111", "options": line_options(sampler="ddim", schedule="default", spacing="leading", variation_seed=7, variation_strength=0.25, clip_skip=2, eta=0.5, cfg_rescale=0.7)}
    yield "emphasis", png([("parameters", line("Sampler: Euler, Emphasis: No norm"))]), {"source": "AUTOMATIC1111", "options": line_options(emphasis="no_norm", **EULER)}
    yield "no emphasis", png([("parameters", line("Sampler: Euler, Emphasis: None"))]), {"source": "AUTOMATIC1111", "options": line_options(**EULER) | {"prompt_syntax": "plain"}}
    loras = "a <lora:detail:0.8> cat, <b> <lora:my style:1.2:0.5><hypernet:h:1>\nNegative prompt: n\n" + line('Sampler: Euler, VAE: mse, VAE hash: 735e4c3a44, Lora hashes: "detail: 7c0b3b9a1c4d, my style: 00aa"').split("\n")[1]
    yield "LoRAs", png([("parameters", loras)]), {"source": "AUTOMATIC1111", "options": line_options(**EULER) | {"prompt": "a <lora:detail:0.8> cat, <b> <lora:my style:1.2:0.5>", "negative": "n"}, "vae": ["mse", "735e4c3a44"],
                                                 "loras": [["detail", "7c0b3b9a1c4d", 0.8], ["my style", "00aa", 0.5, 1.2]], "notes": ["prompt"]}
    yield "prompt alone", png([("parameters", "just a prompt, 1: 2")]), {"source": "AUTOMATIC1111", "options": {"prompt": "just a prompt, 1: 2", "negative": "", "prompt_syntax": "weighted"}, "notes": ["parameters"]}
    yield "values out of range", png([("parameters", line("Sampler: Euler, Size: 500x512, Clip skip: 99"))]), {"source": "AUTOMATIC1111", "options": line_options(height=512, **EULER), "notes": ["Clip skip", "Size"]}
    yield "prompt that begins with a brace", png([("parameters", "{red|blue} house\n" + line("Sampler: Euler").split("\n")[1])]), {
        "source": "AUTOMATIC1111", "options": line_options(**EULER) | {"prompt": "{red|blue} house"}}


def comfy_graph(**changes):
    graph = {"3": {"class_type": "KSampler", "inputs": {"seed": 8566257, "steps": 20, "cfg": 8, "sampler_name": "euler", "scheduler": "normal", "denoise": 1, "model": ["4", 0],
                                                        "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0]}},
             "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "v1-5-pruned-emaonly.ckpt"}},
             "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 640, "batch_size": 1}},
             "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a glass bottle, 瓶", "clip": ["4", 1]}}, "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "text, watermark", "clip": ["4", 1]}},
             "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}}, "9": {"class_type": "SaveImage", "inputs": {"filename_prefix": "ComfyUI", "images": ["8", 0]}}}
    for node, change in changes.items():
        node = node.removeprefix("n")
        graph[node] = {"class_type": change.get("class_type", graph.get(node, {}).get("class_type")),
                       "inputs": {k: v for k, v in (graph.get(node, {}).get("inputs", {}) | change.get("inputs", {})).items() if v is not None}}
    return graph


COMFY = {"emphasis": "comfy", "prompt_syntax": "weighted", "prompt": "a glass bottle, 瓶", "negative": "text, watermark", "seed": 8566257, "steps": 20, "cfg_scale": 8.0, "sampler": "euler",
         "schedule": "default", "spacing": "linspace", "width": 512, "height": 640}


def comfy_pictures():
    base = {"source": "ComfyUI", "options": COMFY, "model": ["v1-5-pruned-emaonly.ckpt", ""]}

    def picture(graph):
        return png([("prompt", graph if isinstance(graph, str) else json.dumps(graph)), ("workflow", "{}")])

    yield "default graph", picture(comfy_graph()), base
    yield "WebP with the graph in EXIF", saved("WEBP", pillow_exif({0x0110: "prompt:" + json.dumps(comfy_graph()), 0x010F: "workflow:{}"})), base
    yield "NaN in the graph", picture(json.dumps(comfy_graph(n9={"inputs": {"is_changed": [float("nan")]}}))), base
    yield "karras", picture(comfy_graph(n3={"inputs": {"sampler_name": "dpmpp_2m_sde_gpu", "scheduler": "karras"}})), base | {
        "options": {k: v for k, v in COMFY.items() if k != "spacing"} | {"sampler": "dpmpp_2m_sde", "schedule": "karras"}}
    yield "names that we do not have", picture(comfy_graph(n3={"inputs": {"sampler_name": "res_multistep", "scheduler": "ddim_uniform"}})), base | {
        "options": {k: v for k, v in COMFY.items() if k not in ("sampler", "schedule", "spacing")}, "notes": ["KSampler 3", "KSampler 3"]}
    yield "seed above 53 bits", picture(comfy_graph(n3={"inputs": {"seed": 18446744073709551615}})), base | {"options": {k: v for k, v in COMFY.items() if k != "seed"}, "notes": ["KSampler 3/seed"]}
    yield "LoRA, clip skip, VAE, rescale", picture(comfy_graph(
        n3={"inputs": {"model": ["12", 0]}}, n6={"inputs": {"clip": ["11", 0]}}, n8={"inputs": {"vae": ["13", 0]}},
        n10={"class_type": "LoraLoader", "inputs": {"lora_name": "detail.safetensors", "strength_model": 0.7, "strength_clip": 0.7, "model": ["14", 0], "clip": ["4", 1]}},
        n11={"class_type": "CLIPSetLastLayer", "inputs": {"stop_at_clip_layer": -2, "clip": ["10", 1]}}, n12={"class_type": "RescaleCFG", "inputs": {"multiplier": 0.7, "model": ["10", 0]}},
        n13={"class_type": "VAELoader", "inputs": {"vae_name": "mse.pt"}}, n14={"class_type": "LoraLoaderModelOnly", "inputs": {"lora_name": "style.safetensors", "strength_model": 1, "model": ["4", 0]}})), base | {
            "options": COMFY | {"clip_skip": 2, "cfg_rescale": 0.7}, "vae": ["mse.pt", ""], "loras": [["style.safetensors", "", 1, 0], ["detail.safetensors", "", 0.7]]}
    yield "hires pass", picture(comfy_graph(
        n8={"inputs": {"samples": ["21", 0]}}, n20={"class_type": "LatentUpscale", "inputs": {"upscale_method": "nearest-exact", "width": 1024, "height": 1280, "samples": ["3", 0]}},
        n21={"class_type": "KSampler", "inputs": {"seed": 1, "steps": 14, "cfg": 8, "sampler_name": "euler", "scheduler": "simple", "denoise": 0.5, "model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0],
                                                  "latent_image": ["20", 0]}})), base | {"options": COMFY | {"hires_scale": 2.0, "hires_steps": 14, "hires_strength": 0.5}, "notes": ["KSampler 21"]}
    yield "hires pass over pixels", picture(comfy_graph(
        n8={"inputs": {"samples": ["21", 0]}}, n20={"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
        n22={"class_type": "ImageScaleBy", "inputs": {"upscale_method": "lanczos", "scale_by": 1.5, "image": ["20", 0]}}, n23={"class_type": "VAEEncode", "inputs": {"pixels": ["22", 0], "vae": ["4", 2]}},
        n21={"class_type": "KSampler", "inputs": {"seed": 1, "steps": 14, "cfg": 8, "sampler_name": "euler", "scheduler": "normal", "denoise": 0.4, "model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0],
                                                  "latent_image": ["23", 0]}})), base | {"options": COMFY | {"hires_scale": 1.5, "hires_steps": 14, "hires_strength": 0.4}}
    yield "image to image", picture(comfy_graph(n3={"inputs": {"denoise": 0.87, "latent_image": ["30", 0]}}, n30={"class_type": "VAEEncode", "inputs": {"pixels": ["31", 0], "vae": ["4", 2]}},
                                                n31={"class_type": "LoadImage", "inputs": {"image": "example.png"}})), base | {
        "options": {k: v for k, v in COMFY.items() if k not in ("width", "height")} | {"strength": 0.87}, "notes": ["KSampler 3"]}
    yield "inpainting", picture(comfy_graph(n3={"inputs": {"latent_image": ["30", 0]}}, n30={"class_type": "SetLatentNoiseMask", "inputs": {"samples": ["32", 0], "mask": ["31", 1]}},
                                            n31={"class_type": "LoadImage", "inputs": {"image": "example.png"}}, n32={"class_type": "VAEEncode", "inputs": {"pixels": ["31", 0], "vae": ["4", 2]}})), base | {
        "options": {k: v for k, v in COMFY.items() if k not in ("width", "height")} | {"strength": 1.0}, "notes": ["KSampler 3", "SetLatentNoiseMask 30"]}
    yield "custom sampler", picture(comfy_graph(
        n3={"class_type": "SamplerCustomAdvanced", "inputs": {k: None for k in ("seed", "steps", "cfg", "sampler_name", "scheduler", "denoise", "model", "positive", "negative")} |
            {"noise": ["40", 0], "guider": ["41", 0], "sampler": ["42", 0], "sigmas": ["43", 0]}},
        n40={"class_type": "RandomNoise", "inputs": {"noise_seed": 77}}, n41={"class_type": "CFGGuider", "inputs": {"cfg": 4.5, "model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0]}},
        n42={"class_type": "KSamplerSelect", "inputs": {"sampler_name": "dpmpp_2m"}}, n43={"class_type": "BasicScheduler", "inputs": {"scheduler": "beta", "steps": 30, "denoise": 1.0, "model": ["4", 0]}})), base | {
            "options": {k: v for k, v in COMFY.items() if k != "spacing"} | {"seed": 77, "cfg_scale": 4.5, "sampler": "dpmpp_2m", "schedule": "beta", "steps": 30}}
    yield "ControlNet, two prompts, values from other nodes", picture(comfy_graph(
        n3={"inputs": {"positive": ["50", 0], "seed": ["52", 0], "steps": ["53", 0]}}, n50={"class_type": "ControlNetApply", "inputs": {"conditioning": ["51", 0], "strength": 1, "control_net": ["54", 0], "image": ["55", 0]}},
        n51={"class_type": "ConditioningConcat", "inputs": {"conditioning_to": ["6", 0], "conditioning_from": ["7", 0]}}, n52={"class_type": "PrimitiveInt", "inputs": {"value": 5}},
        n53={"class_type": "MathExpression", "inputs": {"expression": "a*b"}}, n54={"class_type": "ControlNetLoader", "inputs": {"control_net_name": "canny"}}, n55={"class_type": "LoadImage", "inputs": {"image": "x.png"}})), base | {
            "options": {k: v for k, v in COMFY.items() if k != "steps"} | {"prompt": "a glass bottle, 瓶 BREAK text, watermark", "seed": 5}, "notes": ["KSampler 3", "ControlNetApply 50"]}
    yield "a circle", picture(comfy_graph(n3={"inputs": {"latent_image": ["8", 0], "model": ["60", 0]}}, n60={"class_type": "Reroute", "inputs": {"model": ["60", 0]}}, n8={"class_type": "Odd", "inputs": {"samples": ["3", 0], "again": ["8", 0]}})), {
        "source": "ComfyUI", "options": {k: v for k, v in COMFY.items() if k not in ("width", "height")}, "any_notes": True}
    yield "no sampler", picture({"1": {"class_type": "LoadImage", "inputs": {"image": "a.png"}}, "2": 5, "3": {"class_type": 7}}), {"source": "ComfyUI", "options": {}, "notes": ["prompt"]}
    yield "drawing of the graph alone", png([("workflow", "{\"nodes\": []}")]), {"source": "nothing known", "options": {}, "notes": ["workflow"]}


def json_pictures():
    invoke = {"generation_mode": "txt2img", "positive_prompt": "a ruin", "negative_prompt": "people", "width": 512, "height": 576, "seed": 2718281828, "rand_device": "cpu", "cfg_scale": 7.5, "cfg_rescale_multiplier": 0.7,
              "steps": 30, "scheduler": "dpmpp_2m_sde_k", "clip_skip": 0, "seamless_x": False, "model": {"key": "k", "hash": "blake3:ab12", "name": "sd-v1-5", "base": "sd-1", "type": "main"},
              "loras": [{"model": {"name": "detail", "hash": "blake3:00"}, "weight": 0.6}], "vae": {"name": "mse", "hash": "blake3:aa"}, "app_version": "5.4.2"}
    expected = {"source": "InvokeAI", "options": {"prompt": "a ruin", "negative": "people", "width": 512, "height": 576, "seed": 2718281828, "steps": 30, "cfg_scale": 7.5, "cfg_rescale": 0.7, "sampler": "dpmpp_2m_sde",
                                                  "schedule": "karras", "clip_skip": 1}, "model": ["sd-v1-5", "blake3:ab12"], "vae": ["mse", "blake3:aa"], "loras": [["detail", "blake3:00", 0.6]]}
    yield "InvokeAI", png([("invokeai_metadata", json.dumps(invoke)), ("invokeai_graph", "{}")]), expected
    old = invoke | {"scheduler": "euler_a", "model": {"model_name": "stable-diffusion-v1-5", "base_model": "sd-1"}, "loras": [{"lora": {"model_name": "old"}, "weight": 1}], "vae": None, "generation_mode": "img2img", "strength": 0.4,
                    "positive_prompt": "(a ruin)++", "controlnets": [{"image": {}}], "rand_device": "cuda"}
    yield "InvokeAI 3, image to image", png([("invokeai_metadata", json.dumps(old))]), {
        "source": "InvokeAI", "options": expected["options"] | {"prompt": "(a ruin)++", "sampler": "euler_a", "schedule": "default", "strength": 0.4}, "model": ["stable-diffusion-v1-5", ""], "loras": [["old", "", 1]],
        "notes": ["generation_mode", "rand_device", "positive_prompt", "controlnets"]}
    yield "InvokeAI, another kind of model", png([("invokeai_metadata", json.dumps(invoke | {"scheduler": "dpmpp_3m_k", "model": {"name": "x", "base": "sdxl"}, "loras": [], "vae": None}))]), {
        "source": "InvokeAI", "options": {k: v for k, v in expected["options"].items() if k not in ("sampler", "schedule")}, "model": ["x", ""], "notes": ["scheduler", "model"]}

    swarm = {"sui_image_params": {"prompt": "a photo of a cat", "model": "OfficialStableDiffusion/v1-5", "seed": "1", "steps": 20, "cfgscale": "7.0", "aspectratio": "1:1", "width": 512, "height": 512, "sampler": "dpmpp_2m",
                                  "scheduler": "karras", "automaticvae": True, "negativeprompt": "", "loras": "detail,style", "loraweights": "0.5,1.25", "clipstopatlayer": -2, "variationseed": 9, "variationseedstrength": "0.3",
                                  "refinerupscale": "1.5", "refinersteps": 12, "refinercontrolpercentage": 0.4, "swarm_version": "0.9.3.1"}, "sui_extra_data": {"date": "2024-11-13"}}
    swarm_expected = {"source": "SwarmUI", "options": {"prompt": "a photo of a cat", "negative": "", "seed": 1, "steps": 20, "cfg_scale": 7.0, "width": 512, "height": 512, "emphasis": "comfy", "sampler": "dpmpp_2m",
                                                       "schedule": "karras", "clip_skip": 2, "variation_seed": 9, "variation_strength": 0.3, "hires_scale": 1.5, "hires_steps": 12, "hires_strength": 0.4},
                      "model": ["OfficialStableDiffusion/v1-5", ""], "loras": [["detail", "", 0.5], ["style", "", 1.25]]}
    yield "SwarmUI", png([("parameters", json.dumps(swarm, indent=2))]), swarm_expected
    swarm_jpeg = json.loads(json.dumps(swarm))
    swarm_jpeg["sui_image_params"] |= {"loras": ["detail", "style"], "loraweights": ["0.5", "1.25"], "initimagecreativity": "0.6", "prompt": "a <wildcard:x> cat", "controlnetmodel": "canny"}
    yield "SwarmUI, JPEG, image to image", saved("JPEG", comment_exif(piexif.helper.UserComment.dump(json.dumps(swarm_jpeg), "unicode"))), swarm_expected | {
        "options": swarm_expected["options"] | {"prompt": "a <wildcard:x> cat", "strength": 0.6}, "notes": ["initimagecreativity", "prompt", "controlnetmodel"]}

    fooocus = {"adaptive_cfg": 7, "base_model": "v1-5", "base_model_hash": "6ce0161689", "full_prompt": ["a fox", "x"], "guidance_scale": 4, "loras": [["offset", 0.1, "4852686128"]], "metadata_scheme": "fooocus",
               "negative_prompt": "", "performance": "Speed", "prompt": "a fox", "resolution": "(1152, 896)", "sampler": "dpmpp_2m_sde_gpu", "scheduler": "karras", "seed": "3", "sharpness": 2, "steps": 30,
               "styles": "['Fooocus V2']", "vae": "Default (model)", "version": "Fooocus v2.5.5", "refiner_model": "None"}
    fooocus_expected = {"source": "Fooocus", "options": {"prompt": "a fox", "negative": "", "seed": 3, "steps": 30, "cfg_scale": 4.0, "sampler": "dpmpp_2m_sde", "schedule": "karras", "width": 1152, "height": 896},
                        "model": ["v1-5", "6ce0161689"], "loras": [["offset", "4852686128", 0.1]], "notes": ["styles", "sharpness"]}
    yield "Fooocus", png([("parameters", json.dumps(fooocus)), ("fooocus_scheme", "fooocus")]), fooocus_expected
    yield "Fooocus, JPEG", saved("JPEG", pillow_exif({0x0131: "Fooocus v2.5.5", 0x9286: json.dumps(fooocus), 0x927C: "fooocus"})), fooocus_expected
    yield "Fooocus in A1111's words", png([("parameters", "a fox, styled\nNegative prompt: bad\nSteps: 30, Sampler: DPM++ 2M SDE, Seed: 3, Size: 1152x896, CFG scale: 4, Scheduler: karras, Performance: Speed, Model hash: 6ce0161689, "
                                              "Model: v1-5, Lora hashes: \"offset: 4852686128\", Lora weights: \"offset: 0.1\", RNG: CPU, Version: Fooocus v2.5.5"), ("fooocus_scheme", "a1111")]), {
        "source": "Fooocus", "options": {"prompt": "a fox, styled", "negative": "bad", "prompt_syntax": "weighted", "seed": 3, "steps": 30, "cfg_scale": 4.0, "sampler": "dpmpp_2m_sde", "schedule": "karras", "width": 1152,
                                         "height": 896}, "model": ["v1-5", "6ce0161689"], "loras": [["offset", "4852686128", 0.1]]}

    novel = {"prompt": "{{1girl}}, sky", "steps": 28, "height": 1216, "width": 832, "scale": 5.0, "uncond_scale": 1.0, "cfg_rescale": 0.2, "seed": 999, "n_samples": 1, "noise_schedule": "karras", "sampler": "k_euler_ancestral",
             "sm": False, "dynamic_thresholding": True, "uc": "lowres", "strength": 0.7, "request_type": "PromptGenerateRequest"}
    novel_expected = {"source": "NovelAI", "options": {"prompt": "{{1girl}}, sky", "negative": "lowres", "seed": 999, "steps": 28, "cfg_scale": 5.0, "cfg_rescale": 0.2, "width": 832, "height": 1216, "sampler": "euler_a",
                                                       "schedule": "karras"}, "model": ["NovelAI Diffusion V4 37442FCA", ""], "notes": ["prompt", "dynamic_thresholding"]}
    texts = {"Title": "NovelAI generated image", "Description": "{{1girl}}, sky", "Software": "NovelAI", "Source": "NovelAI Diffusion V4 37442FCA", "Comment": json.dumps(novel)}
    yield "NovelAI", png(list(texts.items())), novel_expected
    yield "NovelAI, alpha channel", png(mode="RGBA", pixels=stealth(json.dumps(texts).encode(), "stealth_pngcomp")), novel_expected
    yield "NovelAI, WebP", saved("WEBP", comment_exif(b"ASCII\0\0\0" + json.dumps(novel).encode())), novel_expected | {"model": ["", ""]}


def broken_pictures():
    nothing = {"source": "nothing known", "options": {}}
    yield "no picture", b"hello", nothing | {"notes": [""]}
    yield "empty file", b"", nothing | {"notes": [""]}
    yield "silent picture", png(), nothing | {"notes": [""]}
    yield "silent picture with alpha", png(mode="RGBA"), nothing | {"notes": [""]}
    yield "cut in a text", png([("parameters", BASE)])[:80], nothing | {"notes": [""]}
    damaged = bytearray(png([("parameters", BASE)]))
    damaged[damaged.index(b"castle")] ^= 1
    yield "wrong checksum", bytes(damaged), nothing | {"notes": [""]}
    yield "unknown JSON", png([("parameters", "{\"a\": 1}")]), nothing | {"notes": ["parameters"]}
    yield "broken JSON", png([("parameters", "{\"a\": ")]), nothing | {"notes": ["parameters"]}
    yield "deep JSON", png([("prompt", "[" * 5000 + "]" * 5000)]), nothing | {"notes": ["prompt", ""]}
    yield "graph that is a list", png([("prompt", "[1, 2]")]), nothing | {"notes": ["prompt", ""]}
    yield "our text damaged, A1111's whole", png([("parameters", BASE), ("darkroom", "{\"darkroom_image\": 9}")]), {"source": "AUTOMATIC1111", "options": BASE_OPTIONS, "model": BASE_MODEL, "notes": ["darkroom"]}
    yield "InvokeAI of wrong kinds", png([("invokeai_metadata", json.dumps({"positive_prompt": 5, "width": "wide", "steps": [1], "seed": -4, "scheduler": 3, "model": "x", "loras": {"a": 1}, "clip_skip": "no"}))]), {
        "source": "InvokeAI", "options": {}, "any_notes": True}
    yield "SwarmUI of wrong kinds", png([("parameters", json.dumps({"sui_image_params": {"prompt": None, "loras": 5, "steps": {}, "clipstopatlayer": []}}))]), {"source": "SwarmUI", "options": {"emphasis": "comfy", "clip_skip": 1}, "any_notes": True}
    payload = stealth(BASE.encode(), "stealth_pngcomp")
    payload[40, 8, 3] ^= 1
    yield "alpha copy damaged", png(mode="RGBA", pixels=payload), nothing | {"any_notes": True}


# --- masks ----------------------------------------------------------------------------------------------------------------------------

def gaussian(levels, sigma):
    """cv2.GaussianBlur's rule with A1111's kernel, 8-bit between the passes."""
    reach = int(2.5 * sigma + 0.5)
    weights = numpy.exp(-0.5 * (numpy.arange(-reach, reach + 1) / sigma) ** 2)
    weights /= weights.sum()
    for axis in (1, 0):
        pad = [(0, 0), (0, 0)]
        pad[axis] = (reach, reach)
        padded = numpy.pad(levels.astype(float), pad, mode="reflect")
        levels = numpy.rint(numpy.apply_along_axis(lambda row: numpy.convolve(row, weights, "valid"), axis, padded)).astype(numpy.uint8)
    return levels


def mask_cases(rng):
    for width, height, to in ((16, 16, [(2, 2), (4, 8), (16, 16), (24, 20)]), (64, 40, [(8, 5), (9, 7)]), (31, 17, [(4, 3), (40, 17)])):
        levels = numpy.zeros((height, width), numpy.uint8)
        for _ in range(6):
            x, y = rng.randrange(width), rng.randrange(height)
            levels[y:y + rng.randint(1, height // 2), x:x + rng.randint(1, width // 2)] = rng.choice([255, 255, 128, 40])
        image = Image.fromarray(levels, "L")
        yield {"width": width, "height": height, "levels": levels.flatten().tolist(),
               "resized": [{"width": w, "height": h, "levels": numpy.asarray(image.resize((w, h), Image.Resampling.BICUBIC)).flatten().tolist()} for w, h in to],
               "blurred": [{"sigma": sigma, "levels": gaussian(levels, sigma).flatten().tolist()} for sigma in (0.5, 2)]}


# --- ours, read by others -------------------------------------------------------------------------------------------------------------

def check_ours():
    folder = RECIPE / "data"
    expected = json.loads((folder / "ours.json").read_text())
    for name in ("ours.png", "ours.jpg", "ours.webp"):
        image = Image.open(folder / name)
        image.load()
        assert image.size == (48, 32), name
        text = image.info.get("parameters")
        if "exif" in image.info:
            exif = piexif.load(image.info["exif"])
            text = piexif.helper.UserComment.load(exif["Exif"][piexif.ExifIFD.UserComment])
            note = exif["Exif"][piexif.ExifIFD.MakerNote]
            own = image.getexif().get_ifd(0x8769)
            assert own[0x927C] == note and own[0x9286][8:].decode("utf-16-be") == text and image.getexif()[0x0131] == "Darkroom", name
            record = json.loads(note.removeprefix(b"Darkroom\0"))
        else:
            record = json.loads(image.info["darkroom"])
        assert text == expected["parameters"] and record == expected["darkroom"], name
        assert parse(text)["prompt"] == record["options"]["prompt"], name
    return 3


def main():
    rng = random.Random(SEED)
    counts = {}

    def dump(path, lines):
        lines = [json.dumps(entry, ensure_ascii=False, separators=(",", ":")) for entry in lines]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
        counts[path.name] = len(lines)
        assert path.stat().st_size <= 200_000, (path, path.stat().st_size)

    dump(RECIPE / "a1111_ours.jsonl", our_cases(rng, 240))
    dump(RECIPE / "a1111_any.jsonl", any_cases(rng, 400))
    pictures = [*a1111_pictures(), *comfy_pictures(), *json_pictures(), *broken_pictures()]
    assert len({name for name, _, _ in pictures}) == len(pictures)
    dump(RECIPE / "pictures.jsonl", ({"name": name, "expected": expected, "base64": base64.b64encode(data).decode()} for name, data, expected in pictures))
    (ROOT / "tests" / "core" / "image" / "mask_golden.json").write_text(json.dumps(list(mask_cases(rng)), separators=(",", ":")) + "\n")
    print("metadata goldens:", counts)
    print("ours read back by Pillow and piexif:", check_ours() if (RECIPE / "data" / "ours.json").exists() else "none there yet")


if __name__ == "__main__":
    main()
