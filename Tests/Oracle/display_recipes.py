"""What the reference works' own formulas draw (002, 003, 004), and OpenCV's bilinear on bytes.

    pip install numpy==2.4.6 pillow==13.0.0 matplotlib==3.11.2 opencv-python-headless==5.0.0.93 scikit-image==0.26.0
    python Tests/Oracle/display_recipes.py Tests/Fixtures/display/recipes.json
"""

import json
import sys

import cv2
import matplotlib
import numpy as np
from PIL import Image
from skimage.transform import resize

rng = np.random.default_rng(11)
jet = matplotlib.colormaps["jet"](np.arange(256))[:, :3]
photo = rng.integers(0, 256, (23, 31, 3), dtype=np.uint8)
maps = {"small": rng.random((4, 4)), "large": rng.random((7, 5)) * 14 - 1.5, "one": np.array([[0.7]]),
        "zero": np.zeros((3, 3))}


def array_to_img(x):
    x = np.asarray(x, dtype=np.float32)
    x = x - np.min(x)
    if np.max(x) != 0:
        x = x / np.max(x)
    return Image.fromarray((x * 255).astype("uint8"))


def recipe_002(m):
    heat = resize(m.astype(np.float64), photo.shape[:2])
    heat = np.uint8(heat / heat.max() * 255) if heat.max() > 0 else np.zeros(photo.shape[:2], np.uint8)
    shown = matplotlib.colormaps["jet"](matplotlib.colors.Normalize()(heat).filled())[:, :, :3]
    return 0.5 * photo + 0.5 * shown * 255


def recipe_003(m, alpha):
    m = np.maximum(m, 0)
    m = m / m.max() if m.max() > 0 else m
    colors = array_to_img(jet[np.uint8(255 * m.astype(np.float32))]).resize((photo.shape[1], photo.shape[0]))
    return np.asarray(array_to_img(np.asarray(colors, dtype=np.float32) * alpha + photo))


def recipe_004(m):
    heat = (m.astype(np.float32) * 255).astype(np.int64).astype(np.uint8)
    heat = cv2.resize(heat, (photo.shape[1], photo.shape[0]))
    return (0.6 * photo / 255 + 0.4 * jet[heat]) * 255


def numbers(a):
    return np.rint(np.asarray(a, dtype=np.float64)).astype(int).ravel().tolist()


out = {"photo": photo.ravel().tolist(), "jet": jet.ravel().tolist(), "maps": [], "linear": []}
for name, m in maps.items():
    m = m.astype(np.float32)
    out["maps"].append({
        "name": name, "width": m.shape[1], "height": m.shape[0], "values": m.ravel().tolist(),
        "002": numbers(recipe_002(np.maximum(m, 0))), "003": numbers(recipe_003(m, 1.0)),
        "003at0.4": numbers(recipe_003(m, 0.4)), "004": numbers(recipe_004(m))})
for (h, w), (nh, nw), c in [((4, 4), (32, 32), 1), ((7, 5), (23, 31), 3), ((20, 30), (10, 15), 3), ((9, 8), (5, 3), 3),
                            ((1, 1), (6, 4), 1), ((12, 12), (6, 12), 1)]:
    a = rng.integers(0, 256, (h, w, c), dtype=np.uint8)
    out["linear"].append({"width": w, "height": h, "channels": c, "pixels": a.ravel().tolist(), "newWidth": nw,
                          "newHeight": nh, "result": cv2.resize(a, (nw, nh)).ravel().tolist()})
with open(sys.argv[1], "w") as file:
    json.dump(out, file, separators=(",", ":"))
    file.write("\n")
