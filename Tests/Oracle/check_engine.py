"""Runs every net of the oracle through `camkernel forward` and compares with what its origin computed.

    python check_engine.py OUT [--camkernel BINARY] [--net NAME ...] [--json FILE]

OUT is the folder that export.py and export_keras.py wrote. For every file of every net: the logits of one picture and
of two, the default layer's activations, and the gradient of one class's logit with respect to that layer and to the
picture. The number is the largest difference over the largest value, 1e-4 allowed (2e-4 at the layer,
where both sides bring their rounding: on resnet50 PyTorch is 4.3e-5 from its own float64, ours 9.7e-5); for the gradient at the picture it is
the difference's Euclidean norm over the gradient's, 5e-2 allowed: it jumps where the input of a rectifier is within
the last bits of zero, and PyTorch's own float32 strays from its float64 as far (2e-3 on squeezenet, 4e-3 on densenet, 3e-2 on inception).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

BUILT_IN = {
    "resnet18": "resnet18",
    "resnet50": "resnet50",
    "vgg16": "vgg16",
    "inception_v3": "inception-v3",
    "efficientnet-lite0": "efficientnet-lite0",
    "keras-xception": "xception",
    "keras-vgg16": "vgg16-keras",
    "keras-resnet50": "resnet50-keras",
}
"""The project's own name of a net, by folder; other nets exist as ONNX files only."""
LAYER = {"efficientnet-lite0": "_head_act"}
"""The default layer by the project's name where the folder's `meta.json` has the oracle's."""
WEIGHTS = [".pth", ".safetensors", ".h5", ".full.h5", ".weights.h5", ".keras"]
CHECKS = [
    # column, input, expected, at the layer, gradient, allowed
    ("logits", "input", "logits", False, False, 1e-4),
    ("batch 2", "input2", "logits2", False, False, 1e-4),
    ("layer", "input", "activations", True, False, 2e-4),
    ("gradient", "input", "gradient", True, True, 1e-4),
    ("at image", "input", "image_gradient", False, True, 5e-2),
]


def candidates(folder: Path, meta: dict) -> list[tuple[str, list[str], str | None]]:
    """Every file of a net: what to call it, the arguments that load it, and its name of the default layer."""
    found = []
    for kind, suffix in (("onnx", ".onnx"), ("dynamo", ".dynamo.onnx")):
        file = folder / f"{folder.name}{suffix}"
        if file.exists():
            names = meta["values"][kind]
            found.append((file.name, [str(file)], names[0] if names else None))
    if folder.name in BUILT_IN:
        for suffix in WEIGHTS:
            file = folder / f"{meta['net']}{suffix}"
            if file.exists():
                layer = LAYER.get(folder.name, meta["layer"])
                found.append((file.name, [BUILT_IN[folder.name], "--weights", str(file)], layer))
    return found


def difference(found: np.ndarray, wanted: np.ndarray, euclidean: bool) -> float:
    if found.shape != wanted.shape or not np.isfinite(found).all():
        return float("inf")
    if euclidean:
        return float(np.linalg.norm(found - wanted) / max(np.linalg.norm(wanted), 1e-12))
    return float(np.abs(found - wanted).max() / max(np.abs(wanted).max(), 1e-12))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--camkernel", default=str(Path(__file__).parents[2] / ".build/release/camkernel"))
    parser.add_argument("--net", nargs="*")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    folders = sorted(f.parent for f in options.out.glob("*/meta.json") if not options.net or f.parent.name in options.net)
    print(f"{'file':36} " + " ".join(f"{column[0]:>9}" for column in CHECKS))
    rows, failures = [], 0
    with tempfile.TemporaryDirectory() as scratch:
        result = Path(scratch) / "result.npy"
        for folder in folders:
            meta = json.loads((folder / "meta.json").read_text())
            for name, model, layer in candidates(folder, meta):
                cells, said = [], ""
                for column, source, expected, at_layer, gradient, allowed in CHECKS:
                    command = [options.camkernel, "forward", model[0], str(folder / f"{source}.npy"), str(result)]
                    command += model[1:]
                    command += ["--layer", layer] if at_layer else []
                    command += ["--gradient", str(meta["class"])] if gradient else []
                    if at_layer and layer is None:
                        cells.append((column, None, allowed))
                        continue
                    ran = subprocess.run(command, capture_output=True, text=True)
                    if ran.returncode == 0:
                        error = difference(np.load(result), np.load(folder / f"{expected}.npy"), column == "at image")
                    else:
                        error, said = float("inf"), ran.stderr.strip() or f"exit status {ran.returncode}"
                    cells.append((column, error, allowed))
                bad = [column for column, error, allowed in cells if error is not None and not error <= allowed]
                failures += bool(bad)
                text = " ".join("        -" if error is None else f"{error:9.1e}" for _, error, _ in cells)
                print(f"{folder.name + '/' + name:36} {text}" + (f"  WRONG: {', '.join(bad)} {said}" if bad else ""), flush=True)
                rows.append({"file": f"{folder.name}/{name}", "errors": {c: e for c, e, _ in cells}, "wrong": bad})
    print(f"{len(rows) - failures} passed, {failures} failed")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")
    return int(failures > 0)


if __name__ == "__main__":
    sys.exit(main())
