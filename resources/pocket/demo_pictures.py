# SPDX-License-Identifier: Apache-2.0
"""The demo tars in memory, and the augmentations that both trainings share.

Shapes: B batch, C channels, H W pixels. Pixels are float32 in [-1, 1].
"""
import dataclasses
import io
import json
import pathlib
import tarfile

import numpy
import torch
import torch.nn.functional as F
from PIL import Image

DEMO = pathlib.Path(__file__).resolve().parent.parent / "demo"
GROUND = 236 / 127.5 - 1            # the grey that make_demo.py composes on


@dataclasses.dataclass
class DemoPictures:
    pixels_BCHW: torch.Tensor       # uint8, 192x192
    captions: list
    categories: list
    keys: list

    def __len__(self):
        return len(self.captions)


def load(folder=DEMO):
    pixels, captions, categories, keys = [], [], [], []
    for shard in sorted(pathlib.Path(folder).glob("demo-*.tar")):
        with tarfile.open(shard) as tar:
            for member in tar:
                blob, end = tar.extractfile(member).read(), member.name.rsplit(".", 1)[1]
                if end == "jpg":
                    keys.append(member.name[:-4])
                    pixels.append(numpy.asarray(Image.open(io.BytesIO(blob)).convert("RGB")))
                elif end == "txt":
                    captions.append(blob.decode())
                elif end == "json":
                    categories.append(json.loads(blob)["category"])
    if not pixels:
        raise FileNotFoundError(f"{folder} holds no demo-*.tar; run resources/demo/make_demo.py first")
    return DemoPictures(torch.from_numpy(numpy.stack(pixels)).permute(0, 3, 1, 2).contiguous(), captions, categories, keys)


def plain(pixels_BCHW, side):
    """Area-averaged to side x side, as `darkroom-engine data build --size` does."""
    return F.interpolate(pixels_BCHW.float() / 127.5 - 1, size=(side, side), mode="area")


def augmented(pixels_BCHW, side, window, generator, strength=1.0):
    """Random window (window of side pixels wide) of a flipped, scaled, shifted, re-coloured copy.

    pixels_BCHW  uint8
    window       pixels of the square that comes back; side is what the whole picture would measure
    strength     0 leaves colours alone, 1 is meant for the VAE
    """
    count = pixels_BCHW.shape[0]

    def uniform(low, high, *shape):
        return low + (high - low) * torch.rand(*shape, generator=generator)

    x = pixels_BCHW.float() / 127.5 - 1
    far = (x - GROUND).abs().amax(1, keepdim=True)
    ground_weight = (1 - far / 0.15).clamp(0, 1)
    new_ground = torch.where(torch.rand(count, 1, 1, 1, generator=generator) < 0.3 * strength,
                             uniform(-1, 1, count, 1, 1, 1), torch.tensor(GROUND))
    x = x + ground_weight * (new_ground - GROUND)
    coloured = (torch.rand(count, 1, 1, 1, generator=generator) < 0.5).float() * strength
    x = x * (1 + coloured * uniform(-0.15, 0.15, count, 3, 1, 1)) + coloured * uniform(-0.1, 0.1, count, 3, 1, 1)
    zoom = uniform(0.9, 1.25, count)                    # above 1 shows less of the picture, larger
    reach = window / side / zoom
    flip = torch.where(torch.rand(count, generator=generator) < 0.5, -1.0, 1.0)
    room = (1 - reach).abs() + 0.04
    theta = torch.zeros(count, 2, 3)
    theta[:, 0, 0], theta[:, 1, 1] = reach * flip, reach
    theta[:, :, 2] = room[:, None] * uniform(-1, 1, count, 2)
    grid = F.affine_grid(theta, (count, 3, window, window), align_corners=False)
    return F.grid_sample(x, grid, mode="bilinear", padding_mode="border", align_corners=False).clamp(-1, 1)
