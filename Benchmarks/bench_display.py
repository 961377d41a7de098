#!/usr/bin/env python3
"""A 12-megapixel photograph to a heat map: camkernel beside Pillow and matplotlib.

    pip install numpy==2.4.6 pillow==13.0.0 matplotlib==3.11.2
    python Benchmarks/bench_display.py .build/release/camkernel-bench [RUNS]

Both do the same steps, in turns, run after run, so that other load on the machine falls on both. The median of each
phase and of the paired ratio is printed. `notebook`: decode, bicubic to 256 for a net, bilinear to 1,000 pixels for the
page, jet overlay at 0.4, PNG. `full`: decode, overlay and PNG at 4000 x 3000.
"""

import io
import json
import statistics
import subprocess
import sys
import tempfile
import time

import matplotlib
import numpy as np
from PIL import Image

JET = matplotlib.colormaps["jet"]
HEAT = (np.arange(49) * 13 % 49).reshape(7, 7).astype(np.float32) / 48


def photograph(path):
    rng = np.random.default_rng(3)
    y, x = np.mgrid[0:3000, 0:4000].astype(np.float32)
    base = [120 + 70 * np.sin(x / (90 + 40 * k) + k) * np.cos(y / (140 - 30 * k)) for k in range(3)]
    noise = np.asarray(Image.fromarray(rng.integers(0, 255, (750, 1000, 3), dtype=np.uint8)).resize(
        (4000, 3000), Image.Resampling.BICUBIC), dtype=np.float32) - 127
    pixels = np.clip(np.stack(base, -1) + noise * 0.35 + rng.normal(0, 4, (3000, 4000, 3)), 0, 255)
    Image.fromarray(pixels.astype(np.uint8)).save(path, "JPEG", quality=90)


def peer(data, mode):
    laps, last = {}, time.perf_counter()

    def lap(name):
        nonlocal last
        now = time.perf_counter()
        laps[name] = (now - last) * 1e3
        last = now

    photo = Image.open(io.BytesIO(data)).convert("RGB")
    lap("decode")
    shown = photo
    if mode == "notebook":
        photo.resize((341, 256), Image.Resampling.BICUBIC)
        lap("resize_net")
        shown = photo.resize((1000, 750), Image.Resampling.BILINEAR)
        lap("resize_page")
    heat = np.asarray(Image.fromarray(HEAT).resize(shown.size, Image.Resampling.BILINEAR))
    overlay = 0.6 * (np.asarray(shown, dtype=np.float32) / 255) + 0.4 * JET(heat)[:, :, :3]
    picture = Image.fromarray((overlay * 255).astype(np.uint8))
    lap("overlay")
    out = io.BytesIO()
    picture.save(out, "PNG")
    lap("encode")
    laps["total"] = sum(laps.values())
    laps["bytes"] = len(out.getvalue())
    return laps


def main():
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 9
    with tempfile.NamedTemporaryFile(suffix=".jpg") as file:
        photograph(file.name)
        data = open(file.name, "rb").read()
        worker = subprocess.Popen(
            [sys.argv[1], "display", file.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        json.loads(worker.stdout.readline())
        print("photograph: 4000 x 3000 JPEG, %.1f MB; %d paired runs" % (len(data) / 1e6, runs))
        for mode in ["notebook", "full"]:
            ours, theirs = [], []
            for run in range(runs + 1):
                worker.stdin.write(mode + "\n")
                worker.stdin.flush()
                found = json.loads(worker.stdout.readline())
                other = peer(data, mode)
                if run:  # the first of both is for warming up
                    ours.append(found)
                    theirs.append(other)
            for name in ours[0]:
                unit = "bytes" if name == "bytes" else "ms"
                print("%-8s %-12s camkernel %9.1f (least %9.1f)   Pillow + matplotlib %9.1f (least %9.1f) %s" % (
                    mode, name, statistics.median(r[name] for r in ours), min(r[name] for r in ours),
                    statistics.median(r[name] for r in theirs), min(r[name] for r in theirs), unit))
            ratio = statistics.median(b["total"] / a["total"] for a, b in zip(ours, theirs))
            print("%-8s paired ratio of totals, median: %.1f" % (mode, ratio))
        worker.stdin.close()
        worker.wait()


main()
