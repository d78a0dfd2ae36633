#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the fonts of this folder from Debian's fonts-inter and fonts-jetbrains-mono (needs fontTools).

Qt 6.4 cannot switch on OpenType features, and numbers in the studio stand in columns: so Inter's tabular figures (tnum) become the
default glyphs of a family of its own, "Inter Tabular". JetBrains Mono is copied as it is.

usage: make_fonts.py [INTER_FOLDER] [JETBRAINS_FOLDER]
"""
import pathlib
import shutil
import sys

from fontTools.ttLib import TTFont

FAMILY = "Inter Tabular"


def tabular_glyphs(font):
    table = font["GSUB"].table
    lookups = {i for record in table.FeatureList.FeatureRecord if record.FeatureTag == "tnum" for i in record.Feature.LookupListIndex}
    glyphs = {}
    for index in lookups:
        for part in table.LookupList.Lookup[index].SubTable:
            part = getattr(part, "ExtSubTable", part)
            glyphs.update(part.mapping)
    return glyphs


def make_tabular(source, target):
    font = TTFont(source)
    glyphs = tabular_glyphs(font)
    for table in font["cmap"].tables:
        for code, name in table.cmap.items():
            table.cmap[code] = glyphs.get(name, name)
    for name in font["name"].names:
        text = name.toUnicode()
        if name.nameID in (1, 3, 4, 16):
            name.string = text.replace("Inter", FAMILY, 1)
        elif name.nameID == 6:
            name.string = text.replace("Inter", FAMILY.replace(" ", ""), 1)
    if "CFF " in font:
        cff = font["CFF "].cff
        cff.fontNames[0] = FAMILY.replace(" ", "") + "-" + source.stem.split("-")[-1]
        cff.topDictIndex[0].FamilyName = FAMILY
    font["head"].modified = font["head"].created  # the same bytes each time
    font.recalcTimestamp = False
    font.save(target)


def main():
    here = pathlib.Path(__file__).parent
    inter = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/fonts/opentype/inter")
    mono = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else "/usr/share/fonts/truetype/jetbrains-mono")
    for weight in ("Regular", "Medium", "SemiBold"):
        make_tabular(inter / f"Inter-{weight}.otf", here / f"InterTabular-{weight}.otf")
    for weight in ("Regular", "Medium"):
        shutil.copyfile(mono / f"JetBrainsMono-{weight}.ttf", here / f"JetBrainsMono-{weight}.ttf")


main()
