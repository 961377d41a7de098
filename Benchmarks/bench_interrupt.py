"""How long an interrupt takes to end each method: milliseconds from the flag to the return.

    bench_interrupt.py --nets OUT --camkernel BENCH_BINARY [--case NET:LAYER ...] [--times N] [--json FILE]

OUT is the folder made by Tests/Oracle/export.py. Each method is interrupted at moments spread evenly over its length, or over its first
1.5 s where it takes longer; what ended before its moment is counted apart.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from pathlib import Path

METHODS = (
    "cam grad-cam grad-cam++ smooth-grad-cam++ xgrad-cam layer-cam hires-cam elementwise-grad-cam ablation-cam "
    "spatial-ablation-cam zero-image-cam score-cam ss-cam is-cam group-cam recipro-cam fast-ablation-cam ablation-cam++ "
    "eigen-cam eigen-grad-cam kpca-cam fem full-grad shapley-cam finer-cam refine-cam guided-backprop guided-grad-cam "
    "guided-ablation-cam random-cam"
).split()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nets", type=Path, required=True)
    parser.add_argument("--camkernel", required=True)
    parser.add_argument("--case", nargs="*", default=["efficientnet-lite0:_head_act", "resnet50:layer4", "resnet50:layer3"])
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--method", nargs="*", default=METHODS, help="these methods only")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows = []
    for case in options.case:
        net, layer = case.split(":")
        folder = options.nets / net
        wanted = json.loads((folder / "meta.json").read_text())["class"]
        command = [options.camkernel, "explain", net, str(folder / "input.npy"), str(wanted), "fp32", layer]
        command.append(str(folder / f"{net}.safetensors"))
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        process.stdout.readline()
        for line in ["run forward 2", *(f"interrupt {method} {options.times}" for method in options.method)]:
            try:
                process.stdin.write(line + "\n")
                process.stdin.flush()
                answer = json.loads(process.stdout.readline())
            except (BrokenPipeError, json.JSONDecodeError):
                print(f"{case:20} {line}: no answer", flush=True)
                process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
                process.stdout.readline()
                continue
            if "waits" not in answer:
                continue
            method = line.split()[1]
            rows.append({"net": net, "layer": layer, "method": method} | answer)
            worst = f"{max(answer['waits']):8.1f}" if answer["waits"] else "       -"
            print(f"{net:10} {layer:12} {method:22} of {answer['length']:7.1f} ms, worst {worst} ms, ended before {answer['ended']}", flush=True)
        process.stdin.close()
        process.wait()
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")
    waits = [wait for row in rows for wait in row["waits"]]
    print(f"worst of {len(waits)} interrupts: {max(waits, default=0):.1f} ms")


if __name__ == "__main__":
    main()
