"""What the writers of small ONNX networks share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
from onnx import NodeProto, TensorProto, helper


def entries(shape: list[int]) -> np.ndarray:
    """Two entries of the numbers i % 23 / 11 - 1."""
    return (np.arange(2 * np.prod(shape)) % 23 / 11 - 1).astype(np.float32).reshape([2, *shape])


def write(
    folder: Path, kind: str, name: str, nodes: list[NodeProto], known: list[TensorProto], shape: list[int],
    output: list[str | None] | None, opset: int, version: int,
    batch: int | None = None,
) -> None:
    """KIND-NAME.onnx, a network from "input" to "output" for any number of entries, and KIND-NAME.npy, what ONNX Runtime gives.

    With `batch` the file states that number of entries, as an export without dynamic axes does.
    """
    entry = helper.make_tensor_value_info("input", TensorProto.FLOAT, [batch or "batch", *shape])
    end = helper.make_tensor_value_info("output", TensorProto.FLOAT, output)
    graph = helper.make_graph(nodes, name, [entry], [end], known)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)] + [
        helper.make_opsetid(domain, 1) for domain in sorted({part.domain for part in nodes} - {""})], producer_name="fixture")
    made.ir_version = version
    data = made.SerializeToString()
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    parts = np.split(entries(shape), 2 // (batch or 2))
    found = np.concatenate([session.run(None, {"input": part})[0] for part in parts])
    (folder / f"{kind}-{name}.onnx").write_bytes(data)
    np.save(folder / f"{kind}-{name}.npy", found)
    print(name, found.shape)
