"""Writes small networks of single operations on pictures, and what ONNX Runtime gives for them.

    python models_values.py Tests/Fixtures/models

Each becomes value-NAME.onnx and value-NAME.npy, the value for two entries of numbers i % 23 / 11 - 1.
"""

from __future__ import annotations

import io
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import torch
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


def bins(size: int, count: int) -> tuple[np.ndarray, np.ndarray, int]:
    """An adaptive pool's places for each bin, as many as the largest bin has; which of them lie beyond a bin; its size."""
    first = np.arange(count) * size // count
    end = -(-(np.arange(count) + 1) * size // count)
    longest = int((end - first).max())
    places = first[:, None] + np.arange(longest)
    return np.minimum(places, size - 1), places >= end[:, None], end - first


def adaptive_pool(height: int, width: int) -> tuple[list[NodeProto], dict[str, np.ndarray]]:
    """An adaptive average pool as PyTorch's dynamo exporter writes it: a mean where all bins are of one size, else a sum."""
    rows, beyond_rows, tall = bins(SHAPE[1], height)
    columns, beyond_columns, wide = bins(SHAPE[2], width)
    pairs = np.stack(np.broadcast_arrays(rows[:, :, None, None], columns), axis=-1)
    known = {"places": pairs, "zero": np.float32(0), "beyond_rows": beyond_rows[:, :, None, None],
             "beyond_columns": beyond_columns, "sizes": (tall[:, None] * wide).astype(np.float32),
             "axes": np.array([-3, -1])}
    nodes = [
        node("Transpose", ["input"], ["front"], perm=[2, 3, 0, 1]), node("GatherND", ["front", "places"], ["picked"]),
        node("Transpose", ["picked"], ["all"], perm=[4, 5, 0, 1, 2, 3]),
    ]
    if not beyond_rows.any() and not beyond_columns.any():
        return nodes + [node("ReduceMean", ["all", "axes"], ["output"], keepdims=0)], known
    nodes += [node("Where", ["beyond_rows", "zero", "all"], ["some"]), node("Where", ["beyond_columns", "zero", "some"], ["own"])]
    total = ""
    for row in range(rows.shape[1]):
        known[f"n{row}"] = np.array(row)
        nodes.append(node("Gather", ["own", f"n{row}"], [f"row{row}"], axis=3))
        for column in range(columns.shape[1]):
            known[f"n{column}"] = np.array(column)
            tap = f"tap{row}.{column}"
            nodes.append(node("Gather", [f"row{row}", f"n{column}"], [tap], axis=4))
            if total:
                nodes.append(node("Add", [total, tap], [f"sum{row}.{column}"]))
            total = f"sum{row}.{column}" if total else tap
    return nodes + [node("Div", [total, "sizes"], ["output"])], known


def moved_place() -> tuple[list[NodeProto], dict[str, np.ndarray]]:
    """An adaptive pool but for one place of one bin."""
    nodes, known = adaptive_pool(4, 5)
    known["places"] = known["places"].copy()
    known["places"][2, 1, 3, 0, 1] = 2
    return nodes, known


POOLS = {
    "adaptive-pool": adaptive_pool(4, 3), "adaptive-pool-even": adaptive_pool(4, 5), "moved-place": moved_place(),
}
class Assigned(torch.nn.Module):
    """A copy of its input in which something is assigned to a part."""

    def __init__(self, assign: Callable[[torch.Tensor, torch.Tensor], None], is_empty: bool = False) -> None:
        super().__init__()
        self.assign, self.is_empty = assign, is_empty

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        made = torch.zeros_like(picture) if self.is_empty else picture.clone()
        self.assign(made, picture)
        return made


def channels(made: torch.Tensor, x: torch.Tensor) -> None:
    made[:, 1:3] = x[:, 2:4] * 2


def rows(made: torch.Tensor, x: torch.Tensor) -> None:
    made[:, :, ::2] = x[:, :, 1::2] * 3


def column(made: torch.Tensor, x: torch.Tensor) -> None:
    made[..., 0] = 1.5


def inside(made: torch.Tensor, x: torch.Tensor) -> None:
    made[:, 1:3, 1:5, -2:] = x[:, :2, 2:6, :2]


def shifted(made: torch.Tensor, x: torch.Tensor) -> None:
    made[:, :2, :-1] = x[:, :2, 1:]
    made[:, 2:, :, 1:] = x[:, 2:, :, :-1]


def assigned() -> dict[str, list[NodeProto]]:
    """What PyTorch's TorchScript exporter makes of assignments to parts: for any batch, and for one entry."""
    nets = {}
    for part in (channels, rows, column, inside, shifted):
        for suffix, axes in (("", {"input": {0: "batch"}}), ("-one-entry", None)):
            data = io.BytesIO()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                torch.onnx.export(
                    Assigned(part, part is shifted), (torch.zeros(1, *SHAPE),), data, dynamo=False, opset_version=20,
                    dynamic_axes=axes, input_names=["input"], output_names=["output"])
            nets[f"assigned-{part.__name__}{suffix}"] = list(onnx.load_from_string(data.getvalue()).graph.node)
    return nets


SCATTERING = [
    node("Slice", ["input", "from", "to", "along"], ["few"]), node("Transpose", ["few"], ["updates"], perm=[2, 1, 0, 3]),
    node("ScatterND", ["plane", "rows", "updates"], ["value"]), node("Transpose", ["value"], ["output"], perm=[2, 1, 0, 3]),
]


def fused(inputs: list[str], output: str, activation: str, numbers: list[float] | None = None) -> NodeProto:
    """A convolution with an activation behind it, as ONNX Runtime writes it."""
    return node("FusedConv", inputs, [output], domain="com.microsoft", pads=[1, 1, 1, 1], activation=activation, activation_params=numbers)


FIRST, LAST = [0, 3, 1, 2], [0, 2, 3, 1]
NETS: dict[str, list[NodeProto]] = {
    **{name: nodes for name, (nodes, _) in POOLS.items()},
    "gather-axes": [node("Gather", ["input", "table"], ["output"], axis=2)],
    "gather-tuples": [
        node("Transpose", ["input"], ["front"], perm=[1, 2, 0, 3]), node("GatherND", ["front", "tuples"], ["picked"]),
        node("Transpose", ["picked"], ["output"], perm=[2, 0, 1, 3]),
    ],
    "gather-tuples-shared": [
        node("Shape", ["input"], ["entries"], start=0, end=1), node("Concat", ["entries", "extents"], ["shape"], axis=0),
        node("Expand", ["row", "shape"], ["places"]), node("GatherND", ["input", "places"], ["output"], batch_dims=2),
    ],
    "gather-elements": [
        node("Shape", ["input"], ["entries"], start=0, end=1), node("Concat", ["entries", "part"], ["shape"], axis=0),
        node("Expand", ["elements", "shape"], ["places"]), node("GatherElements", ["input", "places"], ["output"], axis=3),
    ],
    "scatter-rows": [
        node("Shape", ["input"], ["shape"]), node("Expand", ["picture", "shape"], ["pictures"]),
        node("Transpose", ["pictures"], ["plane"], perm=[2, 1, 0, 3]), *SCATTERING,
    ],
    "scatter-one-entry": SCATTERING,
    "strided-one-entry": [node("Reshape", ["input", "all"], ["flat"]), node("Gather", ["flat", "strided"], ["output"])],
    "expanded-inside": [
        node("Shape", ["input"], ["entries"], start=0, end=1), node("Concat", ["four", "entries", "one_column"], ["shape"], axis=0),
        node("Expand", ["column", "shape"], ["columns"]), node("Transpose", ["columns"], ["own"], perm=[1, 0, 2]),
        node("ReduceMax", ["input", "along"], ["most"], keepdims=0), node("Add", ["most", "own"], ["output"]),
    ],
    "filled": [
        node("Shape", ["input"], ["shape"]),
        node("ConstantOfShape", ["shape"], ["same"], value=numpy_helper.from_array(np.array([2.5], np.float32))),
        node("Sub", ["same", "input"], ["output"]),
    ],
    "scatter-elements": [
        node("Relu", ["input"], ["updates"]), node("Shape", ["input"], ["shape"]),
        node("Expand", ["five", "shape"], ["places"]),
        node("ScatterElements", ["input", "places", "updates"], ["output"], axis=2),
    ],
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
    "softmax-joined": [node("Softmax", ["input"], ["output"], axis=2)],
    "softmax-logarithms": [node("LogSoftmax", ["input"], ["output"], axis=-1)],
    "resize-ties": [node("Resize", ["input", "", "", "larger"], ["output"], mode="nearest", nearest_mode="round_prefer_ceil", axes=[2, 3])],
    "resize-rounded": [
        node("Resize", ["input", "", "factors"], ["output"], mode="nearest", nearest_mode="floor",
             coordinate_transformation_mode="asymmetric"),
    ],
    "resize-proportional": [
        node("Resize", ["input", "", "", "square"], ["output"], mode="linear", keep_aspect_ratio_policy="not_larger", axes=[2, 3]),
    ],
    # As tf2onnx leaves networks of TensorFlow: steps between two turns have their channels last.
    "turned-gates": [
        node("Conv", ["input", "k8"], ["c"], pads=[1, 1, 1, 1]), node("Transpose", ["c"], ["t"], perm=LAST),
        node("Add", ["t", "bias8"], ["a"]), node("Sigmoid", ["a"], ["g"]), node("Mul", ["a", "g"], ["swish"], name="swish_node"),
        node("ReduceMean", ["swish", "sides"], ["m"]), node("Transpose", ["m"], ["mt"], perm=FIRST),
        node("Conv", ["mt", "e8"], ["e"]), node("Transpose", ["e"], ["et"], perm=LAST), node("HardSigmoid", ["et"], ["h"]),
        node("Mul", ["swish", "h"], ["gated"]), node("Pad", ["gated", "around"], ["padded"]),
        node("Transpose", ["padded"], ["p"], perm=FIRST), node("Conv", ["p", "k88"], ["d"]), node("Transpose", ["d"], ["dt"], perm=LAST),
        node("Relu", ["dt"], ["heat"]), node("ReduceMean", ["heat", "sides"], ["row"], keepdims=0), node("MatMul", ["row", "head"], ["output"]),
    ],
    "turned-branches": [
        node("Conv", ["input", "k8"], ["c"], pads=[1, 1, 1, 1]), node("Transpose", ["c"], ["ct"], perm=LAST),
        node("Transpose", ["input"], ["it"], perm=LAST), node("Concat", ["ct", "it"], ["joined"], axis=-1),
        node("Sub", ["bias12", "joined"], ["less"]), node("Max", ["less", "column12"], ["most"]),
        node("Pad", ["most", "uneven"], ["output"]),
    ],
    # A value that two nodes read, one of which could be joined with it.
    "shared-gate": [
        node("Conv", ["input", "k8"], ["c"], pads=[1, 1, 1, 1]), node("Sigmoid", ["c"], ["gate"]), node("Mul", ["c", "gate"], ["swish"]),
        node("Add", ["swish", "gate"], ["output"]),
    ],
    "shared-turn": [
        node("Conv", ["input", "k8"], ["c"], pads=[1, 1, 1, 1]), node("Transpose", ["c"], ["turned"], perm=[0, 1, 3, 2]),
        node("Transpose", ["turned"], ["back"], perm=[0, 1, 3, 2]), node("MatMul", ["turned", "back"], ["output"]),
    ],
    # What ONNX Runtime's optimisation makes of convolutions with what stands behind them.
    "fused-kinds": [
        fused(["input", "k44"], "a", "Relu"), fused(["a", "k44", "bias4"], "b", "LeakyRelu", [0.3]),
        fused(["b", "k44", "", "a"], "c", "Relu"), fused(["c", "k44", "bias4"], "d", "Clip", [-0.5, 1.5]),
        fused(["d", "k44"], "e", "Tanh"), fused(["e", "k44"], "f", "HardSigmoid", [0.3, 0.6]), fused(["f", "k44"], "g", "Sigmoid"),
        fused(["g", "k44"], "output", "Clip", [0.0, 6.0]),
    ],
    "filled-behind": [
        node("Shape", ["input"], ["shape"]), node("Gather", ["shape", "zero1"], ["entries"]),
        node("Concat", ["one1", "entries", "five1"], ["state"], axis=0),
        node("ConstantOfShape", ["state"], ["start"], value=numpy_helper.from_array(np.array([0.75], np.float32))),
        node("Squeeze", ["start", "zero1"], ["row"]), node("ReduceMean", ["input", "sides"], ["means"], keepdims=0),
        node("Mul", ["row", "means"], ["output"]),
    ],
    # What is the same for all entries: repeated for each of them, counted by their number, added to convolutions.
    "tiled-entries": [
        node("Shape", ["input"], ["shape"]), node("Gather", ["shape", "zero1"], ["entries"]),
        node("Concat", ["entries", "four", "one1", "five1"], ["counts"], axis=0), node("Tile", ["tall", "counts"], ["own"]),
        node("Mul", ["own", "input"], ["output"]),
    ],
    "counted-parts": [
        node("Reshape", ["input", "parts"], ["channels"]), node("Shape", ["channels"], ["all"], start=0, end=1),
        node("Shape", ["input"], ["entries"], start=0, end=1), node("Div", ["all", "entries"], ["each"]),
        node("Concat", ["last", "each", "places"], ["shape"], axis=0), node("Softmax", ["channels"], ["shares"]),
        node("Reshape", ["shares", "shape"], ["output"]),
    ],
    "added-map": [
        node("Conv", ["input", "k44"], ["a"], pads=[1, 1, 1, 1]), node("Add", ["a", "map"], ["b"]), node("Relu", ["b"], ["c"]),
        node("Conv", ["c", "d44"], ["d"], pads=[1, 1, 1, 1], group=4), node("Conv", ["d", "e44"], ["e"]), node("Add", ["map", "e"], ["output"]),
    ],
    "mean-variance": [node("MeanVarianceNormalization", ["input"], ["output"], axes=[2, 3])],
}
# Before version 13 softmax joins all axes from its own on.
OPSETS = {"softmax-joined": 12, "softmax-logarithms": 11}


def main() -> None:
    folder = Path(sys.argv[1])
    random = np.random.default_rng(13)
    known = {
        "k": random.standard_normal((6, 7, 4)).astype(np.float32), "rest": np.array([3, 4, 2]), "one": np.array(1),
        "grid": random.uniform(-1.4, 1.4, (1, 3, 4, 2)).astype(np.float32), "three": np.array(3), "axis": np.array(2),
    }
    known |= {
        "table": np.array([[5, 0, -2], [3, 3, 1]]), "tuples": np.array([[[0, 5], [3, -1]], [[1, 2], [-1, 0]]]),
        "extents": np.array([4, 2, 1]), "row": np.array([[5], [2]]), "part": np.array([4, 2, 3]),
        "elements": np.array([4, 0, 1]), "five": np.array([5, 0, 1, -1, 2]), "from": np.array([1]), "to": np.array([4]), "along": np.array([2]),
        "rows": np.array([[5], [0], [2]]), "plane": random.standard_normal((6, 4, 1, 5)).astype(np.float32),
        "four": np.array([4]), "one_column": np.array([1]), "column": random.standard_normal((4, 1, 1)).astype(np.float32),
        "all": np.array([-1]), "strided": np.arange(3)[None, :, None] * 30 + np.array([7, 3, 30, 20]),
        "larger": np.array([11, 8]), "square": np.array([9, 9]), "factors": np.array([1, 1, 1.2, 1.2], np.float32),
        "picture": random.standard_normal((4, 6, 5)).astype(np.float32),
    }
    shapes = {"k8": (8, 4, 3, 3), "bias8": (8,), "e8": (8, 8, 1, 1), "k88": (8, 8, 3, 3), "head": (8, 3), "bias12": (1, 12),
              "column12": (6, 1, 12), "k44": (4, 4, 3, 3), "bias4": (4,), "tall": (1, 1, 6, 1), "map": (1, 4, 6, 5),
              "d44": (4, 1, 3, 3), "e44": (4, 4, 1, 1)}
    known |= {name: random.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}
    known |= {"zero1": np.array([0]), "one1": np.array([1]), "five1": np.array([5]), "parts": np.array([-1, 30]), "last": np.array([-1]), "places": np.array([6, 5])}
    known |= {"sides": np.array([1, 2]), "around": np.array([0, 1, 1, 0] * 2), "uneven": np.array([0, 1, 1, 0, 0, 1, 2, 0])}
    for name, nodes in (NETS | assigned()).items():
        read = {name for part in nodes for name in part.input}
        arrays = known | POOLS.get(name, (nodes, {}))[1]
        tensors = [numpy_helper.from_array(np.asarray(array), key) for key, array in arrays.items()
                   if key in read and not any(key in part.output for part in nodes)]
        write(folder, "value", name, nodes, tensors, SHAPE, output=None, opset=OPSETS.get(name, 20), version=9, batch=1 if name.endswith("one-entry") else None)


if __name__ == "__main__":
    main()
