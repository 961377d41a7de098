"""Forward passes side by side: ours, OpenVINO, ONNX Runtime and PyTorch on the same nets with the same weights.

    bench_engine.py --nets OUT [--camkernel BENCH_BINARY] [--net NAME ...] [--batch N ...] [--precision P ...] [--without PEER ...]

OUT is the folder made by Tests/Oracle/export.py. Every contender is a process of its own that stays loaded; rounds
go round-robin over them, so that a slow spell of the machine falls on all. Prints medians, ratios to the best peer,
share of the measured arithmetic peak at the least time, and the resident sets. Where neighbours take speed away, ratios of the least
times say more than those of the medians.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
NETS = ["resnet18", "resnet50", "vgg16", "xception", "efficientnet-lite0"]
GMACS = {  # multiply-adds of convolutions and products for one picture, counted by count_macs.py
    "resnet18": 1.814,
    "resnet50": 4.089,
    "vgg16": 15.47,
    "xception": 8.357,
    "efficientnet-lite0": 0.3852,
}
PEERS = {"fp32": ["openvino", "onnxruntime", "torch", "torch-nhwc"], "bf16": ["openvino", "torch-nhwc"]}


@dataclass
class Contender:
    """A loaded process that answers `run N` and `memory`."""

    name: str
    process: subprocess.Popen
    ready: dict
    times: list[float] = field(default_factory=list)
    memory: dict = field(default_factory=dict)

    def ask(self, line: str) -> dict:
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    @property
    def least(self) -> float:
        return min(self.times)

    @property
    def median(self) -> float:
        return statistics.median(self.times)


def start(name: str, command: list[str], folder: Path) -> Contender | None:
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    if not line:
        print(f"  {name}: did not start: {process.stderr.read().strip().splitlines()[-1:]}", file=sys.stderr)
        return None
    ready = json.loads(line)
    if "logits" in ready:  # a contender that leaves the comparison to us
        wanted = np.load(folder / "logits.npy")[0]
        ready["error"] = float(np.abs(np.array(ready.pop("logits")) - wanted).max() / np.abs(wanted).max())
    return Contender(name, process, ready)


def contenders(net: str, batch: int, precision: str, options: argparse.Namespace) -> list[Contender]:
    folder = options.nets / net
    found = []
    if options.camkernel:
        model = folder / f"{net}.onnx"
        command = [options.camkernel, "forward", str(model), str(folder / "input.npy"), str(batch), precision]
        found.append(start("camkernel", command, folder))
    for library in [peer for peer in PEERS[precision] if peer not in options.without]:
        worker = [sys.executable, str(HERE / "engine_worker.py"), library, net, str(batch), precision, str(folder)]
        found.append(start(library, worker, folder))
    return [c for c in found if c]


def measure(group: list[Contender], options: argparse.Namespace) -> None:
    counts = {}
    for contender in group:
        once = contender.ask("run 2")["ms"][1]
        counts[contender.name] = max(1, min(40, round(1e3 * options.slice / once)))
    for _ in range(options.rounds):
        for contender in group:
            time.sleep(0.05)  # the last contender's threads stop spinning
            answer = contender.ask(f"run {counts[contender.name]}")
            contender.times += answer["ms"]
    for contender in group:
        contender.memory = contender.ask("memory")
        contender.process.stdin.close()
        contender.process.wait()


def peaks() -> dict[str, float]:
    """The best of five tries: a neighbour can only take speed away."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "peak"
        subprocess.run(["cc", "-O2", "-pthread", "-o", program, HERE / "peak.c"], check=True)
        return {
            precision: max(
                json.loads(subprocess.run([program, kind, "0.5"], check=True, capture_output=True).stdout)["gflops"]
                for _ in range(5)
            )
            for precision, kind in (("fp32", "f32"), ("bf16", "bf16"))
        }


def report(net: str, batch: int, precision: str, group: list[Contender], peak: float) -> dict:
    peers = [c for c in group if c.name != "camkernel"]
    best = min(peers, key=lambda c: c.median)
    quickest = min(c.least for c in peers)
    rows = []
    for contender in group:
        gflops = 2e3 * GMACS[net] * batch / contender.least
        rows.append(
            {
                "library": contender.name,
                "ms": contender.median,
                "least_ms": contender.least,
                "ratio": contender.median / best.median,
                "least_ratio": contender.least / quickest,
                "gflops": gflops,
                "share": gflops / peak if peak else None,
                "load_s": contender.ready["load_s"],
                "error": contender.ready.get("error"),
                **contender.memory,
            }
        )
    print(f"\n{net}, batch {batch}, {precision} (best peer {best.name})")
    print(f"  {'':12} {'median':>9} {'/best':>6} {'least ms':>9} {'/best':>6} {'GFLOP/s':>8} {'peak':>5} {'RSS MB':>7} {'HWM MB':>7} {'load s':>7}")
    for row in rows:
        share = f"{row['share']:5.0%}" if row["share"] else "    -"
        print(
            f"  {row['library']:12} {row['ms']:9.2f} {row['ratio']:6.2f} {row['least_ms']:9.2f} {row['least_ratio']:6.2f} "
            f"{row['gflops']:8.1f} "
            f"{share} {row['resident_mb']:7.0f} {row['peak_mb']:7.0f} {row['load_s']:7.2f}"
            f"  error {row['error']:.1e}",
            flush=True,
        )
    return {"net": net, "batch": batch, "precision": precision, "rows": rows}


def load_seconds(options: argparse.Namespace) -> list[float]:
    """From a safetensors file to ResNet-50's first scores, each time in a process of its own."""
    folder = options.nets / "resnet50"
    command = [options.camkernel, "forward", "resnet50", str(folder / "input.npy"), "1", "fp32"]
    found = []
    for _ in range(5):
        contender = start("camkernel", command + [str(folder / "resnet50.safetensors")], folder)
        if contender:
            found.append(contender.ready["load_s"])
            contender.process.stdin.close()
            contender.process.wait()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nets", type=Path, required=True)
    parser.add_argument("--camkernel")
    parser.add_argument("--net", nargs="*", default=NETS)
    parser.add_argument("--batch", nargs="*", type=int, default=[1, 32])
    parser.add_argument("--precision", nargs="*", default=["fp32", "bf16"])
    parser.add_argument("--without", nargs="*", default=[], choices=sorted({p for peers in PEERS.values() for p in peers}), help="peers left out")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--slice", type=float, default=0.4, help="seconds of one contender's turn")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    peak = peaks()
    print("measured peak, GFLOP/s: " + ", ".join(f"{k} {v:.0f}" for k, v in peak.items()))
    results = []
    for batch in options.batch:
        for precision in options.precision:
            for net in options.net:
                group = contenders(net, batch, precision, options)
                measure(group, options)
                results.append(report(net, batch, precision, group, peak[precision]))
    loads = load_seconds(options) if options.camkernel else []
    if loads:
        print(f"\nresnet50 from safetensors to the first scores: {statistics.median(loads):.2f} s (wanted: under 0.3)")
    if options.json:
        options.json.write_text(json.dumps({"peak": peak, "results": results, "load_s": loads}, indent=1) + "\n")


if __name__ == "__main__":
    main()
