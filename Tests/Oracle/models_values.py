"""Writes small networks of single operations on pictures, and what ONNX Runtime gives for them.

    python models_values.py Tests/Fixtures/models

Each becomes value-NAME.onnx and value-NAME.npy, the value for two entries of numbers i % 23 / 11 - 1.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from onnx import NodeProto, TensorProto, helper, numpy_helper
from onnx_fixture import write

SHAPE = [4, 6, 5]
node = helper.make_node


def sampling(mode: str, padding: str, aligns: int) -> list[NodeProto]:
    return [
        node("Shape", ["input"], ["entries"], start=0, end=1), node("Concat", ["entries", "rest"], ["extents"], axis=0),
        node("Expand", ["grid", "extents"], ["places"]),
        node("GridSample", ["input", "places"], ["output"], mode=mode, padding_mode=padding, align_corners=aligns),
    ]


NETS: dict[str, list[NodeProto]] = {
    "einsum-known": [node("Einsum", ["input", "k"], ["output"], equation="bchw,hkc->bhkw")],
    "einsum-attention": [
        node("Relu", ["input"], ["keys"]), node("Einsum", ["input", "keys"], ["likeness"], equation="bchw,bdhw->bcd"),
        node("Softmax", ["likeness"], ["shares"], axis=-1),
        node("Einsum", ["shares", "input"], ["output"], equation="bcd, bdhw -> bchw"),
    ],
    "grid-zeros": sampling("linear", "zeros", 1),
    "grid-border": sampling("cubic", "border", 0),
    "grid-reflection": sampling("cubic", "reflection", 1),
    "grid-nearest": sampling("nearest", "reflection", 0),
    "places": [
        node("ArgMax", ["input"], ["place"], axis=1), node("Mod", ["place", "three"], ["left"]),
        node("Cast", ["left"], ["output"], to=TensorProto.FLOAT),
    ],
    "last-place": [
        node("ArgMin", ["input"], ["place"], axis=-1, keepdims=0, select_last_index=1),
        node("Cast", ["place"], ["output"], to=TensorProto.FLOAT),
    ],
    "triangle": [node("Trilu", ["input", "one"], ["output"], upper=0)],
    "running-sum": [node("CumSum", ["input", "axis"], ["output"], reverse=1, exclusive=1)],
    "lp-pool": [node("LpPool", ["input"], ["output"], kernel_shape=[3, 2], strides=[2, 1], pads=[1, 0, 1, 1], p=3)],
    "mean-variance": [node("MeanVarianceNormalization", ["input"], ["output"], axes=[2, 3])],
}


def main() -> None:
    folder = Path(sys.argv[1])
    random = np.random.default_rng(13)
    known = {
        "k": random.standard_normal((6, 7, 4)).astype(np.float32), "rest": np.array([3, 4, 2]), "one": np.array(1),
        "grid": random.uniform(-1.4, 1.4, (1, 3, 4, 2)).astype(np.float32), "three": np.array(3), "axis": np.array(2),
    }
    for name, nodes in NETS.items():
        read = {name for part in nodes for name in part.input}
        tensors = [numpy_helper.from_array(array, key) for key, array in known.items() if key in read]
        write(folder, "value", name, nodes, tensors, SHAPE, output=None, opset=20, version=9)


if __name__ == "__main__":
    main()
