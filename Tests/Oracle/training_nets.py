"""PyTorch twins of the project's nets for 32x32 pictures."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Unit(nn.Module):
    """Convolution without bias, batch norm, rectifier."""

    def __init__(self, cin: int, cout: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn = nn.BatchNorm2d(cout)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn(self.conv(x)).relu()


class Stage(nn.Module):
    def __init__(self, cin: int, cout: int) -> None:
        super().__init__()
        self.reduce, self.body1, self.body2 = Unit(cin, cout, 2), Unit(cout, cout), Unit(cout, cout)

    def forward(self, x: Tensor) -> Tensor:
        x = self.reduce(x)
        return x + self.body2(self.body1(x))


class SlimResNet9(nn.Module):
    """The own CIFAR-10 net `resnet9-cifar`; the names of its parameters are the project's."""

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        self.stem, self.stage1, self.stage2, self.head = Unit(3, 32), Stage(32, 64), Stage(64, 128), Unit(128, 128)
        self.fc = nn.Linear(128, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.head(self.stage2(self.stage1(self.stem(x)))).mean((2, 3)))


def seven_convolutions(classes: int = 100) -> nn.Module:
    """The summary sheet's CIFAR-100 net: batch norm behind the rectifier."""
    layers: list[nn.Module] = []
    width = 3
    for channels, pools, rate in [
        (64, False, 0.3),
        (64, True, 0),
        (128, False, 0.4),
        (128, True, 0),
        (256, False, 0.4),
        (256, False, 0.4),
        (256, True, 0.5),
    ]:
        layers += [nn.Conv2d(width, channels, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(channels, eps=1e-3)]
        layers += [nn.MaxPool2d(2)] if pools else []
        layers += [nn.Dropout(rate)] if rate else []
        width = channels
    layers += [nn.Flatten(), nn.Linear(4096, 512), nn.ReLU(), nn.BatchNorm1d(512, eps=1e-3), nn.Dropout(0.5)]
    return nn.Sequential(*layers, nn.Linear(512, classes))


def five_convolutions(classes: int = 10) -> nn.Module:
    """The CIFAR-10 net of the summary sheet's different approach."""

    def block(cin: int, cout: int, padding: int) -> list[nn.Module]:
        return [nn.Conv2d(cin, cout, 3, padding=padding), nn.ReLU()]

    layers = [*block(3, 128, 0), *block(128, 128, 0), nn.MaxPool2d(2), nn.Dropout(0.2)]
    layers += [*block(128, 64, 1), *block(64, 64, 1), nn.MaxPool2d(2), nn.Dropout(0.25)]
    layers += [*block(64, 32, 1), nn.Dropout(0.25), nn.Flatten()]
    layers += [nn.Linear(1568, 128), nn.ReLU(), nn.BatchNorm1d(128, eps=1e-3), nn.Dropout(0.25)]
    return nn.Sequential(*layers, nn.Linear(128, classes))


TRAINED = {
    "resnet9-cifar": (SlimResNet9, 10),
    "cifar100-conv7": (seven_convolutions, 100),
    "cifar10-conv5": (five_convolutions, 10),
}


def labelled(count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Pictures `[count, 3, 32, 32]` of bytes with labels that can be learnt: every class has a tint and a direction."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, 10, (count,), generator=generator)
    tints = torch.rand(10, 3, generator=torch.Generator().manual_seed(1))
    angles = labels.float() * torch.pi / 10
    y, x = torch.meshgrid(torch.arange(32.0), torch.arange(32.0), indexing="ij")
    phase = torch.rand(count, 1, 1, generator=generator) * 2 * torch.pi
    waves = torch.sin(0.6 * (x * angles.cos()[:, None, None] + y * angles.sin()[:, None, None]) + phase)
    noise = torch.randn(count, 3, 32, 32, generator=generator)
    values = 128 + 40 * waves[:, None] * tints[labels][:, :, None, None] + 30 * (tints[labels] - 0.5)[:, :, None, None]
    return (values + 35 * noise).clamp(0, 255).to(torch.uint8), labels
