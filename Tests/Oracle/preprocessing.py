"""Writes what torchvision's and Keras' own transforms make of the shared photographs, as checksums.

    python preprocessing.py ../shared/golden Tests/Fixtures/models/preprocessing.tsv

One row for each photograph and rule: file, rule, size, CRC-32 of the bytes (height, width, channel).
torchvision's Resize and CenterCrop are its own where it is installed, else their published formulas over Pillow.
"""

from __future__ import annotations

import sys
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

RULES = {
    "torchvision-224": (256, 224, Image.Resampling.BILINEAR),
    "torchvision-299": (342, 299, Image.Resampling.BILINEAR),
    "timm-299": (333, 299, Image.Resampling.BICUBIC),
}


def shorter_side_and_centre(picture: Image.Image, side: int, size: int, rule: Image.Resampling) -> Image.Image:
    try:
        import cpu_torchvision  # noqa: F401  (lets a CPU build of torchvision load)
        from torchvision.transforms import InterpolationMode
        from torchvision.transforms.functional import center_crop, resize

        mode = {Image.Resampling.BILINEAR: InterpolationMode.BILINEAR, Image.Resampling.BICUBIC: InterpolationMode.BICUBIC}
        return center_crop(resize(picture, side, interpolation=mode[rule]), [size, size])
    except ImportError:
        width, height = picture.size
        short, long = sorted(picture.size)
        longer = int(side * long / short)
        picture = picture.resize((side, longer) if width <= height else (longer, side), rule)
        left, top = int(round((picture.width - size) / 2.0)), int(round((picture.height - size) / 2.0))
        return picture.crop((left, top, left + size, top + size))


def main() -> None:
    golden, out = Path(sys.argv[1]), Path(sys.argv[2])
    rows = []
    for file in sorted(golden.glob("photo_*")):
        picture = Image.open(file).convert("RGB")
        made = {name: shorter_side_and_centre(picture, *rule) for name, rule in RULES.items()}
        for size in (224, 299):
            made[f"keras-{size}"] = picture.resize((size, size), Image.Resampling.NEAREST)
        for name, result in made.items():
            data = np.ascontiguousarray(np.asarray(result)).tobytes()
            rows.append(f"{file.name}\t{name}\t{result.width}\t{zlib.crc32(data)}")
    out.write_text("\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
