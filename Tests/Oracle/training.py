"""Steps of PyTorch's optimisers, its one-cycle schedule and its smoothed cross entropy, as JSON.

    python Tests/Oracle/training.py Tests/Fixtures/training
"""

import json
import sys

import torch

torch.manual_seed(7)
start = torch.randn(11)
gradients = [torch.randn(11) for _ in range(6)]


def steps(make):
    parameter = torch.nn.Parameter(start.clone())
    optimizer = make([parameter])
    rows = []
    for gradient in gradients:
        parameter.grad = gradient.clone()
        optimizer.step()
        rows.append(parameter.detach().tolist())
    return rows


optimizers = {
    "adam": steps(lambda p: torch.optim.Adam(p, lr=0.03, weight_decay=0.1)),
    "adamw": steps(lambda p: torch.optim.AdamW(p, lr=0.03, weight_decay=0.1)),
    "sgd": steps(lambda p: torch.optim.SGD(p, lr=0.03, momentum=0.9, nesterov=True, weight_decay=0.1)),
    "sgd-plain": steps(lambda p: torch.optim.SGD(p, lr=0.03, momentum=0.9, weight_decay=0.1)),
}

total = 37
optimizer = torch.optim.SGD([torch.nn.Parameter(start.clone())], lr=0.2)
schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.2, total_steps=total, cycle_momentum=False)
rates = []
for _ in range(total):
    rates.append(schedule.get_last_lr()[0])
    optimizer.step()
    if len(rates) < total:
        schedule.step()

scores = torch.randn(5, 7) * 4
scores[1, 3] = 60
labels = torch.tensor([0, 3, 6, 2, 2])
losses = []
for smoothing in (0.0, 0.1):
    leaf = scores.clone().requires_grad_()
    loss = torch.nn.functional.cross_entropy(leaf, labels, label_smoothing=smoothing)
    loss.backward()
    losses.append({"smoothing": smoothing, "loss": loss.item(), "gradient": leaf.grad.flatten().tolist()})

with open(f"{sys.argv[1]}/training.json", "w") as file:
    json.dump(
        {
            "torch": torch.__version__,
            "start": start.tolist(),
            "gradients": [g.tolist() for g in gradients],
            "optimizers": optimizers,
            "oneCycle": rates,
            "scores": scores.flatten().tolist(),
            "labels": labels.tolist(),
            "losses": losses,
            "correct": int((scores.argmax(1) == labels).sum()),
        },
        file,
    )
