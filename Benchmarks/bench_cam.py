"""Explanations side by side: ours, pytorch-grad-cam and torchcam, whole call from decoded picture to map.

    bench_cam.py --nets OUT [--camkernel BINARY] [--peers-from FILE] [--json FILE] [--case NET:LAYER ...] [--quick]

OUT is the folder made by Tests/Oracle/export.py. The peers run twice, as they are and with glibc's malloc tuned (no
trimming, no separate mappings), which halves their time. `--quick` leaves out everything of theirs that takes
minutes; `--peers-from` takes their rows from an earlier run's `--json` instead.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
TUNED = {
    "MALLOC_TRIM_THRESHOLD_": "4294967296",
    "MALLOC_MMAP_THRESHOLD_": "4294967296",
    "MALLOC_TOP_PAD_": "268435456",
}
CASES = [
    ("efficientnet-lite0", "features"),
    ("resnet18", "layer4"),
    ("resnet50", "layer4"),
    ("vgg16", "features.30"),
    ("xception", "exit.5"),
    ("resnet50", "layer3"),
]
SLOW = {"ablation-cam", "score-cam"}
"""Methods of which the peers need a pass for every channel."""
SCORE_CAM = {"efficientnet-lite0", "resnet18", "resnet50"}


def peer_rows(case: tuple[str, str], options: argparse.Namespace) -> list[dict]:
    net, layer = case
    rows = []
    for library in ("pgc", "torchcam"):
        methods = [("forward", 10), ("grad-cam", 10)]
        if library == "pgc" and not options.quick:
            methods.append(("ablation-cam", 1))
            if net in SCORE_CAM and layer != "layer3":
                methods.append(("score-cam", 1))
        for malloc in ("default", "tuned"):
            command = [sys.executable, str(HERE / "cam_worker.py"), library, net, layer, str(options.nets / net)]
            extra = TUNED if malloc == "tuned" else {}
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | extra
            )
            process.stdout.readline()
            for method, count in methods:
                if options.method and method not in options.method:
                    continue
                if malloc == "default" and f"{net}:{layer}:{method}" in options.tuned_only:
                    continue
                lines = [f"run {method} {count}"] if method in SLOW else [f"run {method} 2", f"run {method} {count}"]
                answer = {}
                for line in [*lines, "memory"]:
                    process.stdin.write(line + "\n")
                    process.stdin.flush()
                    answer |= json.loads(process.stdout.readline())
                row = {
                    "net": net,
                    "layer": layer,
                    "library": library,
                    "malloc": malloc,
                    "method": method,
                    "ms": statistics.median(answer["ms"]),
                    "min_ms": min(answer["ms"]),
                    "cpu_ms": statistics.median(answer["cpu_ms"]),
                    "peak_mb": answer["peak_mb"],
                }
                rows.append(row)
                show(row)
            process.stdin.close()
            process.wait()
    return rows


def show(row: dict) -> None:
    print(
        f"{row['net']:19} {row['layer']:12} {row['library']:10} {row['malloc']:8} {row['method']:13} "
        f"{row['ms']:11.2f} {row['min_ms']:11.2f} {row['cpu_ms']:11.1f} {row['peak_mb']:7.0f}",
        flush=True,
    )


def first_maps(options: argparse.Namespace) -> list[dict]:
    """Process start to the first Grad-CAM map of EfficientNet-Lite0, files warm in the page cache."""
    net, layer = CASES[0]
    rows = []
    for library in ("pgc", "torchcam"):
        command = [sys.executable, str(HERE / "cam_worker.py"), library, net, layer, str(options.nets / net)]
        times = []
        for _ in range(3):
            start = time.perf_counter()
            answer = subprocess.run(command, input="run grad-cam 1\n", capture_output=True, text=True, check=True)
            times.append(1e3 * (time.perf_counter() - start))
            assert '"ms"' in answer.stdout
        row = {"library": library, "method": "first grad-cam", "ms": statistics.median(times)}
        rows.append(row)
        print(f"{net}, process start to the first map, {library}: {row['ms']:.0f} ms", flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nets", type=Path, required=True)
    parser.add_argument("--camkernel")
    parser.add_argument("--peers-from", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--case", nargs="*", default=[":".join(case) for case in CASES])
    parser.add_argument("--method", nargs="*", help="these methods only")
    parser.add_argument("--tuned-only", nargs="*", default=[], help="NET:LAYER:METHOD of the peers, default malloc left out")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    results = {"peers": [], "first": []}
    for case in (tuple(text.split(":")) for text in options.case):
        results["peers"] += peer_rows(case, options)
    results["first"] = first_maps(options)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
