#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Small sets in the true layouts of COCO, VGGFace2, DiffusionDB and JourneyDB, and a folder of captioned pictures.

  .venv-parity/bin/python tests/parity/make_source_goldens.py          (needs Pillow)

Writes tests/core/source/data/.
"""
import io
import json
import pathlib
import shutil
import tarfile
import zipfile

from PIL import Image

OUT = pathlib.Path(__file__).resolve().parent.parent / "core" / "source" / "data"


def picture(width, height, colour, kind="JPEG"):
    made = Image.new("RGB", (width, height), colour)
    for x in range(0, width, 4):
        for y in range(height):
            made.putpixel((x, y), tuple(255 - value for value in colour))
    stream = io.BytesIO()
    made.save(stream, kind)
    return stream.getvalue()


def write(name, content):
    path = OUT / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def folder():
    write("folder/a.jpg", picture(40, 20, (200, 30, 30)))
    write("folder/a.txt", "a red thing\n")
    write("folder/deep/b.png", picture(20, 40, (30, 200, 30), "PNG"))
    write("folder/deep/b.json", json.dumps({"caption": "a green thing", "other": 1}))
    write("folder/deep/c.webp", picture(24, 24, (30, 30, 200), "WEBP"))
    write("folder/deep/d.jpg", b"this is no picture")
    write("folder/deep/d.caption", "a broken thing")
    write("folder/notes.md", "not a picture")


def coco():
    images, captions, objects = [], [], []
    for number, (width, height) in enumerate([(64, 48), (48, 64), (60, 60)]):
        name = "%012d.jpg" % (number + 9)
        write("coco/train2017/" + name, picture(width, height, (40 * number, 90, 160)))
        images.append({"id": number + 9, "width": width, "height": height, "file_name": name, "license": 1, "coco_url": "x"})
        captions += [{"id": 10 * number + i, "image_id": number + 9, "caption": f"caption {i} of picture {number}"} for i in range(3)]
    images.append({"id": 99, "width": 10, "height": 10, "file_name": "missing.jpg"})
    polygon = [[1.5, 2.5, 3.5, 4.5]]
    objects.append({"id": 1, "image_id": 9, "category_id": 1, "segmentation": polygon, "area": 10, "bbox": [10.0, 4.0, 20.0, 40.0], "iscrowd": 0})
    objects.append({"id": 2, "image_id": 10, "category_id": 1, "segmentation": polygon, "area": 10, "bbox": [0.0, 0.0, 10.0, 20.0], "iscrowd": 0})
    objects.append({"id": 3, "image_id": 10, "category_id": 18, "segmentation": polygon, "area": 10, "bbox": [0.0, 0.0, 40.0, 60.0], "iscrowd": 0})
    objects.append({"id": 4, "image_id": 11, "category_id": 1, "segmentation": {"counts": [1, 2], "size": [60, 60]}, "bbox": [0, 0, 60, 60], "iscrowd": 1})
    categories = [{"id": 1, "name": "person", "supercategory": "person"}, {"id": 18, "name": "dog", "supercategory": "animal"}]
    write("coco/captions_train2017.json", json.dumps({"info": {"year": 2017}, "licenses": [], "images": images, "annotations": captions}))
    write("coco/instances_train2017.json", json.dumps({"info": {"year": 2017}, "images": images, "annotations": objects, "categories": categories}))


def vggface():
    for person in ("n000002", "n000003"):
        for number in (1, 2):
            write(f"vggface2/train/{person}/000{number}_01.jpg", picture(50, 40, (90 * number, 60, 60)))
    write("vggface2/identity_meta.csv", 'Class_ID, Name, Sample_Num, Flag, Gender\nn000002, "Ann_Example, Jr.", 2, 1, f\nn000003, Bob_Sample, 2, 1, m\n')
    write("vggface2/bb_landmark/loose_bb_train.csv",
          'NAME_ID,X,Y,W,H\n"n000002/0001_01",10,8,20,24\n"n000002/0002_01",1,1,8,8\n"n000003/0001_01",15.5,2.0,20.0,30.0\n"n000003/0002_01",12,9,22,22\n')


def diffusiondb():
    (OUT / "diffusiondb").mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(OUT / "diffusiondb" / "part-000001.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        def add(name, content):
            archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), content)
        add("aaaa.png", picture(32, 32, (10, 120, 200), "PNG"))
        add("bbbb.png", picture(32, 48, (210, 120, 20), "PNG"))
        add("part-000001.json", json.dumps({"aaaa.png": {"p": "a blue lake", "se": 7, "c": 7.5, "st": 50, "sa": "k_lms"},
                                            "bbbb.png": {"p": "an orange sky", "se": 8, "c": 12.0, "st": 30, "sa": "k_euler"}}))


def journeydb():
    root = OUT / "journeydb" / "data" / "train"
    (root / "imgs").mkdir(parents=True, exist_ok=True)
    lines = []
    for part in ("000", "001"):
        with tarfile.open(root / "imgs" / f"{part}.tgz", "w:gz") as archive:
            for name in ("x", "y"):
                content = picture(40, 40, (60, 10 if name == "x" else 200, 90))
                info = tarfile.TarInfo(f"imgs/{part}/{name}.jpg")
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
                lines.append({"img_path": f"./{part}/{name}.jpg", "prompt": f"prompt {part} {name}", "Task2": {"Caption": f"caption {part} {name}"}})
    text = "".join(json.dumps(line) + "\n" for line in lines).encode()
    with tarfile.open(root / "train_anno_realease_repath.jsonl.tgz", "w:gz") as archive:
        info = tarfile.TarInfo("train_anno_realease_repath.jsonl")
        info.size = len(text)
        archive.addfile(info, io.BytesIO(text))


if __name__ == "__main__":
    shutil.rmtree(OUT, ignore_errors=True)
    for make in (folder, coco, vggface, diffusiondb, journeydb):
        make()
    print(sum(path.stat().st_size for path in OUT.rglob("*") if path.is_file()), "bytes")
