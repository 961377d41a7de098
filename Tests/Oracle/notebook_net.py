"""Trains the small net of notebook 07 on the notebooks' own pictures and writes it as ONNX and as a PyTorch state dict.

    python Tests/Oracle/notebook_net.py notebooks
"""
import json
import pathlib
import sys

import torch
from PIL import Image
from torch import nn


class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 12, 3, padding=1)
        self.conv2 = nn.Conv2d(12, 24, 3, padding=1)
        self.conv3 = nn.Conv2d(24, 32, 3, padding=1)
        self.fc = nn.Linear(32, 3)

    def forward(self, x):
        x = torch.max_pool2d(torch.relu(self.conv1(x)), 2)
        x = torch.max_pool2d(torch.relu(self.conv2(x)), 2)
        x = torch.relu(self.conv3(x))
        return self.fc(x.mean((2, 3)))


def manifest(classes):
    conv = lambda name, source, count: {
        "name": name, "op": "conv", "in": [source], "cout": count, "k": 3, "pads": [1, 1, 1, 1], "bias": True}
    node = lambda name, op, source, **more: {"name": name, "op": op, "in": [source], **more}
    return {
        "name": "small", "input": [1, 3, 64, 64], "weights": "small.pth", "default_layer": "relu3", "classes": classes,
        "preprocessing": {"short_side": 73, "filter": "bilinear", "mean": [0.5] * 3, "std": [0.5] * 3},
        "nodes": [
            conv("conv1", "input", 12), node("relu1", "relu", "conv1"), node("pool1", "maxpool", "relu1", k=2, stride=2),
            conv("conv2", "pool1", 24), node("relu2", "relu", "conv2"), node("pool2", "maxpool", "relu2", k=2, stride=2),
            conv("conv3", "pool2", 32), node("relu3", "relu", "conv3"), node("gap", "gap", "relu3"),
            node("flat", "flatten", "gap"), node("fc", "fc", "flat", cout=3)]}


def main(folder):
    torch.manual_seed(0)
    pictures, labels, classes = [], [], []
    for number, source in enumerate(sorted((folder / "images" / "imagenette-layout").iterdir())):
        classes.append(source.name.split("_", 1)[1])
        for path in sorted(source.iterdir()):
            picture = Image.open(path).convert("RGB").resize((64, 64), Image.BILINEAR)
            values = torch.frombuffer(bytearray(picture.tobytes()), dtype=torch.uint8).float()
            pictures.append((values.reshape(64, 64, 3).permute(2, 0, 1) / 255 - 0.5) / 0.5)
            labels.append(number)
    x, y = torch.stack(pictures), torch.tensor(labels)
    net = Small()
    optimizer = torch.optim.Adam(net.parameters(), 3e-3, weight_decay=1e-3)
    for _ in range(150):
        shift = torch.randint(-6, 7, (2,)).tolist()
        batch = torch.roll(x if torch.rand(()) < 0.5 else x.flip(3), shift, (2, 3)) + 0.05 * torch.randn_like(x)
        loss = nn.functional.cross_entropy(net(batch), y, label_smoothing=0.05)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print("loss", float(loss), "right", int((net(x).argmax(1) == y).sum()), "of", len(y))
    out = folder / "models"
    out.mkdir(exist_ok=True)
    torch.save(net.state_dict(), out / "small.pth")
    torch.onnx.export(
        net.eval(), (x[:1],), out / "small.onnx", input_names=["picture"], output_names=["scores"], opset_version=17,
        dynamic_axes={"picture": {0: "n"}, "scores": {0: "n"}}, dynamo=False)
    (out / "small.txt").write_text("\n".join(classes) + "\n")
    (out / "small.json").write_text(json.dumps(manifest(classes), indent=1) + "\n")


main(pathlib.Path(sys.argv[1]))
