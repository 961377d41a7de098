"""Writes the ONNX project's backend tests of single operations as files that our tests read.

    python onnx_cases.py OUT

The package `onnx` makes these cases itself. Each becomes OUT/NAME/{model.onnx, input_N.npy, output_N.npy}; inputs and
outputs are numbered as the graph lists them. OUT/cases.tsv lists name, operation, whether the operation is one that the
engine undertakes to run (`wanted` or `other`), relative and absolute tolerance. Cases about strings, sequences,
optional values, or element types that NumPy has no file format for are left out and counted.
"""

from __future__ import annotations

import argparse
import shutil
import warnings
from collections import Counter
from pathlib import Path

import numpy as np

warnings.filterwarnings("ignore")

from onnx.backend.test.case.node import collect_testcases

WANTED = """
    Add AveragePool BatchNormalization Clip Concat Conv ConvTranspose Cos Div Dropout Flatten Gather GatherElements GatherND Gelu Gemm
    GlobalAveragePool GlobalMaxPool GroupNormalization HardSigmoid HardSwish Identity LRN LayerNormalization LeakyRelu MatMul MaxPool Mul
    PRelu Pad ReduceMean Relu Reshape Resize Sigmoid Sin Slice Softmax Split Squeeze Sub Swish Tanh Transpose Unsqueeze
""".split()
"""The operations of the engine, by their names in ONNX."""

def operations(names: dict[str, str]) -> dict[str, str]:
    """The operation that each case is about, given its first node's.

    A case `X_expanded...` is the case X with its operation written out in others; a few of them have no X.
    """
    about = {}
    for name, first in names.items():
        base = name.split("_expanded")[0]
        about[name] = first if base == name else names.get(base, "function " + base.removeprefix("test_"))
    return about


def arrays(values: object) -> list[np.ndarray] | None:
    """Plain arrays, or nothing where one is not numeric."""
    found = []
    for value in values:
        if not isinstance(value, (np.ndarray, np.generic)):
            return None
        value = np.asarray(value)
        if value.dtype.kind not in "fiub":
            return None
        found.append(value)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    lines, left_out, wanted = [], Counter(), Counter()
    cases = sorted(collect_testcases(None), key=lambda c: c.name)
    about = operations({case.name: case.model.graph.node[0].op_type for case in cases})
    for case in cases:
        op = about[case.name]
        sets = case.data_sets() if callable(case.data_sets) else case.data_sets
        inputs, outputs = (arrays(part) for part in sets[0])
        if inputs is None or outputs is None or len(outputs) != len(case.model.graph.output):
            left_out[op] += 1
            continue
        folder = out / case.name
        folder.mkdir()
        (folder / "model.onnx").write_bytes(case.model.SerializeToString())
        for kind, values in (("input", inputs), ("output", outputs)):
            for index, value in enumerate(values):
                np.save(folder / f"{kind}_{index}.npy", np.ascontiguousarray(value).reshape(value.shape))
        rank = "wanted" if op in WANTED else "other"
        wanted[op] += rank == "wanted"
        lines.append(f"{case.name}\t{op}\t{rank}\t{case.rtol}\t{case.atol}\n")
    (out / "cases.tsv").write_text("".join(lines))
    missing = [op for op in WANTED if not wanted[op]]
    print(f"{len(lines)} cases, {sum(wanted.values())} of the engine's operations, {sum(left_out.values())} left out")
    print("no case for: " + (" ".join(missing) or "none"))


if __name__ == "__main__":
    main()
