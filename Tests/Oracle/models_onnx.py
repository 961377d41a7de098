"""Writes the small ONNX models of Tests/Fixtures/models: damaged graphs, and constructs that exporters use.

    python models_onnx.py Tests/Fixtures/models
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

FLOAT = TensorProto.FLOAT
CONTRADICTIONS = {
    "conv-kernel": ("Conv", {"kernel_shape": [5, 5]}), "conv-rank": ("Conv", {"kernel_shape": [3]}),
    "conv-group": ("Conv", {"group": 2}), "conv-strides": ("Conv", {"strides": [2]}),
    "conv-pads": ("Conv", {"auto_pad": "SAME_UPPER", "pads": [2, 2, 2, 2]}), "conv-negative": ("Conv", {"pads": [0, -1, 0, 0]}),
    "transposed-kernel": ("ConvTranspose", {"kernel_shape": [2, 2]}), "transposed-group": ("ConvTranspose", {"group": 3}),
    "transposed-added": ("ConvTranspose", {"strides": [2, 2], "output_padding": [2, 0]}),
    "transposed-shape": ("ConvTranspose", {"strides": [2, 2], "output_shape": [30, 9]}),
    "pool-kernel": ("MaxPool", {"kernel_shape": [3]}), "pool-pads": ("AveragePool", {"kernel_shape": [2, 2], "pads": [0, 2, 0, 0]}),
    "pool-strides": ("MaxPool", {"kernel_shape": [3, 3], "strides": [2]}),
}


def value(name, shape):
    return helper.make_tensor_value_info(name, FLOAT, shape)


def tensor(name, array):
    return numpy_helper.from_array(np.asarray(array), name)


def model(name, nodes, inputs, outputs, initializers=(), opset=17, functions=(), domains=()):
    graph = helper.make_graph(nodes, name, inputs, outputs, list(initializers))
    imports = [helper.make_opsetid("", opset)] + [helper.make_opsetid(domain, 1) for domain in domains]
    made = helper.make_model(graph, opset_imports=imports, functions=list(functions), producer_name="fixture")
    made.ir_version = 8
    (Path(sys.argv[1]) / f"{name}.onnx").write_bytes(made.SerializeToString())


def write_ends() -> None:
    """Networks that end in something else than the scores of one choice: on a black picture their scores are their biases."""
    node = helper.make_node
    picture = [value("input", ["batch", 3, 8, 8])]
    rng = np.random.default_rng(11)

    def head(biases):
        shapes = {"k": (4, 3, 3, 3), "w": (len(biases), 4)}
        weights = [tensor(name, rng.normal(size=shape).astype(np.float32)) for name, shape in shapes.items()]
        nodes = [node("Conv", ["input", "k"], ["maps"], "conv"), node("Relu", ["maps"], ["heat"], "relu"),
                 node("GlobalAveragePool", ["heat"], ["means"], "gap"), node("Flatten", ["means"], ["row"], "flat"),
                 node("Gemm", ["row", "w", "b"], ["scores"], "fc", transB=1)]
        return nodes, weights + [tensor("b", np.array(biases, np.float32))]

    nodes, weights = head([1, -1, 2])
    model("labels", nodes + [node("Sigmoid", ["scores"], ["each"], "each")], picture, [value("each", ["batch", 3])], weights)
    nodes, weights = head([1])
    model("single-score", nodes, picture, [value("scores", ["batch", 1])], weights)
    model("flat", [node("Flatten", ["input"], ["row"], "flat"), node("Gemm", ["row", "w"], ["scores"], "fc", transB=1)],
          picture, [value("scores", ["batch", 3])], [tensor("w", rng.normal(size=(3, 192)).astype(np.float32))])
    nodes, weights = head([1, -1, 2])
    model("picture-first", nodes, picture, [value("heat", ["batch", 4, 6, 6]), value("scores", ["batch", 3])], weights)


def main() -> None:
    node = helper.make_node
    picture = [value("input", ["batch", 2, 4, 4])]
    scores = [value("scores", ["batch", 3])]
    weight = np.arange(24, dtype=np.float32).reshape(3, 8) / 10
    linear = [tensor("w", np.tile(weight, (1, 4)))]

    model("cycle", [node("Add", ["input", "b"], ["a"], "first"), node("Relu", ["a"], ["b"], "second")],
          picture, [value("b", ["batch", 2, 4, 4])])
    model("dangling", [node("Add", ["input", "nowhere"], ["a"], "sum")], picture, [value("a", ["batch", 2, 4, 4])])
    model("twice", [node("Relu", ["input"], ["a"], "first"), node("Neg", ["input"], ["a"], "second")],
          picture, [value("a", ["batch", 2, 4, 4])])
    model("unknown", [node("Det", ["input"], ["a"], "product")], picture, [value("a", ["batch", 2])])
    model("huge", [node("ConstantOfShape", ["shape"], ["zeros"], "fill"), node("Add", ["input", "zeros"], ["a"], "sum")],
          picture, [value("a", ["batch", 2, 4, 4])], [tensor("shape", np.array([1 << 30, 1 << 30, 4], np.int64))])
    model("inputs", [node("Add", ["input", "other"], ["a"], "sum")], picture + [value("other", ["batch", 2, 4, 4])],
          [value("a", ["batch", 2, 4, 4])])
    write_ends()
    model("no-output", [node("Relu", ["input"], ["a"], "first")], picture, [])

    # A reshape whose shape is computed from the input's, as exporters write x.view(x.size(0), -1).
    chain = [
        node("Shape", ["input"], ["shape"]), node("Constant", [], ["zero"], value_int=0),
        node("Gather", ["shape", "zero"], ["batch"], axis=0), node("Constant", [], ["axes"], value_ints=[0]),
        node("Unsqueeze", ["batch", "axes"], ["batch1"]), node("Constant", [], ["rest"], value_ints=[-1]),
        node("Concat", ["batch1", "rest"], ["target"], axis=0), node("Reshape", ["input", "target"], ["flat"], "view"),
        node("Gemm", ["flat", "w"], ["scores"], "fc", transB=1),
    ]
    model("shape-chain", chain, picture, scores, linear)
    # The same net exported for a batch of one: the shape is a constant.
    fixed = [node("Reshape", ["input", "target"], ["flat"], "view"), node("Gemm", ["flat", "w"], ["scores"], "fc", transB=1)]
    model("fixed-batch", fixed, [value("input", [1, 2, 4, 4])], [value("scores", [1, 3])],
          linear + [tensor("target", np.array([1, 32], np.int64))])
    # A sum behind a product with known weights, and a softmax of operator set 12 over all axes from 1 on.
    product = [node("Flatten", ["input"], ["flat"]), node("MatMul", ["flat", "wt"], ["product"], "product"),
               node("Add", ["product", "bias"], ["sum"], "fc"), node("Softmax", ["sum"], ["scores"], "softmax")]
    model("product-and-sum", product, picture, scores,
          [tensor("wt", np.tile(weight, (1, 4)).T.copy()), tensor("bias", np.array([1, -2, 3], np.float32))], opset=12)
    # A token that is the same for every picture, expanded to the batch and put before the picture's own.
    token = [node("Reshape", ["input", "tokens"], ["own"], "own"), node("Shape", ["input"], ["batch"], start=0, end=1),
             node("Concat", ["batch", "rest"], ["target"], axis=0), node("Expand", ["token", "target"], ["first"], "first"),
             node("Concat", ["first", "own"], ["all"], "all", axis=1), node("Flatten", ["all"], ["flat"]),
             node("Gemm", ["flat", "w"], ["scores"], "fc", transB=1)]
    model("class-token", token, picture, scores,
          [tensor("tokens", np.array([0, 8, 4])), tensor("rest", np.array([1, 4])),
           tensor("token", np.array([10, 20, 30, 40], np.float32)),
           tensor("w", np.arange(108, dtype=np.float32).reshape(3, 36) / 10)])
    # A picture with its channels last, put in order by the first node.
    last = [node("Transpose", ["input"], ["nchw"], "order", perm=[0, 3, 1, 2]), node("Flatten", ["nchw"], ["flat"]),
            node("Gemm", ["flat", "w"], ["scores"], "fc", transB=1)]
    model("channels-last", last, [value("input", ["batch", 8, 4, 3])], scores,
          [tensor("w", np.arange(288, dtype=np.float32).reshape(3, 96) / 100)])
    # A function of the file, called twice, with an attribute of the caller.
    leak = helper.make_function(
        "net", "Twice", ["x"], ["y"],
        [node("LeakyRelu", ["x"], ["once"], "leak"), node("Add", ["once", "x"], ["y"], "sum")],
        [helper.make_opsetid("", 17)], ["alpha"])
    reference = leak.node[0].attribute.add()
    reference.name, reference.ref_attr_name, reference.type = "alpha", "alpha", 1
    calls = [node("Twice", ["input"], ["a"], "call1", domain="net", alpha=0.5),
             node("Twice", ["a"], ["b"], "call2", domain="net", alpha=0.25),
             node("Flatten", ["b"], ["flat"]), node("Gemm", ["flat", "w"], ["scores"], "fc", transB=1)]
    model("functions", calls, picture, scores, linear, functions=[leak], domains=["net"])
    # Weights that the file normalises itself, as weight normalisation exports them without constant folding.
    direction = (np.arange(54, dtype=np.float32) % 7 - 3).reshape(3, 2, 3, 3)
    normed = [node("ReduceL2", ["v"], ["size"], "size", axes=[1, 2, 3]), node("Div", ["v", "size"], ["unit"], "unit"),
              node("Mul", ["unit", "g"], ["weight"], "weight"),
              node("Conv", ["input", "weight"], ["maps"], "conv", pads=[1, 1, 1, 1]),
              node("ReduceMean", ["maps"], ["scores"], "pool", axes=[2, 3], keepdims=0)]
    gain = np.array([1, 2, 3], np.float32).reshape(3, 1, 1, 1)
    model("weight-norm", normed, picture, scores, [tensor("v", direction), tensor("g", gain)])
    # The same weights with mean 0 and variance 1 in each row, as weight standardisation exports them.
    standard = [node("Reshape", ["v", "rows"], ["flat"], "flat"),
                node("BatchNormalization", ["flat", "gain", "zero", "zero", "one"], ["y", "mean", "variance"], "standard",
                     training_mode=1, epsilon=0.5),
                node("Reshape", ["y", "kernel"], ["weight"], "weight")] + normed[3:]
    model("weight-standard", standard, picture, scores,
          [tensor("v", direction), tensor("rows", np.array([1, 3, -1])), tensor("kernel", np.array([3, 2, 3, 3])),
           tensor("gain", gain.reshape(3)), tensor("zero", np.zeros(3, np.float32)), tensor("one", np.ones(3, np.float32))])
    model("batch-statistics", [node("BatchNormalization", ["input"] + ["s", "s", "s", "s"], ["a", "m", "v"], "norm", training_mode=1)],
          picture, [value("a", ["batch", 2, 4, 4])], [tensor("s", np.ones(2, np.float32))])
    # Dropout as a file exported in training mode has it; its mask is an output that nothing reads.
    training = [node("Dropout", ["input", "ratio", "yes"], ["kept", "mask"], "drop", seed=3),
                node("Flatten", ["kept"], ["flat"]), node("Gemm", ["flat", "w"], ["scores"], "fc", transB=1)]
    model("training-dropout", training, picture, scores,
          linear + [tensor("ratio", np.float32(0.25)), tensor("yes", np.bool_(True))])
    # An integer that floats do not hold, as an operand.
    model("wide-integer", [node("Cast", ["input"], ["whole"], "whole", to=TensorProto.INT64),
                           node("Add", ["whole", "wide"], ["a"], "sum")], picture, [value("a", ["batch", 2, 4, 4])],
          [tensor("wide", np.array([(1 << 24) + 1]))])
    # Whole numbers divided as integers, plus the same division of floats.
    division = [node("Cast", ["input"], ["whole"], "whole", to=TensorProto.INT64),
                node("Div", ["whole", "divisors"], ["quotient"], "quotient"),
                node("Cast", ["quotient"], ["float"], "float", to=FLOAT), node("Cast", ["divisors"], ["shares"], to=FLOAT),
                node("Div", ["input", "shares"], ["exact"], "exact"), node("Add", ["float", "exact"], ["a"], "sum")]
    model("integer-division", division, picture, [value("a", ["batch", 2, 4, 4])],
          [tensor("divisors", np.array([3, -2, 1, -5]))])
    # A product in the file alone, far larger than the file.
    outer = [node("ConstantOfShape", ["tall"], ["column"]), node("ConstantOfShape", ["wide"], ["row"]),
             node("MatMul", ["column", "row"], ["product"], "product"), node("Add", ["input", "product"], ["a"], "sum")]
    model("outer-product", outer, picture, [value("a", ["batch", 2, 4, 4])],
          [tensor("tall", np.array([1 << 16, 1], np.int64)), tensor("wide", np.array([1, 1 << 16], np.int64))])
    # Few bytes that ask for many numbers: by expansion, repetition, joining, counting, and a little at a time.
    out = [value("a", ["batch", 2, 4, 4])]
    model("expansion", [node("Expand", ["input", "shape"], ["a"], "expand")], picture, out,
          [tensor("shape", np.array([1 << 20, 2, 4 << 10, 4]))])
    model("repetition", [node("Tile", ["input", "counts"], ["a"], "tile")], picture, out,
          [tensor("counts", np.array([1, 1 << 20, 1 << 20, 1]))])
    doubling = [node("Concat", [f"v{i}", f"v{i}"], [f"v{i + 1}"], f"double{i}", axis=0) for i in range(40)]
    model("doubling", doubling + [node("Add", ["input", "v40"], ["a"], "sum")], picture, out,
          [tensor("v0", np.ones(8, np.float32))])
    model("long-range", [node("Range", ["zero", "end", "one"], ["r"], "range"), node("Add", ["input", "r"], ["a"], "sum")],
          picture, out, [tensor("zero", np.array(0)), tensor("end", np.array(1 << 60)), tensor("one", np.array(1))])
    hoard = [node("ConstantOfShape", ["shape"], [f"h{i}"], f"fill{i}") for i in range(8)]
    hoard += [node("ReduceSum", [f"h{i}"], [f"k{i}"], f"total{i}", keepdims=0) for i in range(8)]
    sums = [node("Add", ["input" if i == 0 else f"s{i - 1}", f"k{i}"], [f"s{i}"], f"sum{i}") for i in range(8)]
    model("hoard", hoard + sums, picture, [value("s7", ["batch", 2, 4, 4])], [tensor("shape", np.array([1 << 22]))])
    # Attributes that contradict the weights, the value or each other; ONNX Runtime refuses each of them.
    maps = {"Conv": (3, 2, 3, 3), "ConvTranspose": (2, 3, 3, 3)}
    for name, (kind, attributes) in CONTRADICTIONS.items():
        known = [tensor("w", np.ones(maps[kind], np.float32))] if kind in maps else []
        step = node(kind, ["input"] + ["w"] * len(known), ["a"], "step", **attributes)
        model(f"contradiction-{name}", [step], picture, [value("a", None)], known)
    # A function that calls itself.
    endless = helper.make_function("net", "Endless", ["x"], ["y"], [node("Endless", ["x"], ["y"], domain="net")],
                                   [helper.make_opsetid("net", 1)])
    model("endless", [node("Endless", ["input"], ["a"], "call", domain="net")], picture,
          [value("a", ["batch", 2, 4, 4])], functions=[endless], domains=["net"])


if __name__ == "__main__":
    main()
