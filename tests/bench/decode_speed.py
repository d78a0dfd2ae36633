#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""JPEGs of 1024x1024 to 512x512 from memory, one thread: `darkroom-engine bench image_decode` beside PIL and OpenCV.

  .venv-parity/bin/python tests/bench/decode_speed.py --engine build/bin/darkroom-engine [--pictures 120] [--rounds 3] [--work FOLDER]

Needs Pillow and numpy; OpenCV (pip install opencv-python-headless) where it is there. Makes the pictures once: shapes with soft and hard edges on a
noisy gradient, JPEG of quality 90. The programs run in turns, each in a process of its own, ours first and last in each round. `pil` decodes and
resizes by bicubic, `cv2` decodes and averages by area; `pil_draft` and `cv2_reduced` decode at half the size, as ours does. Prints a JSON line a
process, then the medians, how many times ours is faster, and the PSNR of ours against its own full path.
"""
import argparse
import io
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

SIDE, TARGET, QUALITY = 1024, 512, 90


def make(folder: pathlib.Path, count: int) -> None:
    import numpy as np
    from PIL import Image, ImageDraw, ImageFilter
    rng = np.random.default_rng(0)
    folder.mkdir(parents=True, exist_ok=True)
    ramp = np.linspace(0, 1, SIDE)
    for number in range(count):
        ground = ramp[:, None, None] * rng.random(3) * 200 + ramp[None, :, None] * rng.random(3) * 55 + rng.normal(0, 6, (SIDE, SIDE, 1))
        image = Image.fromarray(ground.clip(0, 255).astype("uint8"))
        draw = ImageDraw.Draw(image)
        for _ in range(12):
            x, y = (int(v) for v in rng.integers(-80, 900, 2))
            size, colour = int(rng.integers(60, 420)), tuple(int(v) for v in rng.integers(0, 255, 3))
            shape = draw.ellipse if rng.random() < 0.5 else draw.rectangle
            shape((x, y, x + size, y + int(size * rng.uniform(0.4, 1.5))), fill=colour)
        image = Image.blend(image, image.filter(ImageFilter.GaussianBlur(1.2)), 0.7)
        image.save(folder / f"{number:05d}.jpg", "JPEG", quality=QUALITY)


def peer(name: str, folder: pathlib.Path) -> float:
    """Pictures a second."""
    import numpy as np
    files = [path.read_bytes() for path in sorted(folder.glob("*.jpg"))]
    if name.startswith("pil"):
        from PIL import Image

        def one(data):
            image = Image.open(io.BytesIO(data))
            if name == "pil_draft":
                image.draft("RGB", (TARGET, TARGET))
            return np.asarray(image.convert("RGB").resize((TARGET, TARGET), Image.BICUBIC))
    else:
        import cv2
        cv2.setNumThreads(1)
        flag = cv2.IMREAD_REDUCED_COLOR_2 if name == "cv2_reduced" else cv2.IMREAD_COLOR

        def one(data):
            return cv2.resize(cv2.imdecode(np.frombuffer(data, "uint8"), flag), (TARGET, TARGET), interpolation=cv2.INTER_AREA)
    one(files[0])
    times = []
    for _ in range(3):
        started = time.monotonic()
        for data in files:
            one(data)
        times.append(time.monotonic() - started)
    return len(files) / statistics.median(times)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", default="build/bin/darkroom-engine")
    parser.add_argument("--pictures", type=int, default=120)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", default="/tmp/darkroom_decode_bench")
    parser.add_argument("--run-peer")
    arguments = parser.parse_args()
    folder = pathlib.Path(arguments.work) / f"pictures-{arguments.pictures}"
    if arguments.run_peer:
        print(peer(arguments.run_peer, folder))
        return
    if not folder.exists():
        make(folder, arguments.pictures)
    peers = ["pil", "pil_draft"]
    try:
        import cv2  # noqa: F401
        peers += ["cv2", "cv2_reduced"]
    except ImportError:
        print(json.dumps({"skipped": "cv2", "reason": "not installed"}))
    ours = [arguments.engine, "bench", "image_decode", "--file", str(folder), "--repeat", "3", "--json"]
    rates, psnr = {}, {}
    for _ in range(arguments.rounds):
        for name in ["darkroom", *peers, "darkroom"]:
            command = ours if name == "darkroom" else [sys.executable, os.path.abspath(__file__), "--work", arguments.work, "--pictures",
                                                       str(arguments.pictures), "--run-peer", name]
            output = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip().splitlines()
            if name == "darkroom":
                figures = next(json.loads(line) for line in output if '"bench":"image_decode"' in line)
                rate = figures["images_per_s"]
                psnr = {key: round(figures[key], 2) for key in ("psnr_min_db", "psnr_median_db")}
                rates.setdefault("darkroom_full_path", []).append(figures["full_images_per_s"])
            else:
                rate = float(output[-1])
            rates.setdefault(name, []).append(rate)
            print(json.dumps({"who": name, "images_per_s": round(rate, 1)}))
    medians = {name: statistics.median(values) for name, values in rates.items()}
    print(json.dumps({"images_per_s": {name: round(value, 1) for name, value in medians.items()},
                      "times": {name: round(medians["darkroom"] / medians[name], 2) for name in medians if name != "darkroom"}, **psnr}))


if __name__ == "__main__":
    main()
