"""One peer of the explanation benchmark in one process.

    cam_worker.py LIBRARY NET LAYER FOLDER

LIBRARY is pgc (pytorch-grad-cam) or torchcam, LAYER a module path of the net, FOLDER the net's folder made by
Tests/Oracle/export.py. Prints `{"ready": ...}`, then for every line `run METHOD N` the wall and processor milliseconds
of N whole calls, from the decoded picture to the map at the picture's size, and for `memory` the resident set. A call
`run forward N` times the net alone, and `run ablation-cam/K N` ablates a Kth of the channels.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "Tests/Oracle"))

import nets
import numpy as np
import torch
from engine_worker import status
from torch import nn

Call = Callable[[np.ndarray], np.ndarray]


def tensor(picture: np.ndarray) -> torch.Tensor:
    """`[H, W, 3]` bytes to `[1, 3, H, W]` about zero."""
    return (torch.from_numpy(picture).permute(2, 0, 1).unsqueeze(0).float() / 255 - 0.45) / 0.225


def pgc_call(method: str, model: nn.Module, layer: str, wanted: int) -> Call:
    import pytorch_grad_cam as pgc
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    names = {"ablation-cam": pgc.AblationCAM, "grad-cam": pgc.GradCAM, "score-cam": pgc.ScoreCAM}
    method, _, part = method.partition("/")
    cam = names[method](model=model, target_layers=[model.get_submodule(layer)])
    if part:  # of the channels, for what would take too long
        cam.ratio_channels_to_ablate = 1 / int(part)
    return lambda picture: cam(input_tensor=tensor(picture), targets=[ClassifierOutputTarget(wanted)])[0]


def torchcam_call(method: str, model: nn.Module, layer: str, wanted: int) -> Call:
    from torchcam import methods

    names = {"grad-cam": methods.GradCAM, "score-cam": methods.ScoreCAM}
    cam = names[method](model, target_layer=layer)

    def call(picture: np.ndarray) -> np.ndarray:
        scores = model(tensor(picture))
        small = cam(wanted, scores)[0].unsqueeze(0)
        size = picture.shape[:2]
        return nn.functional.interpolate(small, size, mode="bilinear", align_corners=False)[0, 0].numpy()

    return call


def forward_call(model: nn.Module) -> Call:
    def call(picture: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return model(tensor(picture)).numpy()

    return call


def main() -> None:
    library, name, layer, folder = sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4])
    net = nets.NETS[name]
    with torch.device("meta"):
        model = net.build()
    state = torch.load(folder / f"{name}.pth", mmap=True)
    (model.net if name == "efficientnet-lite0" else model).load_state_dict(state, assign=True)
    model.eval()
    values = np.load(folder / "input.npy")[0].transpose(1, 2, 0)
    picture = np.clip((values * 0.225 + 0.45) * 255, 0, 255).astype(np.uint8)
    wanted = json.loads((folder / "meta.json").read_text())["class"]
    calls: dict[str, Call] = {"forward": forward_call(model)}
    print(json.dumps({"ready": True}), flush=True)
    sys.stderr = open(os.devnull, "w")  # their progress bars
    for line in sys.stdin:
        words = line.split()
        if words[0] == "memory":
            print(json.dumps({"peak_mb": status("VmHWM"), "resident_mb": status("VmRSS")}), flush=True)
            continue
        method, count = words[1], int(words[2])
        if method not in calls:
            make = {"pgc": pgc_call, "torchcam": torchcam_call}[library]
            calls[method] = make(method, model, layer, wanted)
        wall, processor = [], []
        for _ in range(count):
            start, start_cpu = time.perf_counter(), time.process_time()
            heat = calls[method](picture)
            wall.append(1e3 * (time.perf_counter() - start))
            processor.append(1e3 * (time.process_time() - start_cpu))
        print(json.dumps({"ms": wall, "cpu_ms": processor, "mean": float(np.mean(heat))}), flush=True)


if __name__ == "__main__":
    main()
