"""Prints the multiply-adds of each bench net's convolutions and products for one picture, in units of 1e9."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "Tests/Oracle"))

import nets
import torch
from bench_engine import NETS
from torch import nn


def count(name: str) -> float:
    net = nets.NETS[name]
    total = 0

    def add(module: nn.Module, _inputs: object, output: torch.Tensor) -> None:
        nonlocal total
        total += output.numel() * module.weight[0].numel()

    with torch.device("meta"):
        model = net.build().eval()
        for module in model.modules():
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                module.register_forward_hook(add)
        model(torch.empty(1, 3, net.size, net.size))
    return total / 1e9


if __name__ == "__main__":
    for name in NETS:
        print(f'    "{name}": {count(name):.4g},')
