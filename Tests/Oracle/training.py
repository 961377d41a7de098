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

# One step of a net of every kind of layer: gradients of all parameters and the statistics it leaves.
from safetensors.torch import save_file  # noqa: E402


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(3, 8, 3, padding=1)
        self.bn1 = torch.nn.BatchNorm2d(8)
        self.deep = torch.nn.Conv2d(8, 8, 3, padding=1, groups=8, bias=False)
        self.bn2 = torch.nn.BatchNorm2d(8)
        self.point = torch.nn.Conv2d(8, 8, 1, bias=False)
        self.bn3 = torch.nn.BatchNorm2d(8)
        self.down = torch.nn.Conv2d(8, 12, 3, stride=2, padding=1)
        self.fc1 = torch.nn.Linear(12 * 4, 10)
        self.bn4 = torch.nn.BatchNorm1d(10)
        self.fc2 = torch.nn.Linear(10, 5)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        x = torch.nn.functional.max_pool2d(x, 2)
        y = self.bn3(self.point(torch.relu(self.bn2(self.deep(x)))))
        x = torch.relu(x + y)
        x = torch.sigmoid(self.down(x))
        x = torch.nn.functional.avg_pool2d(x, 2)
        x = torch.flatten(x, 1)
        return self.fc2(torch.relu(self.bn4(self.fc1(x))))


torch.manual_seed(11)
net = Net()
with torch.no_grad():
    for module in net.modules():
        if isinstance(module, (torch.nn.BatchNorm2d, torch.nn.BatchNorm1d)):
            module.weight.uniform_(0.5, 1.5)
            module.bias.uniform_(-0.5, 0.5)
            module.running_mean.uniform_(-1, 1)
            module.running_var.uniform_(0.5, 2)
tensors = {"before/" + name: value.clone() for name, value in net.state_dict().items() if "num_batches" not in name}
pictures = torch.randn(6, 3, 16, 16)
labels = torch.tensor([0, 4, 2, 2, 1, 3])
net.eval()
tensors["scores/evaluation"] = net(pictures).detach()
net.train()
scores = net(pictures)
loss = torch.nn.functional.cross_entropy(scores, labels)
loss.backward()
tensors["scores/training"] = scores.detach()
tensors["loss"] = loss.detach().reshape(1)
tensors["pictures"] = pictures
for name, parameter in net.named_parameters():
    tensors["gradient/" + name] = parameter.grad
for name, value in net.state_dict().items():
    if "running" in name:
        tensors["after/" + name] = value.clone()
save_file(tensors, f"{sys.argv[1]}/step.safetensors", metadata={"torch": torch.__version__})
