"""The first steps of training as PyTorch takes them, and a comparison with ours.

    python train_parity.py write OUT                 weights, batches and PyTorch's curves
    python train_parity.py compare OUT NAME FILE     our losses (a number a line) against the curve NAME

OUT/train gets `weights.safetensors` (resnet9-cifar before the first step), `cifar-10-batches-bin/data_batch_1.bin` (20
batches of 32 in the order in which they are used, CIFAR-10's binary layout; `test_batch.bin` with one batch more),
`batches.npy` and `labels.npy` (the same, normalised), and for every optimiser NAME `NAME.losses.txt` (the mean loss
of each batch before its step) and `NAME.safetensors` (weights and statistics after the last step).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn, optim
from training_nets import SlimResNet9, labelled

STEPS, BATCH = 20, 32
MEAN = torch.tensor([0.4914, 0.4822, 0.4465]).view(3, 1, 1)
DEVIATION = torch.tensor([0.2470, 0.2435, 0.2616]).view(3, 1, 1)

Make = Callable[[list[nn.Parameter]], optim.Optimizer]
OPTIMISERS: dict[str, tuple[Make, float]] = {
    "sgd": (lambda p: optim.SGD(p, lr=0.02, momentum=0.9, weight_decay=5e-4), 0.0),
    "sgd-smoothed": (lambda p: optim.SGD(p, lr=0.02, momentum=0.9, weight_decay=5e-4), 0.1),
    "adam": (lambda p: optim.Adam(p, lr=3e-4), 0.0),
    "adam-decay": (lambda p: optim.Adam(p, lr=3e-4, weight_decay=5e-4), 0.0),
    "adamw": (lambda p: optim.AdamW(p, lr=3e-4, weight_decay=5e-2), 0.0),
}


def state(model: nn.Module) -> dict[str, torch.Tensor]:
    return {k: v.clone().contiguous() for k, v in model.state_dict().items() if not k.endswith("num_batches_tracked")}


def write(out: Path) -> None:
    folder = out / "train"
    (folder / "cifar-10-batches-bin").mkdir(parents=True, exist_ok=True)
    pictures, labels = labelled((STEPS + 1) * BATCH, seed=2026)
    records = np.concatenate([labels.numpy().astype(np.uint8)[:, None], pictures.reshape(len(labels), -1).numpy()], 1)
    records[: STEPS * BATCH].tofile(folder / "cifar-10-batches-bin/data_batch_1.bin")
    records[STEPS * BATCH :].tofile(folder / "cifar-10-batches-bin/test_batch.bin")
    batches = ((pictures.float() / 255 - MEAN) / DEVIATION)[: STEPS * BATCH].view(STEPS, BATCH, 3, 32, 32)
    labels = labels[: STEPS * BATCH].view(STEPS, BATCH)
    np.save(folder / "batches.npy", batches.numpy())
    np.save(folder / "labels.npy", labels.numpy().astype(np.int32))
    torch.set_num_threads(1)  # sums in one order everywhere
    torch.manual_seed(2026)
    start = state(SlimResNet9())
    save_file(start, folder / "weights.safetensors")
    for name, (make, smoothing) in OPTIMISERS.items():
        curves = {}
        for kind in (torch.float32, torch.float64):
            model = SlimResNet9()
            model.load_state_dict(start, strict=False)
            model.to(kind).train()
            optimiser = make(list(model.parameters()))
            curve = []
            for batch, label in zip(batches.to(kind), labels):
                optimiser.zero_grad()
                loss = nn.functional.cross_entropy(model(batch), label, label_smoothing=smoothing)
                loss.backward()
                optimiser.step()
                curve.append(loss.item())
            curves[kind] = np.array(curve)
            if kind == torch.float32:
                save_file(state(model), folder / f"{name}.safetensors")
        np.savetxt(folder / f"{name}.losses.txt", curves[torch.float32], fmt="%.8f")
        # How far PyTorch's own float32 strays from float64 says what agreement can be asked for.
        stray = np.abs(curves[torch.float32] / curves[torch.float64] - 1).max()
        losses = curves[torch.float32]
        print(f"{name}: {losses[0]:.4f} -> {losses[-1]:.4f}; PyTorch's float32 against its float64 {stray:.1e}")


def compare(out: Path, name: str, file: Path) -> int:
    wanted = np.loadtxt(out / "train" / f"{name}.losses.txt")
    found = np.loadtxt(file)[: len(wanted)]
    if len(found) != len(wanted):
        print(f"{name}: {len(found)} losses, {len(wanted)} wanted")
        return 1
    error = np.abs(found / wanted - 1)
    print(f"{name}: largest relative difference {error.max():.2e} at step {error.argmax()}, 1e-3 allowed")
    return int(error.max() > 1e-3)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("write").add_argument("out", type=Path)
    comparison = verbs.add_parser("compare")
    comparison.add_argument("out", type=Path)
    comparison.add_argument("name", choices=list(OPTIMISERS))
    comparison.add_argument("file", type=Path)
    options = parser.parse_args()
    if options.verb == "write":
        write(options.out)
        return 0
    return compare(options.out, options.name, options.file)


if __name__ == "__main__":
    sys.exit(main())
