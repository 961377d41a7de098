"""Odd pictures and what Pillow, PyTorch, OpenCV and matplotlib make of them.

    python Tests/Oracle/display.py Tests/Fixtures/display

Files `NAME.png|jpg|webp` come with `NAME.rgb`, the bytes of Pillow's `convert("RGB")` (turned by EXIF where asked).
`resize.json` and `overlay.json` hold numbers.
"""

import io
import json
import struct
import sys
import zlib

import cv2
import matplotlib
import numpy as np
import torch
from PIL import Image, ImageOps

out = sys.argv[1]
rng = np.random.default_rng(5)
index = {}


def smooth(h, w, c):
    y, x = np.mgrid[0:h, 0:w]
    planes = [127 + 90 * np.sin(x / (3 + k) + k) + 35 * np.cos(y / (2 + k)) for k in range(c)]
    return np.clip(np.stack(planes, -1) + rng.normal(0, 3, (h, w, c)), 0, 255).astype(np.uint8)


def note(name, expected):
    with open(f"{out}/{name}.rgb", "wb") as file:
        file.write(np.ascontiguousarray(expected).tobytes())
    index[name] = [int(expected.shape[1]), int(expected.shape[0])]


def add(name, data):
    with open(f"{out}/{name}", "wb") as file:
        file.write(data)
    note(name, np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")))


def saved(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def raw_png(width, height, depth, color, rows, interlace=0, extra=b""):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlace)
    body = b"".join(b"\0" + row for row in rows)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")


rgb = smooth(19, 23, 3)
add("rgb.png", saved(Image.fromarray(rgb), "PNG"))
add("rgba.png", saved(Image.fromarray(np.dstack([rgb, smooth(19, 23, 1)])), "PNG"))
add("grey.png", saved(Image.fromarray(smooth(19, 23, 1)[..., 0]), "PNG"))
add("grey-alpha.png", saved(Image.fromarray(smooth(19, 23, 2), "LA"), "PNG"))
add("palette.png", saved(Image.fromarray(rgb).quantize(13), "PNG"))
add("palette-clear.png", saved(Image.fromarray(rgb).quantize(13), "PNG", transparency=3))
add("bilevel.png", saved(Image.fromarray(rgb).convert("1"), "PNG"))
add("one.png", saved(Image.fromarray(rgb[:1, :1]), "PNG"))
add("wide.png", saved(Image.fromarray(smooth(1, 12000, 3)), "PNG"))
for depth in (1, 2, 4):
    rows = [bytes(rng.integers(0, 256, (13 * depth + 7) // 8, dtype=np.uint8)) for _ in range(9)]
    add(f"grey{depth}.png", raw_png(13, 9, depth, 0, rows))
rows = [bytes(rng.integers(0, 256, 11 * 6, dtype=np.uint8)) for _ in range(7)]
add("rgb16.png", raw_png(11, 7, 16, 2, rows))
rows = [bytes(rng.integers(0, 256, 11 * 8, dtype=np.uint8)) for _ in range(7)]
add("rgba16.png", raw_png(11, 7, 16, 6, rows))
# 16-bit grey: the upper byte of what Pillow reads, as Pillow itself does for 16-bit colours. Its `convert("RGB")` of this
# kind cuts at 255 instead, which makes a photograph white.
rows = [bytes(rng.integers(0, 256, 11 * 2, dtype=np.uint8)) for _ in range(7)]
with open(f"{out}/grey16.png", "wb") as file:
    file.write(raw_png(11, 7, 16, 0, rows))
grey = (np.asarray(Image.open(f"{out}/grey16.png")) >> 8).astype(np.uint8)
note("grey16.png", np.repeat(grey[..., None], 3, 2))
add("transparent.png", raw_png(5, 4, 8, 2, [bytes(rng.integers(0, 256, 15, dtype=np.uint8)) for _ in range(4)],
                               extra=struct.pack(">I", 6) + b"tRNS" + b"\0\1\0\2\0\3" + struct.pack(">I", zlib.crc32(b"tRNS\0\1\0\2\0\3"))))
plain = cv2.imencode(".png", rgb[..., ::-1])[1].tobytes()
add("opencv.png", plain)

# Adam7 by hand: seven passes, no filter.
passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
rows = []
for x0, y0, dx, dy in passes:
    part = rgb[y0::dy, x0::dx]
    if part.size:
        rows += [part[i].tobytes() for i in range(part.shape[0])]
add("interlaced.png", raw_png(23, 19, 8, 2, rows, interlace=1))

add("colour.jpg", saved(Image.fromarray(rgb), "JPEG", quality=90))
add("colour420.jpg", saved(Image.fromarray(smooth(33, 47, 3)), "JPEG", quality=80, subsampling=2))
add("progressive.jpg", saved(Image.fromarray(rgb), "JPEG", quality=85, progressive=True))
add("grey-jpeg.jpg", saved(Image.fromarray(rgb[..., 0]), "JPEG", quality=90))
add("cmyk.jpg", saved(Image.fromarray(smooth(19, 23, 4), "CMYK"), "JPEG", quality=90))
for turn in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = turn
    add(f"turned{turn}.jpg", saved(Image.fromarray(rgb), "JPEG", quality=90, exif=exif))
for turn in (3, 6, 8):
    exif = Image.Exif()
    exif[0x0112] = turn
    add(f"turned{turn}.png", saved(Image.fromarray(rgb), "PNG", exif=exif))
    add(f"turned{turn}.webp", saved(Image.fromarray(rgb), "WEBP", lossless=True, exif=exif))
add("lossless.webp", saved(Image.fromarray(rgb), "WEBP", lossless=True))
add("lossy.webp", saved(Image.fromarray(rgb), "WEBP", quality=80))

picture = Image.fromarray(smooth(37, 53, 3))
picture.save(f"{out}/resize.png")
cases = []
filters = {"nearest": Image.NEAREST, "box": Image.BOX, "bilinear": Image.BILINEAR, "hamming": Image.HAMMING,
           "bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS}
for name, kind in filters.items():
    # The last two shrink in height by much more than in width, where Pillow's order of the passes is another since version 13.
    for size in ((24, 24), (17, 61), (53, 20), (106, 74), (1, 1), (61, 9), (46, 11)):
        result = np.asarray(picture.resize(size, kind))
        cases.append({"filter": name, "width": size[0], "height": size[1], "crc": zlib.crc32(result.tobytes()),
                      "first": result.reshape(-1)[:12].tolist()})
field = torch.randn(5, 7)
planes = []
for name, options in {"bilinear": dict(mode="bilinear", align_corners=False),
                      "corners": dict(mode="bilinear", align_corners=True),
                      "bicubic": dict(mode="bicubic", align_corners=False), "nearest": dict(mode="nearest")}.items():
    for size in ((20, 31), (5, 14), (3, 4), (1, 1)):
        result = torch.nn.functional.interpolate(field[None, None], size=size, **options)[0, 0]
        planes.append({"filter": name, "height": size[0], "width": size[1], "values": result.flatten().tolist()})
with open(f"{out}/resize.json", "w") as file:
    json.dump({"cases": cases, "field": field.flatten().tolist(), "planes": planes}, file)

heat = np.clip(rng.random((8, 9), dtype=np.float32) * 1.1 - 0.05, 0, 1)
photo = smooth(8, 9, 3)
overlays = []
for name in ("jet", "viridis", "coolwarm"):
    colours = matplotlib.colormaps[name](heat)[..., :3]
    for alpha in (0.4, 0.5, 1.0):
        overlays.append({"map": name, "alpha": alpha,
                         "pixels": np.round(photo * (1 - alpha) + colours * 255 * alpha).astype(int).flatten().tolist()})
with open(f"{out}/overlay.json", "w") as file:
    json.dump({"heat": heat.flatten().tolist(), "photo": photo.flatten().tolist(), "overlays": overlays}, file)
with open(f"{out}/index.json", "w") as file:
    json.dump(index, file, indent=0)
