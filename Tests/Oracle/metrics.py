"""Measures of removed pixels as pytorch-grad-cam has them, for a small network of random weights.

    python Tests/Oracle/metrics.py Tests/Fixtures/explain

Writes metrics.onnx and metrics.safetensors: a picture, two maps (one with many equal values) and another that stands for the map
of the picture seen through each, and what ROAD and ARCC give for class 2's probability, without noise.
"""
import sys
from pathlib import Path

import cpu_torchvision  # noqa: F401  must come before anything of torchvision
import numpy as np
import torch
from pytorch_grad_cam.metrics import road
from pytorch_grad_cam.metrics.arcc import ARCC
from pytorch_grad_cam.utils.model_targets import ClassifierOutputSoftmaxTarget
from safetensors.numpy import save_file

PERCENTILES = [10, 20, 30, 40, 50, 60, 70, 80, 90]


def network() -> torch.nn.Module:
    torch.manual_seed(3)
    net = torch.nn.Sequential(
        torch.nn.Conv2d(3, 8, 3, 2, 1), torch.nn.ReLU(), torch.nn.Conv2d(8, 8, 3, 1, 1), torch.nn.ReLU(), torch.nn.AdaptiveAvgPool2d(2),
        torch.nn.Flatten(), torch.nn.Linear(32, 4)).eval()
    for parameter in net.parameters():
        parameter.data *= 5
    return net


def smooth(random: np.random.Generator, height: int, width: int) -> np.ndarray:
    """A map from 0 to 1 of a few bumps."""
    coarse = torch.from_numpy(random.standard_normal((1, 1, 5, 4)).astype(np.float32))
    fine = torch.nn.functional.interpolate(coarse, (height, width), mode="bicubic")[0, 0].numpy()
    return (fine - fine.min()) / (fine.max() - fine.min())


def main() -> None:
    folder = Path(sys.argv[1])
    net = network()
    random = np.random.default_rng(5)
    picture = torch.from_numpy(smooth(random, 24, 20)[None, None] + 0.3 * random.standard_normal((1, 3, 24, 20)).astype(np.float32)).float()
    cut = np.maximum(smooth(random, 24, 20) - 0.5, 0)
    maps = np.stack([smooth(random, 24, 20), cut / cut.max()])
    others = np.stack([smooth(random, 24, 20), smooth(random, 24, 20)])
    # The class keeps its noise as a default of its constructor.
    road.NoisyLinearImputer.__init__.__defaults__ = (0.0, road.neighbors_weights)
    pictures, targets = picture.repeat(2, 1, 1, 1), [ClassifierOutputSoftmaxTarget(2)] * 2
    arcc = ARCC(lambda **_: others, road_percentiles=PERCENTILES)
    found = {
        "road-morf": road.ROADMostRelevantFirstAverage(PERCENTILES)(pictures, maps, targets, net),
        "road-lerf": road.ROADLeastRelevantFirstAverage(PERCENTILES)(pictures, maps, targets, net),
        "road": road.ROADCombined(PERCENTILES)(pictures, maps, targets, net),
        "arcc": arcc(pictures, maps, targets, net),
    }
    for percent in (10, 50):
        mask = torch.from_numpy(np.float32(maps[0] < np.percentile(maps[0], percent)))
        found[f"filled{percent}"] = road.NoisyLinearImputer()(picture[0], mask).numpy()
    for name, values in found.items():
        print(name, values if values.ndim == 1 else values.shape)
    arrays = {"picture": picture.numpy(), "maps": maps, "others": others, **found}
    save_file({name: np.ascontiguousarray(values, dtype=np.float32) for name, values in arrays.items()}, folder / "metrics.safetensors")
    torch.onnx.export(net, (picture,), str(folder / "metrics.onnx"), dynamo=False, opset_version=17,
                      input_names=["input"], output_names=["output"], dynamic_axes={"input": {0: "batch"}})


main()
