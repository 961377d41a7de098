#!/usr/bin/env python3
"""Write the small ONNX files that ModelIOTests reads, with the onnx package itself.

    python3 modelio_onnx.py [OUT]        (default: ../Fixtures/modelio)

Made with onnx 1.23.2, numpy 2.4.6.
"""
import os, sys
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file

out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..", "Fixtures", "modelio")
path = lambda name: os.path.join(out, name)
rng = np.random.default_rng(9)

values, tensors = {}, []
def add(name, kind, array, raw):
    array = np.asarray(array)
    values[name] = np.array(array, np.float32, order="C")
    if raw:
        tensors.append(numpy_helper.from_array(array, name))
    else:
        flat = array.flatten()
        tensors.append(helper.make_tensor(name, kind, array.shape, flat.tolist()))
for raw in (True, False):
    tag = "raw" if raw else "typed"
    add(f"{tag}.f32", TensorProto.FLOAT, rng.standard_normal((2, 3)).astype("f4"), raw)
    add(f"{tag}.f64", TensorProto.DOUBLE, rng.standard_normal((3,)), raw)
    add(f"{tag}.f16", TensorProto.FLOAT16, rng.standard_normal((4,)).astype("f2"), raw)
    add(f"{tag}.i64", TensorProto.INT64, np.array([-1, 2**40, 0]), raw)
    add(f"{tag}.i32", TensorProto.INT32, np.array([-5, 7], "i4"), raw)
    add(f"{tag}.i8", TensorProto.INT8, np.array([-128, 127], "i1"), raw)
    add(f"{tag}.u8", TensorProto.UINT8, np.array([0, 255], "u1"), raw)
    add(f"{tag}.u64", TensorProto.UINT64, np.array([1, 2**40], "u8"), raw)
    add(f"{tag}.truth", TensorProto.BOOL, np.array([True, False]), raw)
    add(f"{tag}.scalar", TensorProto.FLOAT, np.float32(2.5), raw)
save_file(values, path("mixed.onnx.expected.safetensors"))

branch = lambda name, value: helper.make_graph(
    [helper.make_node("Constant", [], [name], value_float=value)], name, [], [helper.make_tensor_value_info(name, TensorProto.FLOAT, [])])
nodes = [
    helper.make_node("Conv", ["x", "raw.f32", ""], ["y"], name="conv", kernel_shape=[3, 3], pads=[1, 1, 1, 1], group=1, auto_pad="NOTSET"),
    helper.make_node("If", ["c"], ["z"], then_branch=branch("a", 1.0), else_branch=branch("b", 2.0)),
    helper.make_node("LeakyRelu", ["z"], ["w"], alpha=0.25),
    helper.make_node("Twice", ["w"], ["v"], domain="own", factor=3),
    helper.make_node("Many", ["v"], ["o"], domain="own", fs=[1.5, 2.5], ss=["p", "q"], t=numpy_helper.from_array(np.arange(3.0), "inner")),
]
inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3, None, 8]), helper.make_tensor_value_info("c", TensorProto.BOOL, [])]
graph = helper.make_graph(nodes, "mixed", inputs, [helper.make_tensor_value_info("o", TensorProto.FLOAT, None)], tensors,
                          value_info=[helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 2, 8, 8])])
twice = helper.make_function("own", "Twice", ["i"], ["o"], [helper.make_node("Mul", ["i", "k"], ["o"]),
    helper.make_node("Constant", [], ["k"])], [helper.make_opsetid("", 17)], ["factor"])
ref = onnx.AttributeProto(name="value_int", type=onnx.AttributeProto.INT, ref_attr_name="factor")
twice.node[1].attribute.append(ref)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("own", 1)], functions=[twice],
                          producer_name="oracle", producer_version="1")
helper.set_model_props(model, {"classes": "cat,dog"})
onnx.save(model, path("mixed.onnx"))

# One tensor in a file beside it, and the same model with that file's path leading elsewhere.
def external(target, location, offset="4", length="8"):
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[2], data_location=TensorProto.EXTERNAL)
    for key, value in (("location", location), ("offset", offset), ("length", length)):
        tensor.external_data.add(key=key, value=value)
    graph = helper.make_graph([helper.make_node("Identity", ["w"], ["o"])], "g", [], [helper.make_tensor_value_info("o", TensorProto.FLOAT, [2])], [tensor])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)]), path(target))
np.array([1, 2, 3], "<f4").tofile(path("external.bin"))
external("external.onnx", "external.bin")
external("escape-up.onnx", "../../../etc/passwd")
external("escape-root.onnx", "/etc/passwd")
external("escape-hidden.onnx", "a/../../x")
external("escape-missing.onnx", "nothing.bin")
external("escape-long.onnx", "external.bin", "8", "4611686018427387904")
external("escape-negative.onnx", "external.bin", "-4", "8")
