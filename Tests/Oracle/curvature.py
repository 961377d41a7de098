"""A net whose tail bends in every way, and the weights that ShapleyCAM's formula gives it, in float64.

    python Tests/Oracle/curvature.py Tests/Fixtures/explain

Writes bent-tail.onnx and bent-tail.safetensors (input, and weights for each score). Needs torch, onnx and safetensors.
"""
import sys
from pathlib import Path
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.numpy import save_file


class BentTail(nn.Module):
    """Pools, hard swish, a gate, GELU, ELU, a quotient, a layer norm and self-attention behind the rectified layer."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, 2, 1)
        self.depthwise = nn.Conv2d(8, 8, 3, 1, 1, groups=8)
        self.gate = nn.Conv2d(8, 8, 1)
        self.mix = nn.Conv2d(8, 8, 1)
        self.norm = nn.LayerNorm(8)
        self.qkv = nn.Linear(8, 24)
        self.head = nn.Linear(24, 6)

    def layer(self, x):
        return F.relu(self.stem(x))

    def tail(self, x):
        x = F.hardswish(self.depthwise(F.max_pool2d(x, 3, 1, 1)) * 4)
        x = x * torch.sigmoid(self.gate(x.mean((2, 3), keepdim=True)))
        x = F.gelu(self.mix(x)) + F.elu(x) / (2 + x.abs().mean(1, keepdim=True))
        z = self.norm(x.flatten(2).transpose(1, 2))
        q, k, v = self.qkv(z).chunk(3, -1)
        z = z + torch.softmax(q @ k.transpose(1, 2), -1) @ v
        return self.head(torch.cat([z.mean(1), x.amax((2, 3)), F.silu(x).mean((2, 3))], 1))

    def forward(self, x):
        return self.tail(self.layer(x))


def main():
    folder = Path(sys.argv[1])
    torch.manual_seed(3)
    net = BentTail()
    for parameter in net.parameters():
        nn.init.uniform_(parameter, -0.6, 0.6)
    net.head.weight.data *= 0.05
    x = torch.rand(1, 3, 12, 10) * 4 - 2
    torch.onnx.export(net, (x,), folder / "bent-tail.onnx", dynamo=False, opset_version=17,
                      input_names=["input"], output_names=["logits"])
    out = {"input": x.numpy()}
    net, x = net.double(), x.double()
    maps = net.layer(x).detach().requires_grad_(True)
    label = int(net(x)[0].argmax())
    out["class"] = np.array([label], dtype=np.float32)
    out["logits"] = net(x)[0].detach().numpy().astype(np.float32)
    scores = {
        "logit": lambda y: y[0, label], "softmax": lambda y: y.softmax(1)[0, label],
        "sigmoid": lambda y: y.sigmoid()[0, label], "rest": lambda y: y[0, label] + y.log_softmax(1)[0, label],
    }
    for name, score in scores.items():
        gradient = torch.autograd.grad(score(net.tail(maps)), maps, create_graph=True)[0]
        bend = torch.autograd.grad(gradient, maps, grad_outputs=maps.detach())[0]
        out[name] = (gradient - bend / 2).mean((2, 3))[0].detach().numpy().astype(np.float32)
    save_file({k: np.ascontiguousarray(v) for k, v in out.items()}, folder / "bent-tail.safetensors")


main()
