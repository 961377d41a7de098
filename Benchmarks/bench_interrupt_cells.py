"""How long an interrupt takes to end a cell of many explanations, over the wire: milliseconds from the request to the cell's reply.

    CAMKERNEL_BINARY=BINARY bench_interrupt_cells.py [--model NAME ...] [--times N] [--picture FILE ...]

Needs pyzmq. The models have random weights. Each cell is interrupted at moments spread evenly over its length, or over its first
three seconds where it takes longer; after each interrupt the session must answer a short cell as it did before.
"""

from __future__ import annotations

import argparse
import re
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "Tests/Conformance"))

import wire

LONGEST = 3.0
CELLS = (
    "compare grad-cam ablation-cam layer-cam score-cam image={one}",
    "compare grad-cam grad-cam++ xgrad-cam layer-cam hires-cam ablation-cam eigen-cam fem",
    "sweep layer-cam layers={layers} image={one}",
    "sweep ablation-cam layers={layers} image={one}",
    "benchmark ablation-cam grad-cam runs=5 image={one}",
    "ablation-cam",
    "guided-grad-cam",
    "classify",
    "figure kept,kept,kept,kept,kept,kept",
)
LAYERS = {"resnet50": "layer*", "efficientnet-lite0": "_blocks.1*"}


def run(client: wire.Client, code: str, delay: float) -> tuple[float, float | None]:
    """A cell with an interrupt after a delay: its length, and what of it passed behind the interrupt."""
    sent = []

    def interrupt() -> None:
        sent.append(time.perf_counter())
        requests.append(client.send("interrupt_request", {}, "control"))

    requests: list = []
    timer = threading.Timer(delay, interrupt)
    start = time.perf_counter()
    cell = client.send("execute_request", {"code": code})
    timer.start()
    reply = client.reply(cell, timeout=120)["content"]
    end = time.perf_counter()
    timer.cancel()
    timer.join()
    for request in requests:
        client.reply(request, "control")
    interrupted = reply["status"] == "error" and reply["ename"] == "interrupted"
    if reply["status"] == "error" and not interrupted:
        raise SystemExit(f"{code}: {reply['ename']}: {reply['evalue']}")
    # A cell whose last picture is under way ends with its result; what passes until then counts as well.
    return end - start, end - sent[0] if sent and sent[0] < end else None


def outcome(client: wire.Client, code: str) -> list[str]:
    """The texts of a cell's results, without times."""
    cell = client.send("execute_request", {"code": code})
    assert client.reply(cell, timeout=120)["content"]["status"] == "ok", code
    texts = [m["content"]["data"].get("text/plain", "") for m in client.outputs(cell, timeout=60) if "data" in m["content"]]
    return [re.sub(r"[0-9.]+ m?s\b", "", text) for text in texts]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", nargs="*", default=["efficientnet-lite0", "resnet50"])
    parser.add_argument("--times", type=int, default=8)
    parser.add_argument("--picture", nargs="+", required=True, help="pictures that make up the batch, 16 in all")
    options = parser.parse_args()
    pictures = (options.picture * 16)[:16]
    worst = 0.0
    for model in options.model:
        kernel = wire.Kernel()
        with wire.Client(kernel) as client:
            names = {"one": pictures[0], "layers": LAYERS.get(model, "*")}
            outcome(client, f"model {model} random=1")
            outcome(client, f"image {pictures[0]}\ngrad-cam as kept")
            outcome(client, "image " + " ".join(pictures))
            probe = f"classify image={pictures[0]} top=3"
            before = outcome(client, probe)
            for cell in CELLS:
                code = cell.format(**names)
                length = min(run(client, code, LONGEST)[0], LONGEST)
                waits = []
                for index in range(options.times):
                    wait = run(client, code, length * (index + 0.5) / options.times)[1]
                    if wait is not None:
                        waits.append(1e3 * wait)
                    assert outcome(client, probe) == before, f"{code}: the session is not as it was"
                worst = max([worst, *waits])
                most = f"{max(waits):7.1f}" if waits else "      -"
                print(f"{model:20} {code[:64]:64} {1e3 * length:7.0f} ms, worst {most} of {len(waits)}", flush=True)
        kernel.kill()
    print(f"worst: {worst:.1f} ms")


if __name__ == "__main__":
    main()
