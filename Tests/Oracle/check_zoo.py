"""Exports nets of timm with random weights by both of PyTorch's exporters and runs them through `camkernel forward`.

    python check_zoo.py [--camkernel BINARY] [NET ...]

What exporters write differs from net to net, and these are nets that nobody here has chosen for being easy. Needs the package
timm beside requirements.txt (1.0.31 was used; `pip install --no-deps timm` and what it then asks for). For each file: the
Euclidean norm of the difference to PyTorch over that of PyTorch's own, for the scores of three pictures (1e-4 allowed) and for the
gradient of the first one's largest score there (5e-2: see check_engine.py); and the greatest difference between the drops of Ablation-CAM
at a layer in the middle and those of its plain loop, over the greatest score (1e-4).
"""

from __future__ import annotations

import argparse
import contextlib
import io
import logging
import re
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import cpu_torchvision  # noqa: F401
import numpy as np
import timm
import torch
from PIL import Image
from torch import nn

NETS = """
    mobilenetv3_small_050 mnasnet_small tf_efficientnetv2_b0 nf_resnet26 resnetv2_50x1_bit skresnet18 resnest14d cspresnet50
    dpn48b res2net50_14w_8s ghostnet_100 mixnet_s repvgg_a0 rexnet_100 selecsls42 ese_vovnet19b_dw dla34 gernet_s lcnet_050
    mobilevit_xxs mobileone_s0 convnextv2_atto fastvit_t8 inception_next_tiny poolformer_s12 eca_resnet33ts seresnet50
    hrnet_w18_small vit_tiny_patch16_224 swin_tiny_patch4_window7_224 coatnet_nano_rw_224 regnetz_b16 ecaresnet26t
    visformer_tiny levit_128s xcit_nano_12_p16_224 coat_tiny edgenext_xx_small efficientvit_m0 lambda_resnet26t gcresnet33ts
""".split()


class Affine(nn.Module):
    """A batch norm with what it learned, written out.

    PyTorch 2.13's own gives a gradient in the wrong order for a single picture where what comes back lies otherwise than its value.
    """

    def __init__(self, norm: nn.Module) -> None:
        super().__init__()
        self.norm = norm
        self.scale = (norm.weight / torch.sqrt(norm.running_var + norm.eps)).detach()
        self.shift = (norm.bias - norm.running_mean * self.scale).detach()

    def forward(self, value: torch.Tensor) -> torch.Tensor:
        shape = [1, -1] + [1] * (value.dim() - 2)
        value = value * self.scale.view(shape) + self.shift.view(shape)
        for part in ("drop", "act"):
            value = getattr(self.norm, part, nn.Identity())(value)
        return value


def write_out(module: nn.Module) -> None:
    for name, child in list(module.named_children()):
        if isinstance(child, nn.modules.batchnorm._BatchNorm) and child.weight is not None:
            setattr(module, name, Affine(child))
        else:
            write_out(child)


def prepared(name: str) -> tuple[nn.Module, torch.Tensor]:
    """The net with statistics of its own for its normalisations, so that values keep their size, and pictures."""
    torch.manual_seed(0)
    net = timm.create_model(name)
    settings = net.default_cfg
    size = settings["input_size"][-1] if settings.get("fixed_input_size") else 96
    for module in net.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            module.momentum = 1.0
        # Many begin with branches that add nothing.
        if isinstance(module, (nn.modules.batchnorm._BatchNorm, nn.LayerNorm)) and module.weight is not None:
            module.weight.data.uniform_(0.7, 1.3)
    for part, values in net.named_parameters():
        if part.endswith(("gamma", "layer_scale", ".ls", "skipinit_gain")):
            values.data.uniform_(0.3, 0.8)
    pictures = torch.randn(3, 3, size, size)
    with torch.no_grad():
        net.train()(torch.randn(2, 3, size, size))
    for module in net.modules():
        # Two pictures may agree in a channel, whose rounding would then be all that is left of it.
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.running_var += 0.1 * module.running_var.mean()
    return net.eval(), pictures


def export(net: nn.Module, pictures: torch.Tensor, file: Path, dynamo: bool) -> None:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        if dynamo:
            batch = torch.export.Dim("batch", min=1, max=64)
            torch.onnx.export(net, (pictures,), str(file), dynamo=True, dynamic_shapes=({0: batch},))
        else:
            axes = {"input": {0: "batch"}, "scores": {0: "batch"}}
            torch.onnx.export(net, pictures, str(file), dynamo=False, opset_version=17, dynamic_axes=axes,
                              input_names=["input"], output_names=["scores"])


def ran(*command: str) -> subprocess.CompletedProcess:
    return subprocess.run(command, capture_output=True, text=True)


def drops_apart(camkernel: str, folder: Path, size: int, scale: float) -> float:
    """The greatest difference between the fast drops and the plain loop's at a small layer in the middle."""
    Image.fromarray(np.random.default_rng(3).integers(0, 256, (size, size, 3), np.uint8)).save(folder / "picture.png")
    start = f"model {folder}/net.onnx size={size} resize=none mean=0.5 std=0.25;\n"
    rows = re.findall(r"^[* ]+(\S+)\s+\S+\s+(\d+)x(\d+)x(\d+)\s", ran(camkernel, "run", "-c", start + "layers").stdout, re.M)
    small = [name for name, channels, height, _ in rows if int(channels) <= 64 and int(height) > 3]
    if not small:
        return 0
    start += f"image {folder}/picture.png;\n"
    for way in ("auto", "naive"):
        start += f"ablation-cam layer='{small[len(small) * 2 // 3]}' class=2 weight=drop strategy={way} as {way};\n"
        start += f"save {way} {folder}/{way}.npy what=weights\n"
    if ran(camkernel, "run", "-c", start).returncode != 0:
        return float("inf")
    fast, plain = (np.load(folder / f"{way}.npy") for way in ("auto", "naive"))
    return float(np.abs(fast - plain).max() / scale)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--camkernel", default=str(Path(__file__).parents[2] / ".build/release/camkernel"))
    parser.add_argument("nets", nargs="*", default=NETS)
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    logging.disable(logging.CRITICAL)
    failures = 0
    for name in options.nets:
        net, pictures = prepared(name)
        with torch.no_grad():
            scores = torch.cat([net(picture[None]) for picture in pictures])
        label = int(scores[0].abs().argmax())
        write_out(net)
        first = pictures[:1].clone().requires_grad_(True)
        (gradient,) = torch.autograd.grad(net(first)[0, label], first)
        net, _ = prepared(name)
        wanted = [(pictures, scores.numpy(), [], 1e-4), (pictures[:1], gradient.numpy(), ["--gradient", str(label)], 5e-2)]
        for exporter in ("script", "dynamo"):
            with tempfile.TemporaryDirectory() as folder:
                files = [str(Path(folder) / file) for file in ("net.onnx", "input.npy", "result.npy")]
                try:
                    export(net, pictures, Path(files[0]), exporter == "dynamo")
                except Exception as error:
                    print(f"{name:30} {exporter:7} not exported: {type(error).__name__}", flush=True)
                    continue
                errors, said = [], ""
                for given, expected, arguments, _ in wanted:
                    np.save(files[1], given.numpy())
                    done = ran(options.camkernel, "forward", *files, *arguments)
                    found = np.load(files[2]) if done.returncode == 0 else np.zeros(0)
                    if found.shape == expected.shape:
                        errors.append(float(np.linalg.norm(found - expected) / max(np.linalg.norm(expected), 1e-12)))
                    else:
                        errors.append(float("inf"))
                        said = done.stderr.strip() or f"the shape {found.shape}"
                errors.append(drops_apart(options.camkernel, Path(folder), pictures.shape[-1], float(scores.abs().max())))
            wrong = any(not error <= allowed for error, allowed in zip(errors, [1e-4, 5e-2, 1e-4]))
            failures += wrong
            print(f"{name:30} {exporter:7} " + " ".join(f"{e:8.1e}" for e in errors) + (f"  WRONG {said}" if wrong else ""), flush=True)
    return int(failures > 0)


if __name__ == "__main__":
    sys.exit(main())
