# SPDX-License-Identifier: Apache-2.0
"""Makes the small pictures beside it with Pillow 13: python3 make_pictures.py"""
import pathlib

from PIL import Image

HERE = pathlib.Path(__file__).resolve().parent
# 32x16: left half red, right half blue; a green block in the top left corner.
base = Image.new("RGB", (32, 16), (255, 0, 0))
base.paste((0, 0, 255), (16, 0, 32, 16))
base.paste((0, 255, 0), (0, 0, 8, 8))
for orientation in (1, 3, 6, 8):
    exif = Image.Exif()
    exif[0x0112] = orientation
    base.save(HERE / f"orientation_{orientation}.jpg", quality=95, subsampling=0, exif=exif)
base.save(HERE / "lossless.webp", lossless=True)
alpha = Image.new("RGBA", (2, 1), (255, 0, 0, 0))
alpha.putpixel((1, 0), (0, 0, 0, 128))
alpha.save(HERE / "alpha.png")
alpha.save(HERE / "alpha.webp", lossless=True, exact=True)
Image.new("L", (2, 1), 77).save(HERE / "grey.png")
Image.new("I;16", (2, 1), 0x8080).save(HERE / "deep.png")
base.quantize(3).save(HERE / "palette.png")
base.convert("CMYK").save(HERE / "cmyk.jpg", quality=95)
base.save(HERE / "progressive.jpg", quality=95, progressive=True, subsampling=0)
# 256x256 squares of the purest colours, the colour planes halved across alone.
colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255), (255, 0, 255)]
squares = Image.new("RGB", (256, 256))
squares.putdata([colours[(x // 19 + y // 23 * 2) % 6] for y in range(256) for x in range(256)])
squares.save(HERE / "saturated_422.jpg", quality=85, subsampling=1)
# Soft colours and a block, in several scans, the colour planes halved both ways; no side a multiple of 16.
soft = Image.new("RGB", (102, 76))
soft.putdata([(30 + 2 * x, 200 - 2 * y, 60 + x + y) for y in range(76) for x in range(102)])
soft.paste((200, 90, 60), (30, 20, 70, 50))
soft.save(HERE / "progressive_420.jpg", quality=88, progressive=True, subsampling=2)
