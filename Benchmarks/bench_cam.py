"""Explanations side by side: ours, pytorch-grad-cam and torchcam, whole call from decoded picture to map.

    bench_cam.py --nets OUT [--camkernel BENCH_BINARY] [--peers-from FILE ...] [--json FILE] [--case NET:LAYER ...] [--quick]

OUT is the folder made by Tests/Oracle/export.py. Ours runs `camkernel-bench explain` on the same weights in fp32 and bf16. The peers run twice, as they are and with glibc's malloc tuned (no
trimming, no separate mappings), which halves their time. `--quick` leaves out everything of theirs that takes
minutes; `--peers-from` takes their rows from earlier runs' `--json` instead. The summary
compares least times.
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
PART = {"xception": 16}
"""The nets of which the peers ablate such a part of the channels; their times are multiplied by as much."""
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
                times = PART.get(net, 1) if method == "ablation-cam" else 1
                name = f"{method}/{times}" if times > 1 else method
                lines = [f"run {name} {count}"] if method in SLOW else [f"run {method} 2", f"run {method} {count}"]
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
                    "ms": times * statistics.median(answer["ms"]),
                    "min_ms": times * min(answer["ms"]),
                    "cpu_ms": times * statistics.median(answer["cpu_ms"]),
                    "peak_mb": answer["peak_mb"],
                }
                rows.append(row)
                show(row)
            process.stdin.close()
            process.wait()
    return rows


def our_command(case: tuple[str, str], precision: str, options: argparse.Namespace) -> list[str]:
    net, layer = case
    folder = options.nets / net
    meta = json.loads((folder / "meta.json").read_text())
    model, weights = net, [str(folder / f"{net}.safetensors")]
    if net == "efficientnet-lite0":
        layer = "_head_act"
    elif net == "xception":  # the file of the twin in PyTorch, whose names no built-in net has
        model, weights, layer = str(folder / "xception.onnx"), [], meta["values"]["onnx"][0]
    return [
        *[options.camkernel, "explain", model, str(folder / "input.npy"), str(meta["class"]), precision, layer],
        *weights,
    ]


def our_rows(case: tuple[str, str], options: argparse.Namespace) -> list[dict]:
    net, layer = case
    rows = []
    for precision in ("fp32", "bf16"):
        command = our_command(case, precision, options)
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if not process.stdout.readline():
            continue
        middle = layer == "layer3"
        lines = [("run", "forward", 15), ("run", "grad-cam", 15), ("run", "ablation-cam", 3 if middle else 15)]
        lines += [("again", "ablation-cam", 15), ("again", "ablation-cam", 15, "softmax")]
        if net in SCORE_CAM and not middle:
            lines.append(("run", "score-cam", 1))
        for verb, method, count, *score in lines:
            if options.method and method not in options.method:
                continue
            first = [] if method == "score-cam" else [f"{verb} {method} 1"]
            answer = {}
            for line in [*first, " ".join([verb, method, str(count), *score]), "memory"]:
                process.stdin.write(line + "\n")
                process.stdin.flush()
                answer |= json.loads(process.stdout.readline() or '{"ms": [NaN], "cpu_ms": [NaN], "peak_mb": NaN}')
            row = {
                "net": net,
                "layer": layer,
                "library": "camkernel",
                "malloc": precision,
                "method": method if verb == "run" else " ".join(["second class", *score]),
                "ms": statistics.median(answer["ms"]),
                "min_ms": min(answer["ms"]),
                "cpu_ms": statistics.median(answer["cpu_ms"]),
                "peak_mb": answer["peak_mb"],
                "strategy": answer.get("strategy", ""),
            }
            rows.append(row)
            show(row)
        process.stdin.close()
        process.wait()
    return rows


def show(row: dict) -> None:
    print(
        f"{row['net']:19} {row['layer']:12} {row['library']:10} {row['malloc']:8} {row['method']:20} "
        f"{row['ms']:11.2f} {row['min_ms']:11.2f} {row['cpu_ms']:11.1f} {row['peak_mb']:7.0f}",
        flush=True,
    )


def first_maps(options: argparse.Namespace) -> list[dict]:
    """Process start to the first Grad-CAM map of EfficientNet-Lite0, files warm in the page cache."""
    net, layer = CASES[0]
    rows = []
    commands = {
        library: [sys.executable, str(HERE / "cam_worker.py"), library, net, layer, str(options.nets / net)]
        for library in ("pgc", "torchcam")
        if not options.peers_from
    }
    if options.camkernel:
        commands["camkernel"] = our_command(CASES[0], "fp32", options)
    for library, command in commands.items():
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


def cell(rows: list[dict], net: str, layer: str, method: str, library: str, malloc: str) -> float | None:
    """The least milliseconds of that row."""
    found = [
        row["min_ms"]
        for row in rows
        if (row["net"], row["layer"], row["method"], row["library"], row["malloc"])
        == (net, layer, method, library, malloc)
    ]
    return min(found) if found else None


def summary(rows: list[dict], cases: list[tuple[str, str]]) -> None:
    """Ours beside the peers' best, case by case; the peers get every benefit of the doubt."""
    print(f"\n{'':41} {'ours':>9} {'/forward':>9} {'pgc':>10} {'tuned':>10} {'times':>8} {'torchcam':>9} {'times':>7}")
    for precision in ("fp32", "bf16"):
        for net, layer in cases:
            forward = cell(rows, net, layer, "forward", "camkernel", precision)
            for method in ("forward", "grad-cam", "ablation-cam", "second class", "second class softmax", "score-cam"):
                ours = cell(rows, net, layer, method, "camkernel", precision)
                if ours is None or forward is None:
                    continue
                plain = cell(rows, net, layer, method, "pgc", "default")
                tuned = cell(rows, net, layer, method, "pgc", "tuned")
                other = [cell(rows, net, layer, method, "torchcam", malloc) for malloc in ("default", "tuned")]
                fastest = min((value for value in other if value), default=None)
                best = min((value for value in (plain, tuned) if value), default=None)
                texts = [f"{ours:9.3f}", f"{ours / forward:9.3f}"]
                texts += [f"{value:10.1f}" if value else f"{'-':>10}" for value in (plain, tuned)]
                texts.append(f"{best / ours:8.1f}" if best else f"{'-':>8}")
                texts.append(f"{fastest:9.1f}" if fastest else f"{'-':>9}")
                texts.append(f"{fastest / ours:7.1f}" if fastest else f"{'-':>7}")
                print(f"{precision} {net:19} {layer[:8]:8} {method[:20]:20} " + " ".join(texts))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nets", type=Path, required=True)
    parser.add_argument("--camkernel")
    parser.add_argument("--peers-from", type=Path, nargs="*", default=[])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--case", nargs="*", default=[":".join(case) for case in CASES])
    parser.add_argument("--method", nargs="*", help="these methods only")
    parser.add_argument("--tuned-only", nargs="*", default=[], help="NET:LAYER:METHOD of the peers, default malloc left out")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    results = {"peers": [], "ours": [], "first": []}
    cases = [tuple(text.split(":")) for text in options.case]
    for case in cases:
        if not options.peers_from:
            results["peers"] += peer_rows(case, options)
        if options.camkernel:
            results["ours"] += our_rows(case, options)
    for file in options.peers_from:
        results["peers"] += json.loads(file.read_text())["peers"]
    results["first"] = first_maps(options)
    summary(results["peers"] + results["ours"], cases)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
