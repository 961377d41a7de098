"""One library with one net in one process: loads it, then times forward passes when told to.

    engine_worker.py LIBRARY NET BATCH PRECISION FOLDER

Speaks in lines: prints `{"ready": ...}` once, then for every line `run N` read from stdin the wall and
processor milliseconds of N passes, and for `memory` its resident set. FOLDER is the net's folder made by Tests/Oracle/export.py.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

Forward = Callable[[], np.ndarray]


def pictures(folder: Path, batch: int) -> np.ndarray:
    one = np.load(folder / "input.npy")
    return np.ascontiguousarray(np.concatenate([one] * batch))


def openvino(folder: Path, net: str, batch: int, precision: str) -> Forward:
    import openvino as ov

    core = ov.Core()
    model = core.read_model(folder / f"{net}.onnx")
    x = pictures(folder, batch)
    model.reshape(list(x.shape))
    hint = {"fp32": "f32", "bf16": "bf16"}[precision]
    compiled = core.compile_model(model, "CPU", {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": hint})
    request = compiled.create_infer_request()
    tensor = ov.Tensor(x, shared_memory=True)

    def forward() -> np.ndarray:
        return next(iter(request.infer({0: tensor}, share_outputs=True).values()))

    forward.shared = x  # whose memory `tensor` borrows
    return forward


def onnxruntime(folder: Path, net: str, batch: int, precision: str) -> Forward:
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = ort.InferenceSession(str(folder / f"{net}.onnx"), options, providers=["CPUExecutionProvider"])
    feed = {session.get_inputs()[0].name: pictures(folder, batch)}
    return lambda: session.run(None, feed)[0]


def torch_with(folder: Path, net: str, batch: int, precision: str, channels_last: bool) -> Forward:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "Tests/Oracle"))
    import nets
    import torch

    with torch.device("meta"):
        model = nets.NETS[net].build()
    state = torch.load(folder / f"{net}.pth", mmap=True)
    (model.net if net == "efficientnet-lite0" else model).load_state_dict(state, assign=True)
    model.eval()
    x = torch.from_numpy(pictures(folder, batch))
    kind = {"fp32": torch.float32, "bf16": torch.bfloat16}[precision]
    layout = torch.channels_last if channels_last else torch.contiguous_format
    model, x = model.to(dtype=kind, memory_format=layout), x.to(dtype=kind, memory_format=layout)

    def forward() -> np.ndarray:
        with torch.inference_mode():
            return model(x).float().numpy()

    return forward


def torch_eager(*arguments: object) -> Forward:
    return torch_with(*arguments, channels_last=False)


def torch_channels_last(*arguments: object) -> Forward:
    return torch_with(*arguments, channels_last=True)


LIBRARIES = {
    "openvino": openvino,
    "onnxruntime": onnxruntime,
    "torch": torch_eager,
    "torch-nhwc": torch_channels_last,
}


def status(key: str) -> float:
    """A field of /proc/self/status in MiB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1]) / 1024
    return 0.0


def main() -> None:
    library, net, batch, precision, folder = sys.argv[1:6]
    start = time.perf_counter()
    forward = LIBRARIES[library](Path(folder), net, int(batch), precision)
    logits = forward()
    loaded = time.perf_counter() - start
    wanted = np.load(Path(folder) / "logits.npy")[0]
    error = float(np.abs(logits[0] - wanted).max() / np.abs(wanted).max())
    print(json.dumps({"ready": True, "load_s": loaded, "error": error}), flush=True)
    for line in sys.stdin:
        words = line.split()
        if words[0] == "run":
            wall, processor = [], []
            for _ in range(int(words[1])):
                start, start_cpu = time.perf_counter(), time.process_time()
                forward()
                wall.append(1e3 * (time.perf_counter() - start))
                processor.append(1e3 * (time.process_time() - start_cpu))
            print(json.dumps({"ms": wall, "cpu_ms": processor}), flush=True)
        elif words[0] == "memory":
            print(json.dumps({"peak_mb": status("VmHWM"), "resident_mb": status("VmRSS")}), flush=True)


if __name__ == "__main__":
    main()
