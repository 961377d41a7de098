"""Writes small networks with windows of three dimensions, and what ONNX Runtime gives for them.

    python models_volumes.py Tests/Fixtures/models

Each becomes volume-NAME.onnx and volume-NAME.npy, the value for two entries of numbers i % 23 / 11 - 1.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

SHAPE = [4, 6, 7, 5]

NETS: dict[str, tuple[str, list[list[int]], dict[str, object]]] = {
    "conv": ("Conv", [[6, 2, 3, 2, 3], [6]],
             dict(group=2, strides=[2, 1, 2], dilations=[2, 2, 1], pads=[2, 0, 1, 1, 2, 0])),
    "conv-same": ("Conv", [[3, 4, 2, 3, 3]], dict(auto_pad="SAME_UPPER", strides=[1, 2, 2])),
    "conv-slices": ("Conv", [[5, 4, 1, 3, 3], [5]], dict(pads=[0, 1, 1, 0, 1, 1])),
    "transposed": ("ConvTranspose", [[4, 3, 3, 2, 3], [6]],
                   dict(group=2, strides=[2, 3, 1], dilations=[1, 2, 2], pads=[1, 0, 2, 0, 1, 1], output_padding=[1, 2, 0])),
    "transposed-shape": ("ConvTranspose", [[4, 2, 2, 3, 3]], dict(strides=[3, 2, 2], output_shape=[17, 14, 10])),
    "max": ("MaxPool", [], dict(kernel_shape=[3, 2, 2], strides=[2, 2, 1], dilations=[1, 2, 1], pads=[1, 0, 1, 1, 1, 0], ceil_mode=1)),
    "average": ("AveragePool", [], dict(kernel_shape=[3, 2, 4], strides=[2, 2, 2], pads=[1, 1, 2, 0, 1, 1])),
    "average-padded": ("AveragePool", [], dict(kernel_shape=[2, 3, 3], strides=[1, 2, 1], pads=[1, 1, 0, 1, 1, 2], count_include_pad=1)),
}


def main() -> None:
    folder = Path(sys.argv[1])
    random = np.random.default_rng(11)
    values = (np.arange(2 * np.prod(SHAPE)) % 23 / 11 - 1).astype(np.float32).reshape([2, *SHAPE])
    for name, (kind, weights, attributes) in NETS.items():
        tensors = [
            numpy_helper.from_array((random.standard_normal(shape) * 0.4).astype(np.float32), f"w{index}")
            for index, shape in enumerate(weights)
        ]
        node = helper.make_node(kind, ["input"] + [t.name for t in tensors], ["output"], kind.lower(), **attributes)
        entry = helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", *SHAPE])
        end = helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", None, None, None, None])
        graph = helper.make_graph([node], name, [entry], [end], tensors)
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="fixture")
        made.ir_version = 8
        data = made.SerializeToString()
        session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
        (found,) = session.run(None, {"input": values})
        (folder / f"volume-{name}.onnx").write_bytes(data)
        np.save(folder / f"volume-{name}.npy", found)
        print(name, found.shape)


if __name__ == "__main__":
    main()
