#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Composes the captioned stamps of Debian's tuxpaint-stamps-default into WebDataset tars.

Needs Pillow, and rsvg-convert (librsvg2-bin) for the stamps that exist as SVG only.
The same stamps, Pillow and librsvg give the same bytes.

    python3 resources/demo/make_demo.py [--stamps DIR] [--out DIR]
"""
import argparse
import collections
import io
import json
import pathlib
import re
import shutil
import subprocess
import tarfile

from PIL import Image

STAMPS = "/usr/share/tuxpaint/stamps"
COPYRIGHT = "/usr/share/doc/tuxpaint-stamps-default/copyright"
LEFT_OUT = {"symbols"}          # letters, digits, coins: glyphs rather than pictures
SIDE = 192                      # px
MARGIN = 10                     # px on the tighter axis
GROUND = (236, 236, 236)        # light enough to read as paper, dark enough to show white things
JPEG_QUALITY = 92
PER_SHARD = 250

# Stamps whose one line speaks to the child and never names what is shown.
NAMED = {
    "animals/birds/cartoon/pengwin": "A winning penguin",
    "animals/birds/cartoon/tux": "Tux the penguin",
    "food/bread": "A loaf of bread",
    "food/cheese": "A piece of cheese",
    "food/loaf_of_bread": "A loaf of sliced bread",
    "food/vegetables/broccoli": "A piece of broccoli",
    "household/toilet": "A toilet",
    "household/electronics/compact_disc": "A compact disc",
    "household/electronics/inkjet_printer": "An inkjet printer",
    "household/electronics/laser_printer": "A laser printer",
    "medical/digitalthermometer": "A digital thermometer",
    "medical/stethoscope": "A stethoscope",
    "military/ammunition/old_naval_shell": "An old naval shell",
    "military/vehicles/bradley": "A Bradley fighting vehicle",
    "military/vehicles/infantry-stryker": "A Stryker infantry vehicle",
    "military/vehicles/ww2_german_gun": "A German gun of World War 2",
    "naturalforces/explosion": "An explosion",
    "naturalforces/fire": "A fire",
    "plants/trees/holly_leaves": "Holly leaves",
    "plants/trees/rambutan": "An alien tree",
    "seasonal/christmas/Candy_cane_photo_1": "A candy cane",
    "seasonal/christmas/Candy_cane_photo_2": "A candy cane",
    "seasonal/christmas/Christmas_pudding": "A christmas pudding",
    "seasonal/christmas/Mince_Pie": "A mince pie",
    "seasonal/christmas/Roast_turkey": "A roast turkey",
    "seasonal/christmas/German_Christmas_toy": "A wooden christmas toy from Germany",
    "seasonal/clover": "A four leaf clover",
    "seasonal/hanukkah/dreydl-gimmel": "A dreidel showing gimel",
    "seasonal/hanukkah/dreydl-hay": "A dreidel showing hei",
    "seasonal/hanukkah/dreydl-nun": "A dreidel showing nun",
    "seasonal/hanukkah/dreydl-shin": "A dreidel showing shin",
    "seasonal/hanukkah/menorah": "A menorah",
    "seasonal/shamrock": "A shamrock",
    "space/planets/1_mercury": "The planet Mercury",
    "space/planets/2_venus": "The planet Venus",
    "space/planets/3_earth": "The planet Earth",
    "space/planets/4_mars": "The planet Mars",
    "space/planets/5_jupiter": "The planet Jupiter",
    "space/planets/6_saturn": "The planet Saturn",
    "space/planets/7_uranus": "The planet Uranus",
    "space/planets/8_neptune": "The planet Neptune",
    "space/planets/9_pluto": "The planet Pluto",
    "sports/cartoon/football_helmet_front": "A football helmet from the front",
    "sports/cartoon/football_helmet_side": "A football helmet from the side",
    "town/cartoon/docks": "The docks",
    "town/houses/cartoon/cave_entrance": "The entrance of a cave",
    "town/monuments/inukshuk-outline": "An inukshuk, a landmark made of stones",
    "town/monuments/inukshuk-photo": "An inukshuk, a landmark made of stones",
    "town/roadsigns/arrow": "An arrow sign",
    "town/roadsigns/crossroads": "A crossroads sign",
    "town/roadsigns/blankroadsign": "An empty road sign",
    "town/roadsigns/dead_end_sign": "A dead end sign",
    "town/roadsigns/give_way_sign": "A give way sign",
    "town/roadsigns/hospital": "A hospital sign",
    "town/roadsigns/no_entry_sign": "A no entry sign",
    "town/roadsigns/no_uturn": "A no U-turn sign",
    "town/roadsigns/roundabout": "A roundabout sign",
    "town/roadsigns/school_sign": "A school sign",
    "town/roadsigns/stoplight_01_red": "A red stoplight",
    "town/roadsigns/stoplight_02_yellow": "A yellow stoplight",
    "town/roadsigns/stoplight_03_green": "A green stoplight",
    "town/roadsigns/t-junction": "A T-intersection sign",
    "town/roadsigns/toilets": "A toilets sign",
    "town/roadsigns/xing_ped": "A pedestrian crossing sign",
    "town/roadsigns/xing_school": "A school crossing sign",
    "town/roadsigns/yield": "A yield sign",
    "vehicles/emergency/sedan_police": "Police car emblems",
    "vehicles/locomotive/cartoon/boxcar": "A boxcar",
    "vehicles/locomotive/cartoon/caboose": "A caboose",
    "vehicles/locomotive/cartoon/tanker": "A tanker car",
    "vehicles/locomotive/cartoon/tender": "A tender",
    "vehicles/ship/cartoon/bathyscape": "A deep sea research vessel",
}


def caption_of(name, text_file):
    """The stamp's subject as one plain line: its first sentence, without closing marks."""
    if name in NAMED:
        return NAMED[name]
    line = text_file.read_text(encoding="utf-8").splitlines()[0].strip()
    for fancy, plain in (("“", ""), ("”", ""), ('"', ""), ("’", "'"), ("—", ", ")):
        line = line.replace(fancy, plain)
    line = re.split(r"(?<=[.!?…])\s+", line)[0]
    return re.sub(r"\s+", " ", line).strip(" .!?,…")


def picture_of(path):
    """RGBA, cropped to what is visible."""
    if path.suffix == ".svg":
        png = subprocess.run(["rsvg-convert", "--width", "512", "--height", "512", "--keep-aspect-ratio", str(path)],
                             check=True, capture_output=True).stdout
        image = Image.open(io.BytesIO(png))
    else:
        image = Image.open(path)
    image = image.convert("RGBA")
    box = image.getchannel("A").point(lambda alpha: 255 if alpha > 8 else 0).getbbox()
    return image.crop(box) if box else None


def composed(image):
    """SIDE x SIDE RGB: the picture centred on the ground, aspect kept, scaled with premultiplied alpha."""
    room = SIDE - 2 * MARGIN
    scale = room / max(image.size)
    size = tuple(max(1, round(edge * scale)) for edge in image.size)
    image = image.convert("RGBa").resize(size, Image.LANCZOS).convert("RGBA")
    sheet = Image.new("RGB", (SIDE, SIDE), GROUND)
    sheet.paste(image, ((SIDE - size[0]) // 2, (SIDE - size[1]) // 2), image)
    return sheet


def jpeg_of(image):
    blob = io.BytesIO()
    image.save(blob, "JPEG", quality=JPEG_QUALITY, subsampling=0, optimize=True)
    return blob.getvalue()


def samples(stamps):
    names = {path.with_suffix("") for kind in ("*.png", "*.svg") for path in stamps.rglob(kind)}
    for base in sorted(names, key=lambda path: path.relative_to(stamps).as_posix()):
        name = base.relative_to(stamps).as_posix()
        text_file = base.parent / (base.name + ".txt")
        if name.split("/")[0] in LEFT_OUT or not text_file.exists():    # no text: the mirrored twin of another stamp
            continue
        source = next(path for path in (base.parent / (base.name + end) for end in (".png", ".svg")) if path.exists())
        image = picture_of(source)
        if image is None:
            continue
        image = composed(image)
        about = {"width": image.width, "height": image.height, "category": name.split("/")[0],
                 "folder": str(pathlib.PurePosixPath(name).parent), "source": source.relative_to(stamps).as_posix()}
        yield re.sub(r"[^A-Za-z0-9_-]+", "_", name.replace("/", "-")), jpeg_of(image), caption_of(name, text_file), about


def add(tar, name, blob):
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = len(blob), 0o444, 0
    tar.addfile(member, io.BytesIO(blob))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stamps", type=pathlib.Path, default=pathlib.Path(STAMPS))
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    options = parser.parse_args()
    if not options.stamps.is_dir():
        parser.error(f"{options.stamps} is not a folder; install tuxpaint-stamps-default or give --stamps")
    if shutil.which("rsvg-convert") is None:
        parser.error("rsvg-convert is missing; install librsvg2-bin")
    rows = sorted(samples(options.stamps))
    assert len({row[0] for row in rows}) == len(rows), "two stamps share a key"
    options.out.mkdir(parents=True, exist_ok=True)
    for old in options.out.glob("demo-*.tar"):
        old.unlink()
    for shard, start in enumerate(range(0, len(rows), PER_SHARD)):
        with tarfile.open(options.out / f"demo-{shard:06d}.tar", "w", format=tarfile.USTAR_FORMAT) as tar:
            for key, jpeg, caption, about in rows[start:start + PER_SHARD]:
                add(tar, key + ".jpg", jpeg)
                add(tar, key + ".txt", caption.encode())
                add(tar, key + ".json", json.dumps(about, sort_keys=True).encode())
    if options.stamps == pathlib.Path(STAMPS):
        shutil.copyfile(COPYRIGHT, options.out / "LICENSE.txt")
    counts = collections.Counter(row[3]["category"] for row in rows)
    for category, count in sorted(counts.items()):
        print(f"{category:14s} {count:4d}")
    print(f"{'total':14s} {len(rows):4d}   {sum(f.stat().st_size for f in options.out.glob('demo-*.tar')):,} bytes")


if __name__ == "__main__":
    main()
