"""The networks of the oracle: their structure, a default layer, an input size, and seeded weights.

Weights are random but not trivial: batch norm keeps the statistics of a calibration batch, shaken, so that every
activation stays of order one and a mistake anywhere in a net shows in its logits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import cpu_torchvision  # noqa: F401  must come before anything of torchvision
import torch
from torch import Tensor, nn
from torchvision import models


@dataclass(frozen=True)
class Net:
    """A network of the oracle."""

    name: str
    build: Callable[[], nn.Module]
    layer: str
    """The default target layer, as a module path."""
    size: int = 224


class SeparableConv(nn.Module):
    def __init__(self, cin: int, cout: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(cin, cin, 3, padding=1, groups=cin, bias=False)
        self.pointwise = nn.Conv2d(cin, cout, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.pointwise(self.depthwise(x))


class SamePool(nn.Module):
    """3x3 maximum over stride 2 with TensorFlow's SAME padding."""

    def forward(self, x: Tensor) -> Tensor:
        pads = []
        for length in (x.shape[3], x.shape[2]):
            total = max((math.ceil(length / 2) - 1) * 2 + 3 - length, 0)
            pads += [total // 2, total - total // 2]
        if pads == [1, 1, 1, 1]:
            return nn.functional.max_pool2d(x, 3, 2, 1)
        return nn.functional.max_pool2d(nn.functional.pad(x, pads, value=-torch.inf), 3, 2)


class XceptionBlock(nn.Module):
    """Separable convolutions, and beside them a strided 1x1 convolution or nothing."""

    def __init__(self, widths: list[int], strided: bool, first_relu: bool) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for index, (cin, cout) in enumerate(zip(widths, widths[1:])):
            if index > 0 or first_relu:
                layers.append(nn.ReLU())
            layers += [SeparableConv(cin, cout), nn.BatchNorm2d(cout, eps=1e-3)]
        if strided:
            layers.append(SamePool())
        self.body = nn.Sequential(*layers)
        self.skip: nn.Module = nn.Identity()
        if strided:
            self.skip = nn.Sequential(
                nn.Conv2d(widths[0], widths[-1], 1, 2, bias=False), nn.BatchNorm2d(widths[-1], eps=1e-3)
            )

    def forward(self, x: Tensor) -> Tensor:
        return self.body(x) + self.skip(x)


class Xception(nn.Module):
    """Keras' Xception, logits out."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 32, 3, 2, bias=False),
            nn.BatchNorm2d(32, eps=1e-3),
            nn.ReLU(),
            nn.Conv2d(32, 64, 3, bias=False),
            nn.BatchNorm2d(64, eps=1e-3),
            nn.ReLU(),
        )
        blocks = [
            XceptionBlock([64, 128, 128], True, False),
            XceptionBlock([128, 256, 256], True, True),
            XceptionBlock([256, 728, 728], True, True),
        ]
        blocks += [XceptionBlock([728, 728, 728, 728], False, True) for _ in range(8)]
        blocks.append(XceptionBlock([728, 728, 1024], True, True))
        self.blocks = nn.Sequential(*blocks)
        self.exit = nn.Sequential(
            SeparableConv(1024, 1536),
            nn.BatchNorm2d(1536, eps=1e-3),
            nn.ReLU(),
            SeparableConv(1536, 2048),
            nn.BatchNorm2d(2048, eps=1e-3),
            nn.ReLU(),
        )
        self.fc = nn.Linear(2048, 1000)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.exit(self.blocks(self.stem(x))).mean((2, 3)))


class Lite0(nn.Module):
    """EfficientNet-Lite0 of the PyPI package, with its target layer as a module of its own."""

    def __init__(self) -> None:
        super().__init__()
        from efficientnet_lite_pytorch import EfficientNet

        self.net = EfficientNet.from_name("efficientnet-lite0")
        self.features = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.net._fc(self.features(self.net.extract_features(x)).mean((2, 3)))


def _inception() -> nn.Module:
    return models.inception_v3(weights=None, init_weights=False, aux_logits=True, transform_input=False)


def _googlenet() -> nn.Module:
    return models.googlenet(weights=None, init_weights=False, aux_logits=False, transform_input=False)


NETS = {
    net.name: net
    for net in [
        Net("resnet18", models.resnet18, "layer4"),
        Net("resnet50", models.resnet50, "layer4"),
        Net("vgg16", models.vgg16, "features"),
        Net("inception_v3", _inception, "Mixed_7c", 299),
        Net("mobilenet_v2", models.mobilenet_v2, "features"),
        Net("densenet121", models.densenet121, "features"),
        Net("squeezenet1_1", models.squeezenet1_1, "features"),
        Net("googlenet", _googlenet, "inception5b"),
        Net("efficientnet_b0", models.efficientnet_b0, "features"),
        Net("convnext_tiny", models.convnext_tiny, "features"),
        Net("shufflenet_v2_x1_0", models.shufflenet_v2_x1_0, "conv5"),
        Net("regnet_x_400mf", models.regnet_x_400mf, "trunk_output"),
        Net("regnet_y_400mf", models.regnet_y_400mf, "trunk_output"),
        Net("xception", Xception, "exit", 299),
        Net("efficientnet-lite0", Lite0, "features"),
    ]
}


def pictures(count: int, size: int, seed: int) -> Tensor:
    """Smooth random pictures with some noise, `[count, 3, size, size]`, about zero mean and unit variance."""
    generator = torch.Generator().manual_seed(seed)
    total = torch.zeros(count, 3, size, size)
    for cells in (3, 7, 19, 53):
        coarse = torch.randn(count, 3, cells, cells, generator=generator)
        total += nn.functional.interpolate(coarse, (size, size), mode="bilinear", align_corners=False)
    total += 0.3 * torch.randn(total.shape, generator=generator)
    return total / total.std()


def randomise(model: nn.Module, size: int, seed: int) -> nn.Module:
    """Gives `model` seeded weights under which its activations are of order one, and puts it into eval mode."""
    torch.manual_seed(seed)
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                if module.bias is not None:
                    nn.init.normal_(module.bias, std=0.1)
            elif isinstance(module, (nn.BatchNorm2d, nn.LayerNorm)):
                nn.init.uniform_(module.weight, 0.7, 1.3)
                nn.init.normal_(module.bias, std=0.2)
                if isinstance(module, nn.BatchNorm2d):
                    module.momentum = 1.0
        for name, parameter in model.named_parameters():
            if name.endswith("layer_scale"):
                nn.init.uniform_(parameter, 0.1, 0.5)
        model.eval()
        norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]
        for norm in norms:
            norm.train()
        model(pictures(4, size, seed + 1))
        model.eval()
        for norm in norms:
            norm.momentum = 0.1
            # A running mean or variance equal to the batch's own would hide a norm that is left out or taken twice.
            norm.running_mean += 0.1 * norm.running_var.sqrt() * torch.randn_like(norm.running_mean)
            norm.running_var *= torch.empty_like(norm.running_var).uniform_(0.8, 1.25)
        logits = model(pictures(2, size, seed + 2))
        last = [m for m in model.modules() if isinstance(m, nn.Linear)]
        if last:  # Logits of a trained net: spread about two.
            last[-1].weight *= 2 / float(logits.std())
    return model


def make(name: str, seed: int = 2026) -> tuple[Net, nn.Module]:
    """A net of the list with seeded weights, in eval mode."""
    net = NETS[name]
    return net, randomise(net.build(), net.size, seed)
