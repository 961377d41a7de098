"""Writes small networks with windows of three dimensions, and what ONNX Runtime gives for them.

    python models_volumes.py Tests/Fixtures/models

Each becomes volume-NAME.onnx and volume-NAME.npy, the value for two entries of numbers i % 23 / 11 - 1.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from onnx import helper, numpy_helper
from onnx_fixture import write

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
    for name, (kind, weights, attributes) in NETS.items():
        tensors = [
            numpy_helper.from_array((random.standard_normal(shape) * 0.4).astype(np.float32), f"w{index}")
            for index, shape in enumerate(weights)
        ]
        node = helper.make_node(kind, ["input"] + [t.name for t in tensors], ["output"], kind.lower(), **attributes)
        output = ["batch", None, None, None, None]
        write(folder, "volume", name, [node], tensors, SHAPE, output, opset=17, version=8)


if __name__ == "__main__":
    main()
