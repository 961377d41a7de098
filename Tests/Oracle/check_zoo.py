"""Exports nets of timm with random weights by both of PyTorch's exporters and runs them through `camkernel forward`.

    python check_zoo.py [--camkernel BINARY] [NET ...]

What exporters write differs from net to net, and these are nets that nobody here has chosen for being easy. Needs the package
timm beside requirements.txt (1.0.31 was used; `pip install --no-deps timm` and what it then asks for). For each file: the
Euclidean norm of the difference to PyTorch over that of PyTorch's own, for the scores (1e-4 allowed) and for the gradient of
the largest score at the picture (5e-2: see check_engine.py).
"""

from __future__ import annotations

import argparse
import contextlib
import io
import logging
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import cpu_torchvision  # noqa: F401
import numpy as np
import timm
import torch

NETS = """
    mobilenetv3_small_050 mnasnet_small tf_efficientnetv2_b0 nf_resnet26 resnetv2_50x1_bit skresnet18 resnest14d cspresnet50
    dpn48b res2net50_14w_8s ghostnet_100 mixnet_s repvgg_a0 rexnet_100 selecsls42 ese_vovnet19b_dw dla34 gernet_s lcnet_050
    mobilevit_xxs mobileone_s0 convnextv2_atto fastvit_t8 inception_next_tiny poolformer_s12 eca_resnet33ts seresnet50
    hrnet_w18_small vit_tiny_patch16_224 swin_tiny_patch4_window7_224 coatnet_nano_rw_224 regnetz_b16 ecaresnet26t
""".split()


def prepared(name: str) -> tuple[torch.nn.Module, torch.Tensor]:
    """The net with statistics of its own for its normalisations, so that values keep their size, and a picture."""
    torch.manual_seed(0)
    net = timm.create_model(name)
    settings = net.default_cfg
    size = settings["input_size"][-1] if settings.get("fixed_input_size") else 96
    for module in net.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            module.momentum = 1.0
    picture = torch.randn(1, 3, size, size)
    with torch.no_grad():
        net.train()(torch.randn(2, 3, size, size))
    return net.eval(), picture


def export(net: torch.nn.Module, picture: torch.Tensor, file: Path, dynamo: bool) -> None:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        if dynamo:
            torch.onnx.export(net, (picture,), str(file), dynamo=True)
        else:
            axes = {"input": {0: "batch"}, "scores": {0: "batch"}}
            torch.onnx.export(net, picture, str(file), dynamo=False, opset_version=17, dynamic_axes=axes,
                              input_names=["input"], output_names=["scores"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--camkernel", default=str(Path(__file__).parents[2] / ".build/release/camkernel"))
    parser.add_argument("nets", nargs="*", default=NETS)
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    logging.disable(logging.CRITICAL)
    failures = 0
    for name in options.nets:
        net, picture = prepared(name)
        picture.requires_grad_(True)
        scores = net(picture)
        label = int(scores[0].abs().argmax())
        (gradient,) = torch.autograd.grad(scores[0, label], picture)
        wanted = [(scores.detach().numpy(), [], 1e-4), (gradient.numpy(), ["--gradient", str(label)], 5e-2)]
        for exporter in ("script", "dynamo"):
            with tempfile.TemporaryDirectory() as folder:
                files = [str(Path(folder) / file) for file in ("net.onnx", "input.npy", "result.npy")]
                try:
                    export(net, picture.detach(), Path(files[0]), exporter == "dynamo")
                except Exception as error:
                    print(f"{name:30} {exporter:7} not exported: {type(error).__name__}", flush=True)
                    continue
                np.save(files[1], picture.detach().numpy())
                errors, said = [], ""
                for expected, arguments, _ in wanted:
                    ran = subprocess.run([options.camkernel, "forward", *files, *arguments], capture_output=True, text=True)
                    found = np.load(files[2]) if ran.returncode == 0 else np.zeros(0)
                    if found.shape == expected.shape:
                        errors.append(float(np.linalg.norm(found - expected) / max(np.linalg.norm(expected), 1e-12)))
                    else:
                        errors.append(float("inf"))
                        said = ran.stderr.strip() or f"the shape {found.shape}"
            wrong = any(not error <= allowed for error, (_, _, allowed) in zip(errors, wanted))
            failures += wrong
            print(f"{name:30} {exporter:7} " + " ".join(f"{e:8.1e}" for e in errors) + (f"  WRONG {said}" if wrong else ""), flush=True)
    return int(failures > 0)


if __name__ == "__main__":
    sys.exit(main())
