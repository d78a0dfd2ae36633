#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The category test: is the demo picture nearest to a generated one of the prompt's category?

    darkroom-engine generate --prompts resources/pocket/prompts.txt --count 5 --batch 5 --steps 30 --out FOLDER
    python3 resources/pocket/score.py FOLDER      # needs numpy and Pillow
    python3 resources/pocket/score.py --check     # how good the feature is by itself

Every PNG says itself which prompt and seed made it; the prompts are captions of the demo set, which gives their categories.

The feature has no trained weights. A picture is area-averaged to 48x48 and turned into luma and two colour
differences relative to the ground that the demo is composed on, so that empty paper is zero. Three parts, each
of unit length, weighted: what is where (12x12 of the three), colours (a soft 4x4x4 histogram of what is not
ground) and edges (8 directions, signless, in 6x6 cells of Sobel gradients, square-rooted). Distance is Euclidean; a demo picture counts
with its mirror image.
"""
import argparse
import collections
import io
import json
import pathlib
import sys
import tarfile

import numpy
from PIL import Image, ImageFilter

DEMO = pathlib.Path(__file__).resolve().parent.parent / "demo"
SIDE, CELLS, DIRECTIONS = 48, 6, 8
GROUND = 236.0
WEIGHTS = {"layout": 1.0, "colour": 0.6, "edges": 1.0}


def planes_of(image):
    """float32 [3, SIDE, SIDE]: luma, blue and red differences, all 0 on the ground."""
    rgb = (numpy.asarray(image.convert("RGB").resize((SIDE, SIDE), Image.BOX), numpy.float32) - GROUND) / 255
    luma = rgb @ numpy.array([0.299, 0.587, 0.114], numpy.float32)
    return numpy.stack([luma, rgb[..., 2] - luma, rgb[..., 0] - luma])


def pooled(plane, cells):
    step = SIDE // cells
    return plane.reshape(*plane.shape[:-2], cells, step, cells, step).mean(axis=(-3, -1))


def unit(vector):
    return vector / max(float(numpy.linalg.norm(vector)), 1e-6)


def colour_histogram(planes):
    shown = numpy.clip(numpy.abs(planes).max(0) / 0.15, 0, 1).ravel()
    place = (planes.reshape(3, -1) * numpy.array([[1.0], [1.5], [1.5]]) + numpy.array([[1.0], [0.5], [0.5]])) * 3
    place = numpy.clip(place, 0, 3)
    low = numpy.minimum(place.astype(int), 2)
    share = place - low
    bins = numpy.zeros((4, 4, 4))
    for corner in range(8):
        side = numpy.array([(corner >> axis) & 1 for axis in range(3)])
        weight = numpy.prod([share[a] if side[a] else 1 - share[a] for a in range(3)], axis=0) * shown
        numpy.add.at(bins, tuple(low[a] + side[a] for a in range(3)), weight)
    return numpy.sqrt(bins.ravel())


def edge_histogram(luma):
    framed = numpy.pad(luma, 1, mode="edge")
    down = framed[2:, :-2] + 2 * framed[2:, 1:-1] + framed[2:, 2:] - framed[:-2, :-2] - 2 * framed[:-2, 1:-1] - framed[:-2, 2:]
    right = framed[:-2, 2:] + 2 * framed[1:-1, 2:] + framed[2:, 2:] - framed[:-2, :-2] - 2 * framed[1:-1, :-2] - framed[2:, :-2]
    turn = (numpy.arctan2(down, right) % numpy.pi) / numpy.pi * DIRECTIONS
    low = numpy.floor(turn)
    size = numpy.hypot(down, right)
    planes = numpy.stack([numpy.where(low % DIRECTIONS == d, size * (1 - (turn - low)), 0)
                          + numpy.where((low + 1) % DIRECTIONS == d, size * (turn - low), 0) for d in range(DIRECTIONS)])
    return numpy.sqrt(pooled(planes, CELLS)).ravel()


def feature_of(image):
    planes = planes_of(image)
    parts = {"layout": pooled(planes, 12).ravel(), "colour": colour_histogram(planes), "edges": edge_histogram(planes[0])}
    return numpy.concatenate([WEIGHTS[name] * unit(part) for name, part in parts.items()]).astype(numpy.float32)


def demo_samples(folder=DEMO):
    image = caption = None
    for shard in sorted(pathlib.Path(folder).glob("demo-*.tar")):
        with tarfile.open(shard) as tar:
            for member in tar:
                blob, end = tar.extractfile(member).read(), member.name.rsplit(".", 1)[1]
                if end == "jpg":
                    image = Image.open(io.BytesIO(blob)).convert("RGB")
                elif end == "txt":
                    caption = blob.decode()
                else:
                    yield member.name[:-5], image, caption, json.loads(blob)["category"]


class Demo:
    def __init__(self, folder=DEMO):
        rows = list(demo_samples(folder))
        if not rows:
            sys.exit(f"{folder} holds no demo-*.tar; run resources/demo/make_demo.py first")
        self.keys, self.images, self.captions, self.categories = map(list, zip(*rows))
        self.features = numpy.stack([[feature_of(image), feature_of(image.transpose(Image.FLIP_LEFT_RIGHT))] for image in self.images])

    def distances(self, image):
        return numpy.linalg.norm(self.features - feature_of(image), axis=2).min(axis=1)


def check(demo):
    """Leave-one-out accuracy, chance, and how a degraded picture is recognised."""
    counts = collections.Counter(demo.categories)
    total = len(demo.keys)
    print(f"chance (a demo picture at random): {100 * sum((n / total) ** 2 for n in counts.values()):.1f} %")
    hits = collections.Counter()
    for index, image in enumerate(demo.images):
        distance = demo.distances(image)
        distance[index] = numpy.inf
        hits[demo.categories[index]] += demo.categories[int(distance.argmin())] == demo.categories[index]
    print(f"leave one out: {100 * sum(hits.values()) / total:.1f} %   " + "  ".join(f"{c} {hits[c]}/{n}" for c, n in sorted(counts.items())))
    draw = numpy.random.default_rng(0)
    for name, radius, noise, shift in (("blur 2 px", 2, 0, 0), ("blur 2 px, noise 25/255", 2, 25, 0), ("blur 3 px, noise 25/255, shift 6 px", 3, 25, 6)):
        same, kind = 0, 0
        for index in range(0, total, 3):
            image = demo.images[index].resize((96, 96), Image.BOX).filter(ImageFilter.GaussianBlur(radius))
            pixels = numpy.roll(numpy.asarray(image, numpy.float32), (shift, shift), (0, 1)) + draw.normal(0, max(noise, 1e-6), (96, 96, 3))
            best = int(demo.distances(Image.fromarray(pixels.clip(0, 255).astype(numpy.uint8))).argmin())
            same += best == index
            kind += demo.categories[best] == demo.categories[index]
        shown = len(range(0, total, 3))
        print(f"{name} at 96 px: the picture itself is nearest in {100 * same / shown:.1f} %, its category in {100 * kind / shown:.1f} %")


def generated(path, demo):
    """The facts of one generated PNG. Its prompt must be a caption of the demo set: the category is that picture's."""
    asked = json.loads(Image.open(path).text["darkroom"])
    prompt = asked["options"]["prompt"]
    if prompt not in demo.captions:
        sys.exit(f"{path}: its prompt is no caption of the demo set: {prompt}")
    return {"file": str(path), "caption": prompt, "category": demo.categories[demo.captions.index(prompt)], "seed": asked["options"]["seed"] + asked.get("image_index", 0)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path, nargs="?")
    parser.add_argument("--demo", type=pathlib.Path, default=DEMO)
    parser.add_argument("--check", action="store_true", help="judge the feature on the demo pictures themselves")
    parser.add_argument("--json", type=pathlib.Path, help="also write each picture's nearest here")
    options = parser.parse_args()
    if not options.check and not options.folder:
        parser.error("give the folder of generated pictures, or --check")
    demo = Demo(options.demo)
    if options.check:
        check(demo)
        return
    rows = [generated(path, demo) for path in sorted(options.folder.glob("*.png"))]
    if not rows:
        sys.exit(f"{options.folder} holds no PNG")
    asked, hits, own = collections.Counter(), collections.Counter(), 0
    for row in rows:
        best = int(demo.distances(Image.open(row["file"])).argmin())
        row.update(nearest=demo.keys[best], nearest_caption=demo.captions[best], nearest_category=demo.categories[best])
        asked[row["category"]] += 1
        hits[row["category"]] += row["nearest_category"] == row["category"]
        own += row["nearest_caption"] == row["caption"]
    for category, count in sorted(asked.items()):
        print(f"{category:14s} {hits[category]:4d} / {count:<4d} {100 * hits[category] / count:5.1f} %")
    print(f"{'total':14s} {sum(hits.values()):4d} / {len(rows):<4d} {100 * sum(hits.values()) / len(rows):5.1f} %   (nearest has the very caption: {100 * own / len(rows):.1f} %)")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
