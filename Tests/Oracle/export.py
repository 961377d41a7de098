"""Writes the oracle's nets with seeded random weights, and what PyTorch computes with them.

    python export.py OUT [NET ...]

For every net, in OUT/NET: `NET.onnx` (TorchScript exporter, opset 17), `NET.dynamo.onnx` (opset 18), `NET.pth`,
`NET.safetensors`, `input.npy` and `input2.npy` (batches of one and two), `logits.npy` and `logits2.npy`,
`activations.npy` of the default layer, `gradient.npy` and `image_gradient.npy` of one class's logit with respect
to that layer and to the input, and `meta.json` with the names and the class.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import warnings
from pathlib import Path

import nets
import numpy as np
import onnx
import onnxruntime
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

warnings.filterwarnings("ignore")


def export_onnx(model: nn.Module, x: Tensor, folder: Path, name: str) -> dict[str, Path]:
    """Both exporters' files; a symbolic batch in each."""
    files = {"onnx": folder / f"{name}.onnx", "dynamo": folder / f"{name}.dynamo.onnx"}
    with contextlib.redirect_stdout(io.StringIO()):
        torch.onnx.export(
            model,
            (x,),
            files["onnx"],
            dynamo=False,
            opset_version=17,
            input_names=["input"],
            output_names=["logits"],
            dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}},
        )
        torch.onnx.export(
            model,
            (torch.cat([x, x]),),
            files["dynamo"],
            dynamo=True,
            opset_version=18,
            input_names=["input"],
            output_names=["logits"],
            dynamic_shapes=({0: torch.export.Dim("batch")},),
            external_data=False,
            verbose=False,
        )
    return files


def value_names(file: Path, x: Tensor, wanted: Tensor) -> list[str]:
    """The values of the ONNX graph that equal `wanted`, found by running it with every value as an output."""
    model = onnx.load(file)
    known = {o.name for o in model.graph.output}
    shapes = {v.name: v for v in onnx.shape_inference.infer_shapes(model).graph.value_info}
    for node in model.graph.node:
        for output in node.output:
            info = shapes.get(output)
            if info is None or output in known or info.type.tensor_type.elem_type != onnx.TensorProto.FLOAT:
                continue
            if len(info.type.tensor_type.shape.dim) == wanted.ndim:
                model.graph.output.append(info)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    outputs = [o.name for o in session.get_outputs()]
    names = []
    for name, value in zip(outputs, session.run(None, {"input": x.numpy()})):
        if value.shape == tuple(wanted.shape) and np.allclose(value, wanted.numpy(), rtol=1e-3, atol=1e-3):
            names.append(name)
    return names


def explain(model: nn.Module, layer: str, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, int]:
    """Logits, activations of the layer, gradients of the best class's logit with respect to them and to `x`."""
    kept: list[Tensor] = []

    def keep(_module: nn.Module, _inputs: object, output: Tensor) -> Tensor:
        copy = output.clone()  # a following in-place rectifier must not rewrite what is kept
        copy.retain_grad()
        kept.append(copy)
        return copy.clone()

    handle = model.get_submodule(layer).register_forward_hook(keep)
    x = x.clone().requires_grad_()
    logits = model(x)
    best = int(logits[0].argmax())
    logits[0, best].backward()
    handle.remove()
    return logits.detach(), kept[0].detach(), kept[0].grad, x.grad, best


def write(name: str, out: Path) -> None:
    net, model = nets.make(name)
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    x = nets.pictures(1, net.size, seed=7)
    pair = torch.cat([x, nets.pictures(1, net.size, seed=8)])
    logits, activations, gradient, image_gradient, best = explain(model, net.layer, x)
    with torch.no_grad():
        logits2 = model(pair)
    arrays = {
        "input": x,
        "input2": pair,
        "logits": logits,
        "logits2": logits2,
        "activations": activations,
        "gradient": gradient,
        "image_gradient": image_gradient,
    }
    for key, value in arrays.items():
        np.save(folder / f"{key}.npy", value.numpy())
    state = model.net.state_dict() if name == "efficientnet-lite0" else model.state_dict()
    torch.save(state, folder / f"{name}.pth")
    save_file({key: value.contiguous() for key, value in state.items()}, folder / f"{name}.safetensors")
    files = export_onnx(model, x, folder, name)
    values = {kind: value_names(file, x, activations) for kind, file in files.items()}
    meta = {
        "net": name,
        "class": best,
        "layer": net.layer,
        "size": net.size,
        "values": values,
        "torch": torch.__version__,
    }
    (folder / "meta.json").write_text(json.dumps(meta, indent=1) + "\n")
    print(f"{name}: class {best} {float(logits[0, best]):.4f}, values {values}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("net", nargs="*", default=list(nets.NETS))
    arguments = parser.parse_args()
    for name in arguments.net:
        write(name, arguments.out)


if __name__ == "__main__":
    main()
