"""Training steps of one of the project's nets in PyTorch, in one process.

    train_worker.py NET BATCH LAYOUT PRECISION

NET is one of Tests/Oracle/training_nets.py, LAYOUT contiguous or channels-last, PRECISION fp32 or bf16 (autocast). Answers
`run N` with the milliseconds of N whole steps (forward, backward, SGD with momentum and decay) and `memory`.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "Tests/Oracle"))

import torch
from engine_worker import status
from torch import nn
from training_nets import TRAINED, labelled


def main() -> None:
    name, batch, layout, precision = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
    torch.manual_seed(1)
    build, classes = TRAINED[name]
    model = build(classes).train()
    pictures, labels = labelled(batch, seed=1)
    x = (pictures.float() / 255 - 0.47) / 0.25
    if layout == "channels-last":
        model, x = model.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)

    def step() -> None:
        optimiser.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            loss = nn.functional.cross_entropy(model(x), labels)
        loss.backward()
        optimiser.step()

    step()
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        words = line.split()
        if words[0] == "memory":
            print(json.dumps({"peak_mb": status("VmHWM"), "resident_mb": status("VmRSS")}), flush=True)
            continue
        wall, processor = [], []
        for _ in range(int(words[1])):
            start, start_cpu = time.perf_counter(), time.process_time()
            step()
            wall.append(1e3 * (time.perf_counter() - start))
            processor.append(1e3 * (time.process_time() - start_cpu))
        print(json.dumps({"ms": wall, "cpu_ms": processor}), flush=True)


if __name__ == "__main__":
    main()
