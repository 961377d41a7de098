#!/usr/bin/env python3
"""Test accuracy of a network of this folder, counted outside of the program: check.py CAMKERNEL CIFAR_FOLDER NET...

CIFAR_FOLDER holds `test_batch.bin` of CIFAR-10's binary version. Needs numpy.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

SCALES = {"resnet9-cifar": ([0.4914, 0.4822, 0.4465], [0.2470, 0.2435, 0.2616])}


def main() -> None:
    program, folder, nets = sys.argv[1], Path(sys.argv[2]), sys.argv[3:]
    records = np.fromfile(folder / "test_batch.bin", np.uint8).reshape(-1, 3073)
    labels, pictures = records[:, 0], records[:, 1:].reshape(-1, 3, 32, 32).astype(np.float32)
    for net in nets:
        x = pictures
        if net in SCALES:
            mean, deviation = (np.array(v, np.float32).reshape(3, 1, 1) for v in SCALES[net])
            x = (pictures / 255 - mean) / deviation
        scores = []
        with tempfile.TemporaryDirectory() as place:
            for start in range(0, len(x), 500):
                np.save(f"{place}/x.npy", x[start : start + 500])
                subprocess.run([program, "forward", net, f"{place}/x.npy", f"{place}/y.npy"], check=True, capture_output=True)
                scores.append(np.load(f"{place}/y.npy"))
        found = np.concatenate(scores).argmax(1)
        by_class = [f"{(found[labels == c] == c).mean():.3f}" for c in range(10)]
        print(f"{net}: {(found == labels).mean():.4f} of {len(labels)}; by class {' '.join(by_class)}")


if __name__ == "__main__":
    main()
