"""Training speed side by side: ours and PyTorch on the same nets, batch and optimiser.

    bench_train.py [--camkernel BENCH_BINARY] [--net NAME ...] [--batch N] [--json FILE]

Prints pictures per second of whole steps, medians over interleaved rounds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
NETS = ["resnet9-cifar", "cifar100-conv7", "cifar10-conv5"]
PEERS = [("contiguous", "fp32"), ("channels-last", "fp32"), ("channels-last", "bf16")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--camkernel")
    parser.add_argument("--net", nargs="*", default=NETS)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    results = []
    for net in options.net:
        commands = {
            f"torch {layout} {precision}": [
                *[sys.executable, str(HERE / "train_worker.py")],
                *[net, str(options.batch), layout, precision],
            ]
            for layout, precision in PEERS
        }
        if options.camkernel:
            for precision in ("fp32", "bf16"):
                commands[f"camkernel {precision}"] = [options.camkernel, "train", net, str(options.batch), precision]
        workers = {}
        for name, command in commands.items():
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            if process.stdout.readline():
                workers[name] = process
        wall = {n: [] for n in workers}

        def ask(process: subprocess.Popen, line: str) -> dict:
            process.stdin.write(line + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        for _ in range(options.rounds):
            for name, process in workers.items():
                time.sleep(0.05)
                answer = ask(process, "run 3")
                wall[name] += answer["ms"]
        reference = min(statistics.median(wall[n]) for n in wall if n.startswith("torch") and n.endswith("fp32"))
        print(f"\n{net}, batch {options.batch}")
        print(f"  {'':26} {'pictures/s':>10} {'of best torch fp32':>19} {'best pictures/s':>16} {'HWM MB':>7}")
        for name, process in workers.items():
            median = statistics.median(wall[name])
            memory = ask(process, "memory")
            rate = 1e3 * options.batch / median
            print(
                f"  {name:26} {rate:10.0f} {reference / median:19.2f} {1e3 * options.batch / min(wall[name]):16.0f} "
                f"{memory['peak_mb']:7.0f}",
                flush=True,
            )
            results.append({"net": net, "name": name, "rate": rate, "ms": wall[name]} | memory)
            process.stdin.close()
            process.wait()
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
