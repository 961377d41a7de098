"""Writes one small network as each operator set spells it, with the scores that ONNX Runtime gives.

    python models_opsets.py Tests/Fixtures/models

What changed between the sets is used on purpose: attributes that became inputs (Clip, Pad, Slice, Squeeze, Split,
ReduceMean, Dropout), Upsample that became Resize, Softmax over all axes from one on, HardSwish.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

OPSETS = [9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21]


def network(opset: int) -> onnx.ModelProto:
    random = np.random.default_rng(7)
    tensors, nodes = [], []

    def constant(name: str, array: np.ndarray) -> str:
        tensors.append(numpy_helper.from_array(array, name))
        return name

    def weights(name: str, *shape: int, scale: float = 0.4) -> str:
        return constant(name, (random.standard_normal(shape) * scale).astype(np.float32))

    def integers(name: str, *values: int) -> str:
        return constant(name, np.array(values, np.int64))

    def node(kind: str, inputs: list[str], output: str | list[str], **attributes: object) -> str:
        outputs = [output] if isinstance(output, str) else output
        nodes.append(helper.make_node(kind, inputs, outputs, outputs[0], **attributes))
        return outputs[0]

    x = node("Conv", ["input", weights("w1", 8, 3, 3, 3)], "conv1", kernel_shape=[3, 3], auto_pad="SAME_UPPER", strides=[2, 2])
    variance = constant("variance", random.uniform(0.5, 1.5, 8).astype(np.float32))
    x = node("BatchNormalization", [x, weights("gamma", 8), weights("beta", 8), weights("mean", 8), variance], "norm1")
    if opset < 11:
        x = node("Clip", [x], "clip1", min=0.0, max=6.0)
    else:
        x = node("Clip", [x, constant("low", np.float32(0)), constant("high", np.float32(6))], "clip1")
    pads = [0, 0, 1, 0, 0, 0, 0, 1]
    x = node("Pad", [x], "pad1", pads=pads) if opset < 11 else node("Pad", [x, integers("pads", *pads)], "pad1")
    x = node("Conv", [x, weights("w2", 8, 1, 2, 2)], "depthwise", group=8)
    # Two halves of the channels, each by its own way.
    if opset < 13:
        node("Split", [x], ["left", "right"], axis=1, split=[4, 4])
    elif opset < 18:
        node("Split", [x, integers("split", 4, 4)], ["left", "right"], axis=1)
    else:
        node("Split", [x], ["left", "right"], axis=1, num_outputs=2)
    left = node("HardSwish", ["left"], "swish") if opset >= 14 else node(
        "Mul", ["left", node("HardSigmoid", ["left"], "gate", alpha=1 / 6, beta=0.5)], "swish")
    right = node("LeakyRelu", ["right"], "leaky", alpha=0.1)
    x = node("Concat", [left, right], "concat", axis=1)
    scales = constant("scales", np.array([1, 1, 2, 2], np.float32))
    if opset < 10:
        x = node("Upsample", [x, scales], "larger", mode="nearest")
    elif opset == 10:
        x = node("Resize", [x, scales], "larger", mode="nearest")
    else:
        region = "" if opset >= 13 else constant("region", np.zeros(0, np.float32))
        x = node(
            "Resize", [x, region, scales], "larger", mode="nearest",
            coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    ceiling = {"ceil_mode": 1} if opset >= 10 else {}
    x = node("MaxPool", [x], "pool", kernel_shape=[3, 3], strides=[2, 2], **ceiling)
    if opset < 10:
        x = node("Slice", [x], "slice", axes=[2, 3], starts=[0, 1], ends=[7, 9])
    else:
        x = node("Slice", [x, integers("starts", 0, 1), integers("ends", 7, 9), integers("axes", 2, 3)], "slice")
    if opset < 18:
        x = node("ReduceMean", [x], "mean1", axes=[2, 3], keepdims=1)
    else:
        x = node("ReduceMean", [x, integers("spatial", 2, 3)], "mean1", keepdims=1)
    x = node("Squeeze", [x], "flat", axes=[2, 3]) if opset < 13 else node("Squeeze", [x, integers("both", 2, 3)], "flat")
    x = node("Dropout", [x], "dropout", ratio=0.3) if opset < 12 else node("Dropout", [x, constant("ratio", np.float32(0.3))], "dropout")
    x = node("Gemm", [x, weights("fc", 5, 8, scale=1), weights("bias", 5)], "logits", transB=1)
    node("Softmax", [x], "scores", axis=1)
    graph = helper.make_graph(
        nodes, f"opset{opset}", [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", 3, 19, 17])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", 5])], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], producer_name="fixture")
    model.ir_version = 4 if opset < 13 else 8
    onnx.checker.check_model(model)
    return model


def main() -> None:
    folder = Path(sys.argv[1])
    picture = (np.arange(2 * 3 * 19 * 17) % 23 / 11 - 1).astype(np.float32).reshape(2, 3, 19, 17)
    lines = []
    for opset in OPSETS:
        model = network(opset)
        session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        lines.append(" ".join(f"{value:.9g}" for value in session.run(None, {"input": picture})[0].ravel()))
        onnx.save(model, folder / f"opset{opset}.onnx")
    (folder / "opsets.txt").write_text("\n".join(f"{o} {line}" for o, line in zip(OPSETS, lines)) + "\n")
    onnx.save(
        network(17), folder / "outside.onnx", save_as_external_data=True, all_tensors_to_one_file=True,
        location="outside.bin", size_threshold=0)


if __name__ == "__main__":
    main()
